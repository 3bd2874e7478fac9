"""`concat`: the document stream of a part cut every seq_len tokens, and the windows that several parts fill."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ixigen_data.mixture.order import Order
from ixigen_data.mixture.plan import MixPlan
from ixigen_data.mixture.shuffle import Run
from ixigen_data.packing.gather_kernel import copy, cut
from ixigen_data.packing.windows import SETTLEMENT, Windows, empty_windows

Int64s = npt.NDArray[np.int64]


class DocumentRuns(Protocol):
    """A stream of documents with random access by token."""

    def runs(self, start: int, stop: int) -> Iterator[Run]:
        """Yield the pieces that tokens start … stop - 1 of the stream consist of, in order."""
        ...


@dataclass(frozen=True)
class Lineage:
    """Where every token of some windows comes from: one entry a piece of a document in a window, in window order."""

    window: Int64s
    first_token: Int64s  # in the window
    tokens: Int64s
    part: Int64s
    source: Int64s  # counts the sources of the part
    bucket: Int64s
    row: Int64s  # of the document in its source's bucket
    document_token: Int64s  # where the piece begins in its document
    epoch: Int64s

    def __len__(self) -> int:
        return len(self.window)


def pack_windows(
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
    return windows, _in_window_order(lineage, start, seq_len)


def pack_stream(stream: DocumentRuns, part: int, start: int, stop: int, seq_len: int) -> tuple[Windows, Lineage]:
    """Return windows start … stop - 1 of one stream alone (a hold-out), and where their tokens come from."""
    windows = empty_windows(stop - start, seq_len)
    windows.part[:] = part
    lineage = _Target(windows, np.arange(stop - start), part).fill(stream, start * seq_len, stop * seq_len)
    return windows, _in_window_order(lineage, start, seq_len)


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
            position += int(run.tokens.sum())
        assert position - self.position == stop - start, "a stream gave other tokens than it was asked for"
        return lineage

    def _place(self, run: Run, position: int) -> Lineage:
        """Copy a run behind the `position` tokens that are there."""
        seq_len = self.windows.tokens.shape[1]
        cuts = np.empty((5, len(run.tokens) + int(run.tokens.sum()) // seq_len + 2), np.int64)
        cuts = cuts[:, : cut(run.tokens, self.rows, position, self.windows.ends, cuts)]
        copy(run.flat, run.start, cuts, self.windows.tokens)
        piece, row, column, taken, skipped = cuts
        part, epoch = np.full(len(piece), self.part), np.full(len(piece), run.epoch)
        source, bucket, document_row = run.source[piece], run.bucket[piece], run.row[piece]
        return Lineage(row, column, taken, part, source, bucket, document_row, run.first[piece] + skipped, epoch)


def _in_window_order(pieces: Sequence[Lineage], first_window: int, seq_len: int) -> Lineage:
    """Return one lineage of several, ordered by window and token; `window` is raised by `first_window`."""
    none = np.zeros(0, np.int64)
    names = [field.name for field in fields(Lineage)]
    columns = {name: np.concatenate([none, *(getattr(piece, name) for piece in pieces)]) for name in names}
    place = columns["window"] * seq_len + columns["first_token"]
    columns["window"] += first_window
    if (place[1:] > place[:-1]).all():
        return Lineage(**columns)
    order = np.argsort(place, kind="stable")  # merges what is a few sorted runs, one a part
    return Lineage(**{name: column[order] for name, column in columns.items()})
