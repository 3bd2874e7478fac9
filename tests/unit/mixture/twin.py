"""The order in plain Python: Tijdeman's rule in fractions, straight from its definition."""

from collections.abc import Sequence
from fractions import Fraction
from math import floor


class Node:
    """A node: children are nodes or part numbers, phases the windows of each; without windows they are passed over."""

    def __init__(self, children: Sequence["Node | int"], *phases: Sequence[int]) -> None:
        self.children = children
        self.phases = [phase for phase in phases if any(phase)]
        self.given = [0] * len(children)
        self.begin()

    def begin(self) -> None:
        """Begin the next phase, if there is one."""
        self.shares = self.phases.pop(0) if self.phases else [0] * len(self.children)
        self.windows = sum(self.shares)
        self.taken = [0] * len(self.shares)
        active = sum(share > 0 for share in self.shares)
        self.bound = 1 - Fraction(1, 2 * active - 2) if active > 1 else Fraction(0)

    def next(self) -> tuple[int, int]:
        """Return part and index of the node's next window; the bound is checked on the way."""
        if sum(self.taken) == self.windows:
            self.begin()
        t = sum(self.taken) + 1
        place = self.choose(t)
        index = self.given[place]
        self.taken[place] += 1
        self.given[place] += 1
        for share, taken in zip(self.shares, self.taken, strict=True):
            assert abs(Fraction(t * share, self.windows) - taken) <= self.bound
        child = self.children[place]
        return child.next() if isinstance(child, Node) else (child, index)

    def choose(self, t: int) -> int:
        best, earliest = 0, None
        for place, (share, taken) in enumerate(zip(self.shares, self.taken, strict=True)):
            ratio = Fraction(share, self.windows)
            if share == 0 or (self.bound and t * ratio - taken < 1 - self.bound):
                continue
            deadline = floor((taken + self.bound) / ratio)
            if earliest is None or deadline < earliest:
                best, earliest = place, deadline
        return best
