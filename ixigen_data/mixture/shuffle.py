"""The document stream of a part: every epoch another order, any token range without a walk from the start.

An epoch visits the 4,096 buckets in a seeded permutation; within a bucket the documents of all the part's sources stand
in the order of a seeded hash of their keys. Neither depends on how many documents there are, so a new document moves no
two others past each other, and reading stays almost sequential at any size.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

import numpy as np

from ixigen_data.core.seeds import seed_for
from ixigen_data.mixture.holdout import Holdout
from ixigen_data.mixture.supply import Int64s, SourceStore, Supply, TokenIds, UInt64s
from ixigen_data.tokens.buckets import BUCKETS

# Small buckets are read together up to this many tokens: one by one, each would cost some 200 µs. 1 MB fits a cache.
_RUN_TOKENS = 1 << 18
_HASH_BITS = np.uint64(52)  # what the place of a bucket, 12 bits, leaves of 64


@dataclass(frozen=True)
class Run:
    """Consecutive pieces of documents of one epoch, in stream order; the arrays but `flat` have one entry a piece.

    Only the first piece may begin within its document, and only the last may end within it.
    """

    epoch: int
    flat: TokenIds  # the tokens of the documents, in an order of its own
    start: Int64s  # where the piece begins in `flat`
    tokens: Int64s  # length of the piece, at least 1
    source: Int64s  # counts the sources of the part
    bucket: Int64s
    row: Int64s  # of the document in its source's bucket
    first: Int64s  # where the piece begins in its document


class DocumentStream:
    """The documents of a part one behind the other: those for training over and over, or those held out, once.

    Args:
        stores: the part's sources, in the order of the recipe.
        seed: of the part's order; None for the order of the keys (hold-out).
        holdout: what is held out of the part, if anything.
        held: whether this is the stream of the documents held out.
    """

    def __init__(
        self, stores: Sequence[SourceStore], seed: int | None, holdout: Holdout | None, held: bool = False
    ) -> None:
        self._stores = tuple(stores)
        self._seed = seed
        self._holdout = holdout
        self._held = held
        self.bucket_tokens, self.bucket_documents = self._sizes()
        self.supply = Supply(int(self.bucket_tokens.sum()), int(self.bucket_documents.sum()))
        self._epoch_plan = lru_cache(maxsize=4)(self._plan_epoch)

    def runs(self, start: int, stop: int) -> Iterator[Run]:
        """Yield the pieces that tokens start … stop - 1 of the stream consist of, in order."""
        if start < stop and self.supply.tokens == 0:
            raise ValueError(f"tokens {start:,} to {stop:,} of a stream without documents")
        while start < stop:
            epoch, offset = divmod(start, self.supply.tokens)
            end = min(stop - epoch * self.supply.tokens, self.supply.tokens)
            yield from self._runs_of_epoch(epoch, offset, end)
            start += end - offset

    def documents_before(self, position: int) -> int:
        """Return how many different documents have a token among the first `position` tokens of the stream."""
        if position >= self.supply.tokens:
            return self.supply.documents
        buckets, cumulative = self._epoch_plan(0)
        place = int(np.searchsorted(cumulative, position, side="right")) - 1
        whole = int(self.bucket_documents[buckets[:place]].sum())
        if cumulative[place] == position:
            return whole
        ends = np.cumsum(self._documents(buckets[place : place + 1], 0).tokens)
        return whole + int(np.searchsorted(ends, position - cumulative[place])) + 1

    def _sizes(self) -> tuple[Int64s, Int64s]:
        """Return tokens and documents of every bucket, on this side of the hold-out."""
        tokens = sum((store.bucket_tokens for store in self._stores), np.zeros(BUCKETS, np.int64))
        documents = sum((store.bucket_documents for store in self._stores), np.zeros(BUCKETS, np.int64))
        held_tokens, held_documents = np.zeros_like(tokens), np.zeros_like(documents)
        if self._holdout is not None:
            last = self._holdout.bucket
            held_tokens[:last], held_documents[:last] = tokens[:last], documents[:last]
            held_tokens[last] = self._holdout.tokens - held_tokens.sum()
            held_documents[last] = self._holdout.documents - held_documents.sum()
        return (held_tokens, held_documents) if self._held else (tokens - held_tokens, documents - held_documents)

    def _plan_epoch(self, epoch: int) -> tuple[Int64s, Int64s]:
        """Return the buckets with tokens in an epoch's order, and the tokens before each with the total at the end."""
        buckets = np.arange(BUCKETS)
        if self._seed is not None:
            buckets = np.argsort(_mix(buckets.astype(np.uint64), seed_for(self._seed, "buckets", epoch)), kind="stable")
        buckets = buckets[self.bucket_tokens[buckets] > 0]
        return buckets, np.concatenate([[0], np.cumsum(self.bucket_tokens[buckets])])

    def _runs_of_epoch(self, epoch: int, start: int, stop: int) -> Iterator[Run]:
        buckets, cumulative = self._epoch_plan(epoch)
        place = int(np.searchsorted(cumulative, start, side="right")) - 1
        while start < stop:
            enough = int(np.searchsorted(cumulative, min(stop, start + _RUN_TOKENS)))
            chosen, before, after = buckets[place:enough], int(cumulative[place]), int(cumulative[enough])
            yield self._run(epoch, chosen, start - before, min(stop, after) - before)
            start, place = after, enough

    def _run(self, epoch: int, buckets: Int64s, start: int, stop: int) -> Run:
        """Return tokens start … stop - 1 of some buckets that follow each other."""
        whole = self._documents(buckets, epoch)
        ends = np.cumsum(whole.tokens)
        first, last = int(np.searchsorted(ends, start, side="right")), int(np.searchsorted(ends, stop)) + 1
        skipped = np.zeros(last - first, np.int64)
        skipped[0] = start - (ends[first] - whole.tokens[first])
        tokens = whole.tokens[first:last] - skipped
        tokens[-1] -= ends[last - 1] - stop
        pairs = [(bucket, store) for bucket in buckets.tolist() for store in self._stores]
        blocks = [store.read_tokens(bucket) for bucket, store in pairs if store.bucket_tokens[bucket]]
        source, bucket, row = (column[first:last] for column in (whole.source, whole.bucket, whole.row))
        return Run(epoch, _joined(blocks), whole.start[first:last] + skipped, tokens, source, bucket, row, skipped)

    def _documents(self, buckets: Int64s, epoch: int) -> "_Documents":
        """Return the documents of some buckets that follow each other in an epoch, in its order."""
        blocks = [
            (place, source, store.index(bucket))
            for place, bucket in enumerate(buckets.tolist())
            for source, store in enumerate(self._stores)
            if store.bucket_documents[bucket]
        ]
        counts = np.array([len(index.tokens) for _, _, index in blocks])
        place, source = (np.repeat([block[column] for block in blocks], counts) for column in (0, 1))
        row = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        hi = np.concatenate([index.hi for _, _, index in blocks])
        lo = np.concatenate([index.lo for _, _, index in blocks])
        tokens = np.concatenate([index.tokens for _, _, index in blocks])
        rows = self._order(place, hi, lo, epoch)
        if self._holdout is not None and self._holdout.bucket in buckets:
            at_border = buckets[place[rows]] == self._holdout.bucket
            rows = rows[~at_border | (self._holdout.holds(hi[rows], lo[rows]) == self._held)]
        start = np.cumsum(tokens) - tokens
        return _Documents(start[rows], tokens[rows], source[rows], buckets[place[rows]], row[rows])

    def _order(self, place: Int64s, hi: UInt64s, lo: UInt64s, epoch: int) -> Int64s:
        """Return the order of documents: by place of the bucket, the epoch's hash of the key, the key; else as is."""
        if self._seed is None:
            return np.lexsort((lo, hi, place))
        seed = seed_for(self._seed, "documents", epoch)
        hashes = place.astype(np.uint64) << _HASH_BITS | _mix(hi ^ _mix(lo, seed), seed) >> (np.uint64(64) - _HASH_BITS)
        rows = np.argsort(hashes)
        ordered = hashes[rows]
        # A plain sort is five times as fast; without equal hashes every sort gives the same order.
        return np.lexsort((lo, hi, hashes)) if (ordered[1:] == ordered[:-1]).any() else rows


@dataclass(frozen=True)
class _Documents:
    """Whole documents in stream order; the arrays are those of `Run`."""

    start: Int64s
    tokens: Int64s
    source: Int64s
    bucket: Int64s
    row: Int64s


def _joined(blocks: Sequence[TokenIds]) -> TokenIds:
    """Return blocks of tokens one behind the other; a single large one is not copied."""
    return blocks[0] if len(blocks) == 1 else cast(TokenIds, np.concatenate(blocks))


def _mix(values: UInt64s, seed: int) -> UInt64s:
    """Return a seeded 64-bit hash of each value: the output function of SplitMix64 (Steele, Lea & Flood, 2014)."""
    mixed = values + np.uint64(seed) * np.uint64(2) + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def part_stream(path: str, stores: Sequence[SourceStore], seed: int, holdout: Holdout | None) -> DocumentStream:
    """Return the training stream of a part; its order follows from the recipe's seed and the part's path."""
    return DocumentStream(stores, seed_for(seed, "order", path), holdout)


def holdout_stream(stores: Sequence[SourceStore], holdout: Holdout) -> DocumentStream:
    """Return the stream of the documents held out of a part, in the order of their keys."""
    return DocumentStream(stores, None, holdout, held=True)
