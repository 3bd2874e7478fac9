"""`best_fit`: documents kept whole as far as windows allow, packed pool by pool; pad fills what is left of a window.

A pool is a stretch of consecutive documents of a part's stream. Documents longer than a window are split first: full
windows, and a rest that is placed among the other documents by best-fit decreasing. A pool's windows then stand in a
seeded order of their own, for they were made from the longest pieces to the shortest.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ixigen_data.core.seeds import seed_for
from ixigen_data.mixture.pieces import Pieces, joined
from ixigen_data.mixture.plan import Mix
from ixigen_data.mixture.pools import PieceStream, Pools
from ixigen_data.packing.best_fit_kernel import fit, shuffled
from ixigen_data.packing.concat import DocumentRuns
from ixigen_data.packing.gather_kernel import copy
from ixigen_data.packing.lineage import Lineage, in_window_order
from ixigen_data.packing.windows import Windows, empty_windows

Int64s = npt.NDArray[np.int64]


class Documents(PieceStream, DocumentRuns, Protocol):
    """A stream of documents with random access by token, to their lengths alone as well."""


@dataclass(frozen=True)
class BestFit:
    """Best-fit decreasing for windows of `seq_len` tokens, in pools of so many documents and tokens at most.

    Tokens end a pool too, because the pieces of a window lie anywhere in its pool: whoever writes one window reads all
    of them. That is 34 MB at these sizes, and would be 26 GB for 2^16 books of 100,000 tokens. At 2,048 windows, the
    few at the end of a pool that nothing fits into any more weigh less than a thousandth.
    """

    seq_len: int
    pool_documents: int = 1 << 16
    pool_tokens: int = 1 << 23
    pool_windows: int = 2048  # so many tokens, where they are more

    def pools(self, stream: PieceStream, tokens: int) -> Pools:
        """Return the pools of the first `tokens` tokens of a stream; their documents are fitted, but not kept.

        A document is never divided between pools. One that is longer than a pool may be is a pool by itself.
        """
        sizes = [(int(pool.sum()), fitted(pool, self.seq_len)[1]) for pool in self._lengths(stream, tokens)]
        borders = np.cumsum(np.array([(0, 0), *sizes], np.int64), axis=0)
        return Pools(first_token=borders[:, 0], first_window=borders[:, 1])

    def open(self, stream: PieceStream, pools: Pools, number: int, seed: int) -> "Pool":
        """Return a pool of a stream, fitted once more; `seed` is the part's (`window_seed`)."""
        position, stop = pools.first_token[number : number + 2].tolist()
        pieces = joined(list(stream.index(position, stop)))
        cuts, windows = fitted(pieces.tokens, self.seq_len)
        cuts[1] = pools.first_window[number] + shuffled(windows, seed_for(seed, number))[cuts[1]]
        return Pool(position, pieces, cuts)

    def _lengths(self, stream: PieceStream, tokens: int) -> Iterator[Int64s]:
        """Yield the lengths of every pool's pieces."""
        most = max(self.pool_tokens, self.pool_windows * self.seq_len)
        waiting: list[Int64s] = []
        documents = total = 0
        for pieces in stream.index(0, tokens):
            waiting.append(pieces.tokens)
            documents += len(pieces)
            total += int(pieces.tokens.sum())
            while documents > self.pool_documents or total > most:
                lengths = np.concatenate(waiting)
                within = int(np.searchsorted(np.cumsum(lengths), most, side="right"))
                pool = lengths[: max(1, min(within, self.pool_documents))]
                yield pool
                waiting = [lengths[len(pool) :]]
                documents -= len(pool)
                total -= int(pool.sum())
        if documents:
            yield np.concatenate(waiting)


def fitted(tokens: Int64s, seq_len: int) -> tuple[Int64s, int]:
    """Return the cuts (5, cuts) of pieces of these lengths as `fit` makes them, and the number of their windows."""
    cuts = np.empty((5, int((-(-tokens // seq_len)).sum())), np.int64)
    return cuts, fit(tokens, seq_len, cuts)


@dataclass(frozen=True)
class Pool:
    """A pool with the place of every token in it."""

    position: int  # of its first token in the part's stream
    pieces: Pieces
    cuts: Int64s  # (5, cuts) as `fit` makes them, the windows counted in the part and in their final order


def window_seed(seed: int, path: str) -> int:
    """Return what the order of the windows within the pools of a part is seeded with, from the seed of the mixture."""
    return seed_for(seed, "windows", path)


def pack_best_fit(mix: Mix, streams: Sequence[Documents], start: int, stop: int, pad: int) -> tuple[Windows, Lineage]:
    """Return windows start … stop - 1 of a mixture, and where their tokens come from.

    Args:
        streams: the training stream of every part, in the order of the parts.
        pad: the id of the token that fills what the pieces of a window leave.
    """
    parts, indices = mix.order.slice(start, stop)
    windows, lineage = empty_windows(stop - start, mix.plan.seq_len), list[Lineage]()
    windows.part[:] = parts
    for part in np.unique(parts).tolist():
        rows = np.flatnonzero(parts == part)
        target = _Target(windows, rows, part, int(indices[rows[0]]))
        lineage += target.fill(streams[part], mix.pools[part], window_seed(mix.plan.seed, mix.plan.parts[part].path))
    made = in_window_order(lineage, start, mix.plan.seq_len)
    _finish(windows, made.window - start, made.first_token + made.tokens, pad)
    return windows, made


def _finish(windows: Windows, row: Int64s, stop: Int64s, pad: int) -> None:
    """Set `ends`, `length` and pad from pieces in window order: the row of each, and the token behind it."""
    np.bitwise_or.at(windows.ends, (row, stop - 1 >> 3), np.left_shift(1, stop - 1 & 7).astype(np.uint8))
    windows.length[row] = stop  # of equal rows the last piece counts
    for short in np.flatnonzero(windows.length < windows.tokens.shape[1]).tolist():
        windows.tokens[short, windows.length[short] :] = pad


@dataclass(frozen=True)
class _Target:
    """Rows of some windows that one part fills with its windows `first`, `first` + 1 …"""

    windows: Windows
    rows: Int64s
    part: int
    first: int

    def fill(self, stream: Documents, pools: Pools, seed: int) -> Iterator[Lineage]:
        """Fit the pools that hold the windows once more, and copy what is needed of each; `window` counts the rows."""
        method = BestFit(self.windows.tokens.shape[1])
        last = self.first + len(self.rows) - 1
        begin, end = np.searchsorted(pools.first_window, [self.first, last], side="right").tolist()
        for number in range(begin - 1, end):
            pool = method.open(stream, pools, number, seed)
            chosen = np.flatnonzero((pool.cuts[1] >= self.first) & (pool.cuts[1] <= last))
            chosen = chosen[np.argsort(pool.cuts[0, chosen], kind="stable")]  # in the order of the stream
            piece, window, column, taken, skipped = cuts = pool.cuts[:, chosen]
            window[:] = self.rows[window - self.first]
            begins = pool.position + np.cumsum(pool.pieces.tokens) - pool.pieces.tokens
            self._copy(stream, begins[piece] + skipped, cuts)
            part, of = np.full(len(piece), self.part), pool.pieces.take(piece)
            yield Lineage(window, column, taken, part, of.source, of.bucket, of.row, of.first + skipped, of.epoch)

    def _copy(self, stream: Documents, begin: Int64s, cuts: Int64s) -> None:
        """Copy cuts (as in `copy`, the piece left aside) that begin at tokens `begin` of a stream, in rising order."""
        position, done = int(begin[0]), 0
        for run in stream.runs(position, int(begin[-1] + cuts[3, -1])):
            stops = position + np.cumsum(run.pieces.tokens)
            position = int(stops[-1])
            mine = slice(done, int(np.searchsorted(begin, position)))
            piece = np.searchsorted(stops, begin[mine], side="right")
            assert (begin[mine] + cuts[3, mine] <= stops[piece]).all(), "a stream divided a document between runs"
            skipped = begin[mine] - (stops - run.pieces.tokens)[piece]
            copy(run.flat, run.start, np.stack([piece, *cuts[1:4, mine], skipped]), self.windows.tokens)
            done = mine.stop
        assert done == len(begin), "a stream gave other tokens than it was asked for"
