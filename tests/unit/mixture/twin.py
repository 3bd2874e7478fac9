"""The order in plain Python: Tijdeman's rule in fractions, straight from its definition."""

from collections.abc import Sequence
from fractions import Fraction
from math import floor


class Node:
    """A node: children are nodes or part numbers, shares their windows; children without windows are passed over."""

    def __init__(self, children: Sequence["Node | int"], shares: Sequence[int]) -> None:
        self.children = [child for child, share in zip(children, shares, strict=True) if share]
        self.shares = [share for share in shares if share]
        self.windows = sum(shares)
        self.taken = [0] * len(self.shares)
        self.bound = 1 - Fraction(1, 2 * len(self.shares) - 2) if len(self.shares) > 1 else Fraction(0)

    def next(self) -> tuple[int, int]:
        """Return part and index of the node's next window; the bound is checked on the way."""
        t = sum(self.taken) + 1
        place = self.choose(t)
        index = self.taken[place]
        self.taken[place] += 1
        for share, taken in zip(self.shares, self.taken, strict=True):
            assert abs(Fraction(t * share, self.windows) - taken) <= self.bound
        child = self.children[place]
        return child.next() if isinstance(child, Node) else (child, index)

    def choose(self, t: int) -> int:
        best, earliest = 0, None
        for place, (share, taken) in enumerate(zip(self.shares, self.taken, strict=True)):
            ratio = Fraction(share, self.windows)
            if len(self.shares) > 1 and t * ratio - taken < 1 - self.bound:
                continue
            deadline = floor((taken + self.bound) / ratio)
            if earliest is None or deadline < earliest:
                best, earliest = place, deadline
        return best
