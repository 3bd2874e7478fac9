"""What is wrong between `schedule`, `stages` and `parts` of a mixture as written, mistakes and all."""

import difflib
from collections.abc import Iterator, Mapping, Sequence

from pydantic_core import InitErrorDetails

from ixigen_data.mixture.schedule import MOST_SEGMENTS
from ixigen_data.mixture.written import mistake_at


def schedule_mistakes(section: Mapping[str, object], paths: Sequence[str]) -> Iterator[InitErrorDetails]:
    """Yield parts that do not exist, or whose weight is set twice, names used twice, and too many borders.

    Args:
        paths: of the parts that exist.
    """
    schedule, stages = section.get("schedule"), section.get("stages")
    curves = dict(schedule) if isinstance(schedule, Mapping) else {}
    stretches = list(stages) if isinstance(stages, list | tuple) else []
    for path in curves:
        if path not in paths:
            yield mistake_at(("schedule", str(path)), _no_part(path, paths))
    jumps = sum(len(at) for at in map(_positions, curves.values()))
    if len(stretches) + jumps >= MOST_SEGMENTS:
        place = "schedule" if jumps else "stages"
        message = f"{len(stretches) + jumps:,} borders are too many; use fewer than {MOST_SEGMENTS:,} steps and stages"
        yield mistake_at((place,), message)
    names: set[object] = set()
    for number, stage in enumerate(stretches):
        name, weights = (_field(stage, key) for key in ("name", "weights"))
        if isinstance(name, str) and name in names:
            yield mistake_at(("stages", number, "name"), f"there is a stage {name!r} already; give each its own name")
        names.add(name if isinstance(name, str) else None)
        for path in weights if isinstance(weights, Mapping) else ():
            place_of_weight = ("stages", number, "weights", str(path))
            if path not in paths:
                yield mistake_at(place_of_weight, _no_part(path, paths))
            elif path in curves:
                yield mistake_at(place_of_weight, f"part {path!r} has a schedule as well; keep one of them")


def _positions(curve: object) -> Sequence[object]:
    at = _field(curve, "at")
    return at if isinstance(at, list | tuple) else [None]


def _field(owner: object, key: str) -> object:
    return owner.get(key) if isinstance(owner, Mapping) else getattr(owner, key, None)


def _no_part(path: object, paths: Sequence[str]) -> str:
    close = [known for known in paths if known.endswith(f"/{path}")] or difflib.get_close_matches(str(path), paths, 1)
    advice = f"did you mean {close[0]}?" if close else f"use one of {', '.join(paths) or 'those under `parts`'}"
    return f"there is no part {path!r}; {advice}"
