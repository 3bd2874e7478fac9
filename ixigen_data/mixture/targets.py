"""Exact integer targets at every node of a mixture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

from ixigen_data.mixture.apportion import apportion
from ixigen_data.mixture.schedule import Schedule, make_schedule
from ixigen_data.mixture.settings import Holdout, MixtureSettings, PartSettings, course_of
from ixigen_data.mixture.tree import children_of
from ixigen_data.mixture.written import exact


@dataclass(frozen=True)
class Branch:
    """One node of a mixture as the recipe has it."""

    path: str  # "replay/ko"; empty for the root
    weight: Fraction  # relative to its sisters
    parent: int
    part: int | None = None
    settings: PartSettings | None = None  # None for the root
    holdout_tokens: int = 0

    @property
    def recipe_path(self) -> str:
        """Where the node stands in a recipe: "mixture.parts.replay.parts.ko"."""
        return "mixture.parts." + self.path.replace("/", ".parts.") if self.path else "mixture"


def written_branches(settings: MixtureSettings) -> list[Branch]:
    """Return the nodes of a mixture depth first, with weights as written; parts count in the order written."""
    found = [Branch("", Fraction(1), -1)]
    _descend(settings.parts, 0, settings.holdout, found)
    return found


def branches(settings: MixtureSettings) -> list[Branch]:
    """Return the nodes of a mixture with their weights over the whole dataset, from which all targets follow."""
    tree, schedule = written_branches(settings), schedule_of(settings)
    if schedule is None:
        return tree
    return [replace(branch, weight=schedule.weights.get(place, branch.weight)) for place, branch in enumerate(tree)]


def schedule_of(settings: MixtureSettings) -> Schedule | None:
    """Return the segments of a mixture whose weights change over the position, else None."""
    if not settings.schedule and not settings.stages:
        return None
    return _schedule(settings.model_dump_json(by_alias=True))


@lru_cache(maxsize=4)  # 0.3 s where one weight of 64 moves, 1.3 s where 32 do; a plan asks several times
def _schedule(written: str) -> Schedule:
    return make_schedule(course_of(MixtureSettings.model_validate_json(written)))


def _descend(parts: Mapping[str, PartSettings], parent: int, holdout: Holdout | None, found: list[Branch]) -> None:
    prefix = f"{found[parent].path}/" if found[parent].path else ""
    for name, part in parts.items():
        kept = part.holdout or holdout
        divided = part.parts is not None
        leaf = None if divided else sum(branch.part is not None for branch in found)
        tokens = kept.tokens if kept and not divided else 0
        found.append(Branch(prefix + name, exact(part.weight), parent, leaf, part, tokens))
        if part.parts is not None:
            _descend(part.parts, len(found) - 1, kept, found)


def targets(tree: Sequence[Branch], total: int) -> list[int]:
    """Return the tokens of every node: `total` at the root, largest remainders at each node below.

    The children of a node sum to it exactly, so the parts sum to the total.
    """
    tokens = [total] + [0] * (len(tree) - 1)
    for place, children in enumerate(children_of(tree)):
        if children:
            shares = apportion(tokens[place], [tree[child].weight for child in children])
            for child, share in zip(children, shares, strict=True):
                tokens[child] = share
    return tokens


def ratio_of_whole(tree: Sequence[Branch]) -> list[Fraction]:
    """Return each node's ideal ratio of the whole."""
    ratios = [Fraction(1)] * len(tree)
    for place, children in enumerate(children_of(tree)):
        whole = sum((tree[child].weight for child in children), Fraction(0))
        for child in children:
            ratios[child] = ratios[place] * tree[child].weight / whole
    return ratios
