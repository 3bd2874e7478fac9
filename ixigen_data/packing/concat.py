"""`concat`: the document stream of a part cut every seq_len tokens, and the windows that several parts fill."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ixigen_data.mixture.order import Order
from ixigen_data.mixture.pieces import Run
from ixigen_data.mixture.plan import MixPlan
from ixigen_data.packing.gather_kernel import copy, cut
from ixigen_data.packing.lineage import Lineage, in_window_order
from ixigen_data.packing.windows import SETTLEMENT, Windows, empty_windows

Int64s = npt.NDArray[np.int64]


class DocumentRuns(Protocol):
    """A stream of documents with random access by token."""

    def runs(self, start: int, stop: int) -> Iterator[Run]:
        """Yield the pieces that tokens start … stop - 1 of the stream consist of, in order."""
        ...


def pack_concat(
    plan: MixPlan, order: Order, streams: Sequence[DocumentRuns], start: int, stop: int
) -> tuple[Windows, Lineage]:
    """Return windows start … stop - 1 of a mixture, and where their tokens come from.

    Args:
        streams: the training stream of every part, in the order of the parts.
    """
    seq_len = plan.seq_len
    parts, indices = order.slice(start, stop)
    windows, lineage = empty_windows(stop - start, seq_len), []
    windows.part[:] = parts
    full = np.array([part.full_windows for part in plan.parts], np.int64)
    whole = indices < full[parts]
    for part in np.unique(parts[whole]).tolist():
        rows = np.flatnonzero(whole & (parts == part))
        first = int(indices[rows[0]]) * seq_len
        target = _Target(windows, rows, part)
        lineage += target.fill(streams[part], first, first + len(rows) * seq_len)
    for settlement in plan.settlement_windows:
        if start <= settlement.window < stop:
            row, position = settlement.window - start, 0
            windows.part[row] = SETTLEMENT
            for piece in settlement.pieces:
                target = _Target(windows, np.array([row]), piece.part, position)
                lineage += target.fill(streams[piece.part], piece.offset, piece.offset + piece.tokens)
                position += piece.tokens
    return windows, in_window_order(lineage, start, seq_len)


def pack_stream(stream: DocumentRuns, part: int, start: int, stop: int, seq_len: int) -> tuple[Windows, Lineage]:
    """Return windows start … stop - 1 of one stream alone (a hold-out), and where their tokens come from."""
    windows = empty_windows(stop - start, seq_len)
    windows.part[:] = part
    lineage = _Target(windows, np.arange(stop - start), part).fill(stream, start * seq_len, stop * seq_len)
    return windows, in_window_order(lineage, start, seq_len)


@dataclass(frozen=True)
class _Target:
    """Rows of some windows that one part fills, from `position` on, counted over the rows one behind the other."""

    windows: Windows
    rows: Int64s
    part: int
    position: int = 0

    def fill(self, stream: DocumentRuns, start: int, stop: int) -> list[Lineage]:
        """Copy tokens start … stop - 1 of a stream, and return the lineage run by run; `window` counts the rows."""
        position, lineage = self.position, []
        for run in stream.runs(start, stop):
            lineage.append(self._place(run, position))
            position += int(run.pieces.tokens.sum())
        assert position - self.position == stop - start, "a stream gave other tokens than it was asked for"
        return lineage

    def _place(self, run: Run, position: int) -> Lineage:
        """Copy a run behind the `position` tokens that are there."""
        seq_len = self.windows.tokens.shape[1]
        pieces = run.pieces
        cuts = np.empty((5, len(pieces) + int(pieces.tokens.sum()) // seq_len + 2), np.int64)
        cuts = cuts[:, : cut(pieces.tokens, self.rows, position, self.windows.ends, cuts)]
        copy(run.flat, run.start, cuts, self.windows.tokens)
        piece, row, column, taken, skipped = cuts
        part, of = np.full(len(piece), self.part), pieces.take(piece)
        return Lineage(row, column, taken, part, of.source, of.bucket, of.row, of.first + skipped, of.epoch)
