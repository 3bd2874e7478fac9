"""The document stream of a part: every epoch another order, any token range without a walk from the start.

An epoch visits the 4,096 buckets in a seeded permutation; within a bucket the documents of all the part's sources stand
in the order of a seeded hash of their keys. Neither depends on how many documents there are, so a new document moves no
two others past each other, and reading stays almost sequential at any size. A stream that continues those of earlier
datasets begins with what they left of the epoch in progress; further epochs are whole.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import cast

import numpy as np

from ixigen_data.core.seeds import seed_for
from ixigen_data.mixture.holdout import Holdout, training_tokens
from ixigen_data.mixture.pieces import Pieces, Run
from ixigen_data.mixture.served import Served, without_served
from ixigen_data.mixture.supply import Int64s, SourceStore, Supply, TokenIds, UInt64s
from ixigen_data.tokens.buckets import BUCKETS

# Small buckets are read together up to this many tokens: one by one, each would cost some 200 µs. 1 MB fits a cache.
_RUN_TOKENS = 1 << 18
_HASH_BITS = np.uint64(52)  # what the place of a bucket, 12 bits, leaves of 64


class DocumentStream:
    """The documents of a part one behind the other: those for training over and over, or those held out, once.

    Args:
        stores: the part's sources, in the order of the recipe.
        seed: of the part's order; None for the order of the keys (hold-out).
        holdout: what is held out of the part, if anything.
        held: whether this is the stream of the documents held out.
        served: what earlier datasets served, source by source; nothing if left out.
    """

    def __init__(
        self,
        stores: Sequence[SourceStore],
        seed: int | None,
        holdout: Holdout | None,
        held: bool = False,
        served: Sequence[Served] = (),
    ) -> None:
        self._stores = tuple(stores)
        self._seed = seed
        self.holdout = holdout
        self._held = held
        self.bucket_tokens, self.bucket_documents = self._sizes()
        self.served = tuple(served) or (Served(),) * len(self._stores)
        # Epochs are numbered on, so that a stream which continues one of its own sources and seed has its order.
        self.first_epoch = max((source.epoch for source in self.served), default=0)
        self.continued = any(source.epoch or source.buckets.any() or len(source.pieces) for source in self.served)
        self.supply = Supply(int(self.bucket_tokens.sum()), int(self.bucket_documents.sum()))
        self._left: list[Int64s] = []  # of every epoch of which something was served: tokens by bucket
        if self.continued:
            self._leave_out_served()
        self._begins = np.cumsum([0, *(int(tokens.sum()) for tokens in self._left)])
        self._epoch_plan = lru_cache(maxsize=4)(self._plan_epoch)

    def index(self, start: int, stop: int) -> Iterator[Pieces]:
        """Yield the pieces that tokens start … stop - 1 of the stream consist of, in order, without their tokens."""
        for epoch, buckets, first, last in self._stretches(start, stop):
            yield self._cut(epoch, buckets, first, last)[0]

    def runs(self, start: int, stop: int) -> Iterator[Run]:
        """Yield the pieces that tokens start … stop - 1 of the stream consist of, in order, with their tokens."""
        for epoch, buckets, first, last in self._stretches(start, stop):
            pieces, begin = self._cut(epoch, buckets, first, last)
            yield Run(pieces, self._tokens_of(buckets), begin)

    def locate(self, position: int) -> tuple[int, int]:
        """Return the epoch that a position stands in, counted from the stream's first, and the tokens before it there.

        A position between two epochs is the beginning of the later one.
        """
        known = len(self._begins) - 1
        if position < self._begins[known]:
            epoch = int(np.searchsorted(self._begins, position, side="right")) - 1
            return epoch, position - int(self._begins[epoch])
        further, offset = divmod(position - int(self._begins[known]), self.supply.tokens)
        return known + further, offset

    def buckets_before(self, epoch: int, offset: int) -> tuple[Int64s, int]:
        """Return the buckets that an epoch has given whole after `offset` tokens, and how many tokens they gave."""
        buckets, cumulative = self._epoch_plan(epoch)
        place = int(np.searchsorted(cumulative, offset, side="right")) - 1
        return buckets[:place], int(cumulative[place])

    def size_of(self, epoch: int) -> int:
        """Return the tokens of an epoch, counted from the stream's first."""
        return int(self._epoch_plan(epoch)[1][-1])

    def document_tokens(self, source: int, pieces: Pieces) -> Int64s:
        """Return how many tokens the document of each piece has, all of them of one source."""
        found = np.empty(len(pieces), np.int64)
        for bucket in np.unique(pieces.bucket).tolist():
            mine = pieces.bucket == bucket
            found[mine] = self._stores[source].index(bucket).tokens[pieces.row[mine]]
        return found

    def documents_before(self, position: int) -> int:
        """Return how many different documents have a token among the first `position` tokens of the stream.

        The stream begins anew; see `accounts` for one that continues another.
        """
        if position >= self.supply.tokens:
            return self.supply.documents
        buckets, before = self.buckets_before(0, position)
        whole = int(self.bucket_documents[buckets].sum())
        if before == position:
            return whole
        border = self._epoch_plan(0)[0][len(buckets) : len(buckets) + 1]
        ends = np.cumsum(self._documents(border, 0)[0].tokens)
        return whole + int(np.searchsorted(ends, position - before)) + 1

    def _sizes(self) -> tuple[Int64s, Int64s]:
        """Return tokens and documents of every bucket, on this side of the hold-out."""
        tokens = sum((store.bucket_tokens for store in self._stores), np.zeros(BUCKETS, np.int64))
        documents = sum((store.bucket_documents for store in self._stores), np.zeros(BUCKETS, np.int64))
        held_tokens, held_documents = np.zeros_like(tokens), np.zeros_like(documents)
        if self.holdout is not None:
            last = self.holdout.bucket
            held_tokens[:last], held_documents[:last] = tokens[:last], documents[:last]
            held_tokens[last] = self.holdout.tokens - held_tokens.sum()
            held_documents[last] = self.holdout.documents - held_documents.sum()
        return (held_tokens, held_documents) if self._held else (tokens - held_tokens, documents - held_documents)

    def _leave_out_served(self) -> None:
        """Take what was served from the epochs that it was served of, and count it."""
        last = max(source.last_epoch - source.epoch for source in self.served)
        self._left = [self.bucket_tokens.copy() for _ in range(last + 1)]
        total = first = 0
        for store, source in zip(self._stores, self.served, strict=True):
            mine = training_tokens(store, self.holdout)
            gone = [source.tokens_by_bucket(source.epoch + epoch, mine) for epoch in range(last + 1)]
            for epoch, served in enumerate(gone):
                self._left[epoch] -= served
            total += source.epoch * int(mine.sum()) + int(sum(served.sum() for served in gone))
            first += int(mine.sum() if source.epoch else gone[0].sum())
        self.supply = replace(self.supply, served=total, served_first=first)

    def _plan_epoch(self, epoch: int) -> tuple[Int64s, Int64s]:
        """Return the buckets with tokens in an epoch's order, and the tokens before each with the total at the end."""
        tokens = self._left[epoch] if epoch < len(self._left) else self.bucket_tokens
        buckets = np.arange(BUCKETS)
        if self._seed is not None:
            seed = seed_for(self._seed, "buckets", self.first_epoch + epoch)
            buckets = np.argsort(_mix(buckets.astype(np.uint64), seed), kind="stable")
        buckets = buckets[tokens[buckets] > 0]
        return buckets, np.concatenate([[0], np.cumsum(tokens[buckets])])

    def _stretches(self, start: int, stop: int) -> Iterator[tuple[int, Int64s, int, int]]:
        """Yield an epoch, some buckets that follow each other in it, and which of their tokens are asked for."""
        if start < stop and self.supply.tokens == 0:
            raise ValueError(f"tokens {start:,} to {stop:,} of a stream without documents")
        while start < stop:
            epoch, offset = self.locate(start)
            buckets, cumulative = self._epoch_plan(epoch)
            end = min(offset + stop - start, int(cumulative[-1]))
            place = int(np.searchsorted(cumulative, offset, side="right")) - 1
            start += end - offset
            while offset < end:
                enough = int(np.searchsorted(cumulative, min(end, offset + _RUN_TOKENS)))
                before, after = int(cumulative[place]), int(cumulative[enough])
                yield epoch, buckets[place:enough], offset - before, min(end, after) - before
                offset, place = after, enough

    def _cut(self, epoch: int, buckets: Int64s, start: int, stop: int) -> tuple[Pieces, Int64s]:
        """Return tokens start … stop - 1 of some buckets that follow each other, and where each piece begins."""
        whole, begin = self._documents(buckets, epoch)
        ends = np.cumsum(whole.tokens)
        first, last = int(np.searchsorted(ends, start, side="right")), int(np.searchsorted(ends, stop)) + 1
        skipped = np.zeros(last - first, np.int64)
        skipped[0] = start - (ends[first] - whole.tokens[first])
        pieces = whole.take(slice(first, last))
        tokens = pieces.tokens - skipped
        tokens[-1] -= ends[last - 1] - stop
        return replace(pieces, tokens=tokens, first=pieces.first + skipped), begin[first:last] + skipped

    def _tokens_of(self, buckets: Int64s) -> TokenIds:
        """Return the tokens of some buckets, in the order that `_documents` counts in."""
        pairs = [(bucket, store) for bucket in buckets.tolist() for store in self._stores]
        return _joined([store.read_tokens(bucket) for bucket, store in pairs if store.bucket_tokens[bucket]])

    def _documents(self, buckets: Int64s, epoch: int) -> tuple[Pieces, Int64s]:
        """Return the documents of some buckets that follow each other in an epoch, in its order, and where each begins.

        What was served of them in this epoch is left out.
        """
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
        if self.holdout is not None and self.holdout.bucket in buckets:
            at_border = buckets[place[rows]] == self.holdout.bucket
            rows = rows[~at_border | (self.holdout.holds(hi[rows], lo[rows]) == self._held)]
        start = np.cumsum(tokens) - tokens
        epochs = np.array([source.epoch for source in self.served])[source[rows]] + epoch
        first = np.zeros(len(rows), np.int64)
        pieces = Pieces(tokens[rows], source[rows], buckets[place[rows]], row[rows], first, epochs)
        return self._unserved(pieces, start[rows], epoch) if epoch < len(self._left) else (pieces, start[rows])

    def _unserved(self, documents: Pieces, start: Int64s, epoch: int) -> tuple[Pieces, Int64s]:
        """Return what earlier datasets left of whole documents in an epoch, in their order."""
        for number, source in enumerate(self.served):
            if epoch == 0:
                left = np.flatnonzero((documents.source != number) | ~source.buckets[documents.bucket])
                documents, start = documents.take(left), start[left]
            documents, start = without_served(documents, start, number, source.pieces_of(source.epoch + epoch))
        return documents, start

    def _order(self, place: Int64s, hi: UInt64s, lo: UInt64s, epoch: int) -> Int64s:
        """Return the order of documents: by place of the bucket, the epoch's hash of the key, the key; else as is."""
        if self._seed is None:
            return np.lexsort((lo, hi, place))
        seed = seed_for(self._seed, "documents", self.first_epoch + epoch)
        hashes = place.astype(np.uint64) << _HASH_BITS | _mix(hi ^ _mix(lo, seed), seed) >> (np.uint64(64) - _HASH_BITS)
        rows = np.argsort(hashes)
        ordered = hashes[rows]
        # A plain sort is five times as fast; without equal hashes every sort gives the same order.
        return np.lexsort((lo, hi, hashes)) if (ordered[1:] == ordered[:-1]).any() else rows


def _joined(blocks: Sequence[TokenIds]) -> TokenIds:
    """Return blocks of tokens one behind the other; a single large one is not copied."""
    return blocks[0] if len(blocks) == 1 else cast(TokenIds, np.concatenate(blocks))


def _mix(values: UInt64s, seed: int) -> UInt64s:
    """Return a seeded 64-bit hash of each value: the output function of SplitMix64 (Steele, Lea & Flood, 2014)."""
    mixed = values + np.uint64(seed) * np.uint64(2) + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def part_stream(
    path: str, stores: Sequence[SourceStore], seed: int, holdout: Holdout | None, served: Sequence[Served] = ()
) -> DocumentStream:
    """Return the training stream of a part; its order follows from the recipe's seed and the part's path."""
    return DocumentStream(stores, seed_for(seed, "order", path), holdout, served=served)


def holdout_stream(stores: Sequence[SourceStore], holdout: Holdout) -> DocumentStream:
    """Return the stream of the documents held out of a part, in the order of their keys."""
    return DocumentStream(stores, None, holdout, held=True)
