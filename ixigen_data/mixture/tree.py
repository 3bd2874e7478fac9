"""The shape of a mixture: nodes in a list that is depth first, with the root at place 0."""

from collections.abc import Sequence
from typing import Protocol


class Placed(Protocol):
    """A node that knows the place of the node above it."""

    @property
    def parent(self) -> int:
        """Place of the node above; the root's is -1."""
        ...


class Node(Placed, Protocol):
    """A place in a mixture."""

    @property
    def part(self) -> int | None:
        """Which part an undivided node is; None where the node is divided."""
        ...


def children_of(tree: Sequence[Placed]) -> list[list[int]]:
    """Return the places of each node's children, in order."""
    children: list[list[int]] = [[] for _ in tree]
    for place, node in enumerate(tree[1:], start=1):
        children[node.parent].append(place)
    return children
