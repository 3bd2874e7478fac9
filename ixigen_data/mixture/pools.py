"""Pools: stretches of a part's stream that are packed by themselves, where a packing looks at many documents."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from ixigen_data.mixture.pieces import Pieces
from ixigen_data.mixture.supply import Int64s


class PieceStream(Protocol):
    """A stream of documents whose lengths can be read without their tokens."""

    def index(self, start: int, stop: int) -> Iterator[Pieces]:
        """Yield the pieces that tokens start … stop - 1 of the stream consist of, in order."""
        ...


@dataclass(frozen=True)
class Pools:
    """The pools of one part: pool p holds tokens first_token[p] … first_token[p + 1] - 1 of its stream."""

    first_token: Int64s  # (pools + 1,)
    first_window: Int64s  # (pools + 1,): windows of the part before each pool, and in all

    @property
    def windows(self) -> int:
        """Windows of the part."""
        return int(self.first_window[-1])


class Fitter(Protocol):
    """A packing whose windows do not follow from the number of tokens alone."""

    def pools(self, stream: PieceStream, tokens: int) -> Pools:
        """Return the pools of the first `tokens` tokens of a stream."""
        ...
