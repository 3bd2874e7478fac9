"""The names of a run's checkpoints: a folder `step-000012` each, complete where `place.json` stands in it."""

from collections.abc import Iterable
from typing import Final

PLACE: Final = "place.json"
PARTIAL: Final = ".partial"  # behind the name of one that is being written or removed
_STEM: Final = "step-"


def checkpoint_name(step: int) -> str:
    """Return the name of the checkpoint after so many steps.

    >>> checkpoint_name(12)
    'step-000012'
    """
    return f"{_STEM}{step:06d}"


def steps_named(names: Iterable[str]) -> tuple[int, ...]:
    """Return the steps of the checkpoints among names of folders, in order.

    >>> steps_named(["step-000012", "step-000004", "step-000020.partial", "other"])
    (4, 12)
    """
    found = (name.removeprefix(_STEM) for name in names if name.startswith(_STEM))
    return tuple(sorted(int(step) for step in found if step.isdecimal()))


def steps_complete(files: Iterable[str]) -> tuple[int, ...]:
    """Return the steps of the complete checkpoints among files of an object store, below the run's checkpoints.

    >>> steps_complete(["step-000012/__0_0.distcp", "step-000004/place.json", "step-000004/__0_0.distcp"])
    (4,)
    """
    return steps_named(name.removesuffix(f"/{PLACE}") for name in files if name.endswith(f"/{PLACE}"))
