"""What two recipes ask for differently: weights as ratios of the whole, sources, and every other key."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from fractions import Fraction

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from ixigen_data.core.digests import canonical_json
from ixigen_data.mixture.targets import Branch, branches, ratio_of_whole, targets
from ixigen_data.recipe import Recipe


class Change(BaseModel):
    """One key that differs; None where a side does not have it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    before: JsonValue
    after: JsonValue


class Share(BaseModel):
    """What one side asks of a node of the mixture."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ratio: str  # of the whole, exact: "1/3"
    target_tokens: int | None = None  # None where the total follows from supply


class NodeChange(BaseModel):
    """A node of either mixture; None where a side does not have it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str  # "replay/ko"
    before: Share | None
    after: Share | None


class RecipeDiff(BaseModel):
    """What differs between two recipes. `nodes` holds those that differ."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    nodes: tuple[NodeChange, ...]
    changes: tuple[Change, ...]

    @property
    def same(self) -> bool:
        """Whether the recipes ask for the same."""
        return not (self.nodes or self.changes)


def diff_recipes(before: JsonValue, after: JsonValue) -> RecipeDiff:
    """Return what differs between two recipes in full, as `Recipe.public` and manifests have them.

    A recipe that this version does not understand is compared key by key, weights as they were written.
    """
    recipes = [_parsed(before), _parsed(after)]
    if recipes[0] is None or recipes[1] is None:
        return RecipeDiff(nodes=(), changes=tuple(_changes("", before, after)))
    raw = [recipe.public() for recipe in recipes if recipe is not None]
    shares = [_shares(recipe) for recipe in recipes if recipe is not None]
    paths = list(dict.fromkeys([*shares[0], *shares[1]]))
    nodes = [NodeChange(path=path, before=shares[0].get(path), after=shares[1].get(path)) for path in paths]
    return RecipeDiff(
        nodes=tuple(node for node in nodes if node.before != node.after),
        changes=tuple(_changes("", *(_without_weights(value) for value in raw))),
    )


def _parsed(value: JsonValue) -> Recipe | None:
    try:
        return Recipe.model_validate(value)
    except ValidationError:
        return None


def _shares(recipe: Recipe) -> dict[str, Share]:
    tree: Sequence[Branch] = branches(recipe.mixture)
    total = recipe.mixture.total_tokens
    tokens = targets(tree, total) if isinstance(total, int) else [None] * len(tree)
    ratios: list[Fraction] = ratio_of_whole(tree)
    return {
        branch.path: Share(ratio=str(ratio), target_tokens=target)
        for branch, ratio, target in zip(tree, ratios, tokens, strict=True)
        if branch.path
    }


def _without_weights(recipe: JsonValue) -> JsonValue:
    """Return a recipe without the weights of its parts: 1 to 1 asks for what 50 to 50 does."""
    if not isinstance(recipe, dict) or not isinstance(recipe.get("mixture"), dict):
        return recipe
    mixture = recipe["mixture"]
    assert isinstance(mixture, dict), "just tested"
    return recipe | {"mixture": mixture | {"parts": _unweighted(mixture.get("parts"))}}


def _unweighted(parts: JsonValue) -> JsonValue:
    if not isinstance(parts, dict):
        return parts
    found: dict[str, JsonValue] = {}
    for name, part in parts.items():
        if isinstance(part, dict):
            kept = {key: value for key, value in part.items() if key != "weight"}
            found[name] = kept | ({"parts": _unweighted(kept["parts"])} if "parts" in kept else {})
    return found


def _changes(path: str, before: JsonValue, after: JsonValue) -> Iterator[Change]:
    """Yield the keys that differ, in the order of the first side; lists of mappings are matched entry by entry."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys([*before, *after]):
            yield from _changes(f"{path}.{key}" if path else key, before.get(key), after.get(key))
    elif isinstance(before, list) and isinstance(after, list) and _holds_mappings([*before, *after]):
        yield from _entries(path, before, after)
    elif before != after:
        yield Change(path=path, before=before, after=after)


def _holds_mappings(values: Sequence[JsonValue]) -> bool:
    return any(isinstance(value, Mapping) for value in values)


def _entries(path: str, before: Sequence[JsonValue], after: Sequence[JsonValue]) -> Iterator[Change]:
    sides = [[canonical_json(entry) for entry in entries] for entries in (before, after)]
    matcher = SequenceMatcher(None, sides[0], sides[1], autojunk=False)
    for kind, start, stop, first, last in matcher.get_opcodes():
        if kind == "equal":
            continue
        for place in range(max(stop - start, last - first)):
            old = before[start + place] if start + place < stop else None
            new = after[first + place] if first + place < last else None
            number = start + place if old is not None else first + place
            same_rule = isinstance(old, dict) and isinstance(new, dict) and old.get("rule") == new.get("rule")
            if same_rule:
                yield from _changes(f"{path}[{number}]", old, new)
            else:
                yield Change(path=f"{path}[{number}]", before=old, after=new)
