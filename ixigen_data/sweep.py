"""Mixture sweeps: several datasets from one token store, a variant of the recipe each."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from pydantic import Field, JsonValue, ValidationError

from ixigen_data.core.errors import Mistake, RecipeError
from ixigen_data.core.files import read_bytes
from ixigen_data.core.marked_yaml import MarkedYaml, dotted, load_marked
from ixigen_data.core.mistakes import mistakes_of
from ixigen_data.core.settings import Settings
from ixigen_data.mixture.written import Positive, exact
from ixigen_data.recipe import LoadedRecipe, Name, Recipe, parse_recipe

# What leaves the token store as it is.
CHANGEABLE = ("name", "seed", "mixture", "packing", "shards")


class RatioSettings(Settings):
    """One variant a percentage: the part's share of its node; its sisters keep their proportions to each other."""

    part: str = Field(description="Path of a part.", examples=["telco", "replay/ko"])
    percent: tuple[Positive, ...] = Field(min_length=1, examples=[[5, 10, 25, 50, 75]])


class SweepSettings(Settings):
    """The variants of a recipe: by ratio, by name with what each changes in the recipe, or both."""

    changes: dict[str, JsonValue] = Field(
        default_factory=dict,
        description="What every variant changes.",
        examples=[{"mixture": {"total_tokens": 1_048_576}}],
    )
    ratios: RatioSettings | None = None
    variants: dict[Name, dict[str, JsonValue]] = Field(default_factory=dict)


@dataclass(frozen=True)
class _Sweep:
    """A sweep file with its lines, and the recipe that it varies."""

    file: str
    settings: SweepSettings
    marked: MarkedYaml
    base: Mapping[str, JsonValue]


def load_sweep(url: str, loaded: LoadedRecipe) -> dict[str, Recipe]:
    """Return the variants of a recipe by name: those of `ratios` first, then those written out.

    A variant's recipe is called after the recipe and itself, unless it sets a name.

    Raises:
        RecipeError: everything that is wrong with the file or a variant.
    """
    try:
        marked = load_marked(read_bytes(url).decode("utf-8-sig"), url)
    except (FileNotFoundError, UnicodeDecodeError, IsADirectoryError) as fault:
        raise RecipeError([Mistake("", f"no sweep in YAML here: {fault}")], url) from None
    try:
        settings = SweepSettings.model_validate(marked.value)
    except ValidationError as fault:
        raise RecipeError([*marked.mistakes, *mistakes_of(fault, SweepSettings, marked)], url) from None
    assert isinstance(loaded.marked.value, dict)
    sweep = _Sweep(url, settings, marked, merged(loaded.marked.value, settings.changes))
    found, mistakes = dict[str, Recipe](), [*marked.mistakes, *_fixed(sweep, ("changes",), settings.changes)]
    named = set[str]()
    for name, place, changes in _changes(sweep):
        if name in named:
            told = f"there are two variants {name!r}, and each is written into a folder of its name"
            mistakes.append(Mistake(dotted(place), told, marked.line_of(place)))
        named.add(name)
        try:
            found[name] = _variant(sweep, name, place, changes)
        except RecipeError as error:
            mistakes += error.mistakes
    if not found and not mistakes:
        mistakes.append(Mistake("", "no variant; write ratios: {part: NAME, percent: [25, 50]} or variants", 1))
    if mistakes:
        raise RecipeError(mistakes, url)
    return found


def _changes(sweep: _Sweep) -> Iterator[tuple[str, tuple[str | int, ...], Mapping[str, JsonValue]]]:
    """Yield the name of every variant, where it stands in the sweep, and what it changes."""
    ratios = sweep.settings.ratios
    for place, percent in enumerate(ratios.percent if ratios else ()):
        assert ratios is not None
        yield f"{ratios.part.replace('/', '-')}-{percent}", ("ratios", "percent", place), {}
    for name, changes in sweep.settings.variants.items():
        yield name, ("variants", name), changes


def _variant(sweep: _Sweep, name: str, place: tuple[str | int, ...], changes: Mapping[str, JsonValue]) -> Recipe:
    """Return one variant's recipe.

    Raises:
        RecipeError: everything that is wrong with it, told at its place in the sweep.
    """
    if fixed := _fixed(sweep, place, changes):
        raise RecipeError(fixed, sweep.file)
    value = merged(sweep.base, changes)
    if place[0] == "ratios":
        assert sweep.settings.ratios is not None
        percent = sweep.settings.ratios.percent[int(place[-1])]
        value = merged(value, _ratio(sweep, value, percent, place))
    if "name" not in changes:
        value["name"] = f"{sweep.base.get('name')}-{name}"
    below = {path[len(place) :]: line for path, line in sweep.marked.lines.items() if path[: len(place)] == place}
    try:
        return parse_recipe(MarkedYaml(value, below), sweep.file)
    except RecipeError as error:
        where = dotted(place)
        told = [Mistake(f"{where}.{m.path}" if m.path else where, m.message, m.line) for m in error.mistakes]
        raise RecipeError(told, sweep.file) from None


def _fixed(sweep: _Sweep, place: tuple[str | int, ...], changes: Mapping[str, JsonValue]) -> list[Mistake]:
    """Return the mistakes of changes that another token store would be needed for."""
    told = f"changes the token store; a sweep may change {', '.join(CHANGEABLE)}"
    wrong = [(*place, key) for key in changes if key not in CHANGEABLE]
    return [Mistake(dotted(path), told, sweep.marked.line_of(path)) for path in wrong]


def _ratio(
    sweep: _Sweep, recipe: Mapping[str, JsonValue], percent: int | float, place: tuple[str | int, ...]
) -> dict[str, JsonValue]:
    """Return the weights that give a part its percentage, as whole numbers.

    Raises:
        RecipeError: there is no such part, it has no sisters, or the percentage leaves them nothing.
    """
    assert sweep.settings.ratios is not None
    part = sweep.settings.ratios.part
    *above, last = part.split("/")
    mixture = level = _mapping(recipe.get("mixture"))
    for name in above:
        level = _mapping(_mapping(level.get("parts")).get(name))
    weights = {name: _weight(sister) for name, sister in _mapping(level.get("parts")).items()}
    message = None
    if last not in weights:
        message = f"there is no part {part!r} in the recipe"
    elif len(weights) == 1:
        message = f"part {part!r} has no sisters, so it is all of its node"
    elif not 0 < percent < 100:
        message = f"{percent} leaves the sisters nothing; use a percentage between 0 and 100"
    elif changing := _changing(mixture, ["/".join([*above, name]) for name in weights]):
        message = f"the weight of {changing!r} changes along the dataset; write variants of its schedule or stages"
    if message:
        raise RecipeError([Mistake(dotted(place), message, sweep.marked.line_of(place))], sweep.file)
    others = sum((weight for name, weight in weights.items() if name != last), Fraction(0))
    scaled = {name: (100 - exact(percent)) * weight for name, weight in weights.items()}
    scaled[last] = exact(percent) * others
    scale = math.lcm(*(weight.denominator for weight in scaled.values()))
    changed: dict[str, JsonValue] = {"parts": {n: {"weight": int(weight * scale)} for n, weight in scaled.items()}}
    for name in reversed(above):
        changed = {"parts": {name: changed}}
    return {"mixture": changed}


def _changing(mixture: Mapping[str, JsonValue], paths: Sequence[str]) -> str | None:
    """Return the first of some parts whose weights a schedule or a stage sets, if there is one."""
    stages = mixture.get("stages")
    set_there = [_mapping(_mapping(stage).get("weights")) for stage in (stages if isinstance(stages, list) else [])]
    set_there.append(_mapping(mixture.get("schedule")))
    return next((path for path in paths if any(path in weights for weights in set_there)), None)


def _weight(part: JsonValue) -> Fraction:
    weight = _mapping(part).get("weight")
    return exact(weight) if isinstance(weight, int | float) else Fraction(1)


def _mapping(value: JsonValue) -> Mapping[str, JsonValue]:
    return value if isinstance(value, dict) else {}


def merged(base: Mapping[str, JsonValue], changes: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return `base` with some keys changed; mappings are merged key by key, all else is replaced.

    >>> merged({"a": {"b": 1, "c": 2}, "d": [1]}, {"a": {"b": 3}, "d": []})
    {'a': {'b': 3, 'c': 2}, 'd': []}
    """
    found = dict(base)
    for key, value in changes.items():
        old = found.get(key)
        found[key] = merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return found
