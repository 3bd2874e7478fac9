"""Which documents and tokens of a part's supply a dataset uses, for the first time or again."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ixigen_data.core.documents import Bools
from ixigen_data.mixture.pieces import Pieces
from ixigen_data.mixture.served import ServedPieces, document_numbers
from ixigen_data.mixture.shuffle import DocumentStream
from ixigen_data.mixture.supply import Int64s


@dataclass(frozen=True)
class Accounts:
    """What the first tokens of a part's stream are made of."""

    documents: int  # different ones
    unused_documents: int  # of the supply, with no token there nor in an earlier dataset
    unique_tokens: int  # of the first epoch over all datasets

    def __add__(self, other: "Accounts") -> "Accounts":
        """Return the sum, field by field."""
        return Accounts(
            self.documents + other.documents,
            self.unused_documents + other.unused_documents,
            self.unique_tokens + other.unique_tokens,
        )


def accounts_of(stream: DocumentStream, tokens: int) -> Accounts:
    """Return what the first `tokens` tokens of a stream are made of.

    A stream that continues others is walked through up to the first epoch that is whole, lengths only.
    """
    if not stream.continued:
        used = stream.documents_before(tokens)
        return Accounts(used, stream.supply.documents - used, min(tokens, stream.supply.tokens))
    found, position = Accounts(0, 0, 0), 0
    for pieces in stream.index(0, stream.size_of(0)):
        found += _of_first_epoch(stream, pieces, tokens - position)
        position += int(pieces.tokens.sum())
    epoch = 1
    while position < tokens:
        size = stream.size_of(epoch)
        if tokens >= position + size and size == stream.supply.tokens:
            return Accounts(stream.supply.documents, found.unused_documents, found.unique_tokens)
        for pieces in stream.index(position, min(tokens, position + size)):
            found += Accounts(int(_is_new(stream, pieces, epoch).sum()), 0, 0)
        position += size
        epoch += 1
    return found


def _of_first_epoch(stream: DocumentStream, pieces: Pieces, tokens: int) -> Accounts:
    """Return what pieces of a stream's first epoch add, of which the first `tokens` tokens are used."""
    before = np.cumsum(pieces.tokens) - pieces.tokens
    used = np.clip(tokens - before, 0, pieces.tokens)
    begins = _first_of_documents(pieces)
    left = np.zeros(len(pieces), np.bool_)
    for source, mine, rows in _by_source(pieces):
        if stream.served[source].epoch == 0:
            left[rows] = ~np.isin(_numbers(mine), stream.served[source].pieces.documents())
    return Accounts(
        int((begins & (used > 0)).sum()),
        int((begins & left & (used == 0)).sum()),
        int(used[pieces.epoch == 0].sum()),
    )


def _is_new(stream: DocumentStream, pieces: Pieces, epoch: int) -> Bools:
    """Return which pieces of one of a stream's epochs begin a document of which nothing was left in those before."""
    new = _first_of_documents(pieces)
    for source, mine, rows in _by_source(pieces):
        served, lengths = stream.served[source], stream.document_tokens(source, mine)
        for before in range(epoch):
            gone = _tokens_listed(served.pieces_of(served.epoch + before), mine) == lengths
            if before == 0:
                gone |= served.buckets[mine.bucket]
            new[rows] &= gone
    return new


def _tokens_listed(served: ServedPieces, pieces: Pieces) -> Int64s:
    """Return how many tokens of each piece's document are among those served."""
    numbers, place = np.unique(served.documents(), return_inverse=True)
    if len(numbers) == 0:
        return np.zeros(len(pieces), np.int64)
    sums = np.zeros(len(numbers), np.int64)
    np.add.at(sums, place, served.tokens)
    at = np.minimum(np.searchsorted(numbers, _numbers(pieces)), len(numbers) - 1)
    return np.where(numbers[at] == _numbers(pieces), sums[at], 0)


def _first_of_documents(pieces: Pieces) -> Bools:
    """Return which pieces are the first of their document; those of a document follow each other."""
    same = (_numbers(pieces)[1:] == _numbers(pieces)[:-1]) & (pieces.source[1:] == pieces.source[:-1])
    return np.concatenate([[True], ~same])[: len(pieces)]


def _by_source(pieces: Pieces) -> Iterator[tuple[int, Pieces, Int64s]]:
    for source in np.unique(pieces.source).tolist():
        rows = np.flatnonzero(pieces.source == source)
        yield source, pieces.take(rows), rows


def _numbers(pieces: Pieces) -> Int64s:
    return document_numbers(pieces.bucket, pieces.row)
