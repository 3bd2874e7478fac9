"""Pieces of documents in the order of a stream: what streams give and packings place."""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from ixigen_data.mixture.supply import Int64s, TokenIds


@dataclass(frozen=True)
class Pieces:
    """Consecutive pieces of documents; every array has one entry a piece.

    Most pieces are whole documents. Of those that a stream gives for a range of tokens, the first may begin and the
    last may end within its document; so may any whose other tokens an earlier dataset has served.
    """

    tokens: Int64s  # at least 1
    source: Int64s  # counts the sources of the part
    bucket: Int64s
    row: Int64s  # of the document in its source's bucket
    first: Int64s  # where the piece begins in its document
    epoch: Int64s  # counted from 0 over this dataset and those it continues

    def __len__(self) -> int:
        return len(self.tokens)

    def take(self, rows: Int64s | slice) -> Self:
        """Return some of the pieces."""
        return type(self)(*(getattr(self, field.name)[rows] for field in fields(self)))


def joined(parts: list[Pieces]) -> Pieces:
    """Return pieces one behind the other."""
    none = np.zeros(0, np.int64)
    return Pieces(*(np.concatenate([none, *(getattr(part, f.name) for part in parts)]) for f in fields(Pieces)))


@dataclass(frozen=True)
class Run:
    """Pieces with their tokens."""

    pieces: Pieces
    flat: TokenIds  # the tokens of the documents, in an order of its own
    start: Int64s  # (pieces,) where each begins in `flat`
