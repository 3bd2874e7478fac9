"""How many windows every node of a mixture gets, and which parts round up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ixigen_data.mixture.apportion import whole_windows
from ixigen_data.mixture.order import Int64s, Tree, tree_of
from ixigen_data.mixture.targets import Branch
from ixigen_data.mixture.tree import Node, children_of


@dataclass(frozen=True)
class PartWindows:
    """A part's place in the order: `windows` positions, `full` of which hold nothing but the part.

    The difference is 0 or 1: a part that is rounded up owns its last position, a settlement window.
    """

    windows: int
    full: int
    remainder: int  # tokens of the target beyond the full windows

    @property
    def owns_settlement(self) -> bool:
        """Whether the part's last position is a settlement window."""
        return self.windows > self.full


def window_counts(tree: Sequence[Branch], tokens: Sequence[int], seq_len: int) -> list[int]:
    """Return the windows of every node: the floor or the ceiling of its target / seq_len, exact sums at every node.

    Args:
        tokens: target of every node, the root's a multiple of seq_len.
    """
    counts = [tokens[0] // seq_len] + [0] * (len(tree) - 1)
    for place, children in enumerate(children_of(tree)):
        if children:
            shares = whole_windows(counts[place], [tokens[child] for child in children], seq_len)
            for child, share in zip(children, shares, strict=True):
                counts[child] = share
    return counts


def part_windows(tree: Sequence[Branch], tokens: Sequence[int], seq_len: int) -> list[PartWindows]:
    """Return the windows of every part, in the order of the parts."""
    counts = window_counts(tree, tokens, seq_len)
    return [
        PartWindows(counts[place], *divmod(tokens[place], seq_len))
        for place, branch in enumerate(tree)
        if branch.part is not None
    ]


def order_tree(tree: Sequence[Node], counts: Sequence[int], phases: Mapping[int, Int64s] | None = None) -> Tree:
    """Return the tree that the order is planned on, from the windows of every node.

    Args:
        phases: by place of a node whose ratios change: (phases, children) windows of each child.
    """
    divided = [place for place, node in enumerate(tree) if node.part is None]
    node_of_place = {place: node for node, place in enumerate(divided)}
    all_children = children_of(tree)

    def below(place: int) -> int:
        part = tree[place].part
        return node_of_place[place] if part is None else -1 - part

    return tree_of(
        [[below(child) for child in all_children[place]] for place in divided],
        [[counts[child] for child in all_children[place]] for place in divided],
        {node_of_place[place]: rows for place, rows in (phases or {}).items()},
    )
