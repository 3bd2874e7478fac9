"""The `mixture` section of a recipe: parts, their weights, the total and the hold-out."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Annotated, Self

from pydantic import (
    BeforeValidator,
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic_core import InitErrorDetails

from ixigen_data.core.settings import Settings
from ixigen_data.mixture.course import Course, WrittenNode
from ixigen_data.mixture.curves import Curve, StageSettings
from ixigen_data.mixture.schedule_mistakes import schedule_mistakes
from ixigen_data.mixture.written import Location, PartName, Positive, exact, mistake, mistake_at

MOST_PARTS = 65_535  # a window names its part in 16 bits, and 65535 is a settlement window


def _known_source(value: object, info: ValidationInfo) -> str:
    if not isinstance(value, str):
        raise mistake(f"{value!r} is not the name of a source; write one such as wiki")
    known = None if info.context is None else info.context.get("sources")
    if known is not None and value not in known:
        raise mistake(f"there is no source {value!r}; use one of {', '.join(sorted(known)) or 'those under `sources`'}")
    return value


def _source_list(value: object) -> object:
    if isinstance(value, str):
        raise mistake(f"a list of sources is needed; write [{value}]")
    if isinstance(value, list | tuple) and not value:
        raise mistake("no source is named; write one such as [wiki]")
    return value


def _some_parts(value: object) -> object:
    if isinstance(value, Mapping) and not value:
        raise mistake("there is no part; write one such as {wiki: {weight: 1, from: [wiki]}}")
    return value


def _total(value: object, info: ValidationInfo) -> object:
    if isinstance(value, Mapping):
        return FromSupply.model_validate(value, context=info.context)
    if isinstance(value, FromSupply):
        return value
    if isinstance(value, bool) or not isinstance(value, int):
        raise mistake(f"{value!r} is not a total; write a whole number of tokens, or {{part: NAME, epochs: 1}}")
    seq_len = None if info.context is None else info.context.get("seq_len")
    if not seq_len:
        seq_len = 1
    if value < seq_len:
        raise mistake(f"{value:,} is less than one window; use at least {seq_len:,}")
    if value % seq_len:
        nearest = f"{value // seq_len * seq_len:,} or {(value // seq_len + 1) * seq_len:,}"
        raise mistake(f"{value:,} is not a multiple of packing.seq_len {seq_len:,}; use {nearest}")
    return value


SourceName = Annotated[str, BeforeValidator(_known_source)]


class FromSupply(Settings):
    """A total that follows from supply: as many tokens as give `part` its share when it is read `epochs` times."""

    part: str = Field(description="Path of a part that has `from`.", examples=["telco", "replay/ko"])
    epochs: Positive = Field(default=1, description="How often its supply is read; at most its max_epochs.")


class Holdout(Settings):
    """Tokens of each part kept out of training, rounded up to whole windows; 0 keeps none."""

    tokens: int = Field(ge=0, examples=[1_048_576])


class PartSettings(Settings):
    """A part of a mixture: fed by sources (`from`), or divided into parts of its own (`parts`).

    `weight` is relative to the sister parts. `max_epochs` caps how often a part's supply may be read; the cap of a
    divided part stands at its own parts. `holdout` here wins over the one above it.
    """

    weight: Positive = Field(description="Relative to the sister parts, in tokens.", examples=[50, 24.5])
    from_: Annotated[tuple[SourceName, ...] | None, BeforeValidator(_source_list)] = Field(
        default=None, alias="from", description="Names of the sources that feed the part.", examples=[["wiki"]]
    )
    parts: Annotated[dict[PartName, "PartSettings"] | None, BeforeValidator(_some_parts)] = Field(
        default=None, description="The parts that this one is divided into."
    )
    max_epochs: Positive = Field(default=1, description="How often the supply may be read.")
    holdout: Holdout | None = Field(default=None, description="Wins over the hold-out above it.")

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if self.from_ is not None and self.parts is not None:
            raise mistake("has both `from` and `parts`; keep one of them")
        if self.from_ is None and self.parts is None:
            raise mistake("has neither `from` nor `parts`; write one, such as from: [wiki]")
        if self.parts is not None and self.max_epochs != 1:
            raise mistake("max_epochs caps a part that has `from`; move it to the parts below")
        return self


class MixtureSettings(Settings):
    """Which parts make up the dataset, in which proportion of tokens, and how many tokens in all.

    Validation takes a context {"sources": set of known names, "seq_len": tokens of a window or None}; without it, names
    and multiples go unchecked.
    """

    total_tokens: Annotated[int | FromSupply, BeforeValidator(_total)] = Field(
        description="Tokens of the whole, a multiple of packing.seq_len; or what the supply of one part makes of it.",
        examples=[10_485_760_000, {"part": "telco", "epochs": 1}],
    )
    holdout: Holdout | None = Field(default=None, description="Kept out of every part for evaluation.")
    parts: Annotated[dict[PartName, PartSettings], BeforeValidator(_some_parts)] = Field(
        examples=[{"wiki": {"weight": 1, "from": ["wiki"]}}]
    )
    schedule: dict[str, Curve] | None = Field(
        default=None,
        description="By path of part: its weight over the position in the dataset, from 0 to 1.",
        examples=[{"telco": {"kind": "linear", "from": 40, "to": 60}}],
    )
    stages: tuple[StageSettings, ...] | None = Field(
        default=None,
        description="Consecutive stretches of the dataset, with weights of their own.",
        examples=[[{"name": "broad", "weight": 80}, {"name": "anneal", "weight": 20, "weights": {"telco": 70}}]],
    )

    @model_validator(mode="wrap")
    @classmethod
    def _report_everything(cls, value: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Report what is wrong between fields beside what is wrong within them, each at its own place."""
        crossings = list(_crossings(value)) if isinstance(value, Mapping) else []
        try:
            settings = handler(value)
            crossings = crossings or [mistake_at(*fault) for fault in course_of(settings).faults()]
        except ValidationError as error:
            crossings += [mistake_at(found["loc"], found["msg"], found["type"]) for found in error.errors()]
        if crossings:
            raise ValidationError.from_exception_data(cls.__name__, crossings)
        return settings


def course_of(settings: MixtureSettings) -> Course:
    """Return what a mixture says about weights over the position; its nodes stand depth first."""
    tree = [WrittenNode("", -1, Fraction(1))]
    _place(settings.parts, 0, tree)
    return Course(tree, settings.schedule or {}, settings.stages or ())


def _place(parts: Mapping[str, PartSettings], parent: int, tree: list[WrittenNode]) -> None:
    prefix = f"{tree[parent].path}/" if tree[parent].path else ""
    for name, part in parts.items():
        tree.append(WrittenNode(prefix + name, parent, exact(part.weight)))
        _place(part.parts or {}, len(tree) - 1, tree)


def _leaves(parts: object, path: str, location: Location) -> Iterator[tuple[str, Location, Mapping[str, object]]]:
    """Yield path, location and keys of every undivided part of a section as written, mistakes and all."""
    for name, written in parts.items() if isinstance(parts, Mapping) else ():
        part = written.model_dump(by_alias=True, exclude_none=True) if isinstance(written, PartSettings) else written
        if isinstance(part, Mapping) and part.get("parts") is not None:
            yield from _leaves(part["parts"], f"{path}{name}/", (*location, str(name), "parts"))
        elif isinstance(part, Mapping):
            yield f"{path}{name}", (*location, str(name)), part


def _paths(parts: object, prefix: str) -> list[str]:
    """Return the paths of all parts of a section as written, divided ones too."""
    found = []
    for name, written in parts.items() if isinstance(parts, Mapping) else ():
        below = written.get("parts") if isinstance(written, Mapping) else getattr(written, "parts", None)
        found += [f"{prefix}{name}", *_paths(below, f"{prefix}{name}/")]
    return found


def _crossings(section: Mapping[str, object]) -> Iterator[InitErrorDetails]:
    """Yield what is wrong between the fields of a section as written: a source used twice, a total from no part."""
    leaves = list(_leaves(section.get("parts"), "", ("parts",)))
    if len(leaves) > MOST_PARTS:
        yield mistake_at(("parts",), f"{len(leaves):,} parts are too many; use at most {MOST_PARTS:,}")
    user_of_source: dict[str, str] = {}
    for path, location, part in leaves:
        sources = part.get("from")
        for place, source in enumerate(sources if isinstance(sources, list | tuple) else ()):
            if isinstance(source, str) and source in user_of_source:
                message = f"source {source!r} feeds part {user_of_source[source]!r} already; name it once, in one part"
                yield mistake_at((*location, "from", place), message)
            elif isinstance(source, str):
                user_of_source[source] = path
    yield from schedule_mistakes(section, _paths(section.get("parts"), ""))
    total = section.get("total_tokens")
    if isinstance(total, Mapping):
        yield from _supply_crossings(total, {path: part for path, _, part in leaves})
    elif isinstance(total, FromSupply):
        yield from _supply_crossings(total.model_dump(), {path: part for path, _, part in leaves})


def _supply_crossings(
    total: Mapping[str, object], parts: Mapping[str, Mapping[str, object]]
) -> Iterator[InitErrorDetails]:
    name, epochs = total.get("part"), total.get("epochs", 1)
    if not isinstance(name, str):
        return
    if name not in parts:
        kind = "is divided into parts" if any(path.startswith(f"{name}/") for path in parts) else "does not exist"
        message = f"part {name!r} {kind}; name one that has `from`: {', '.join(parts) or 'none is there'}"
        yield mistake_at(("total_tokens", "part"), message)
        return
    cap = parts[name].get("max_epochs", 1)
    if isinstance(epochs, int | float) and isinstance(cap, int | float) and 0 < cap < epochs:
        message = f"{epochs} is more than the part's max_epochs {cap}; use {cap}, or raise max_epochs"
        yield mistake_at(("total_tokens", "epochs"), message)
