"""Windows as a model takes them: position ids that restart at each document, labels, and the part of every token."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ixigen_data.shards.manifest import SETTLEMENT, Manifest
from ixigen_train.windows.rows import Rows

IGNORED = -100  # a label that no loss counts, as in torch
NO_PART = -1  # of pad

Int64s = npt.NDArray[np.int64]
Int16s = npt.NDArray[np.int16]


@dataclass(frozen=True)
class Batch:
    """Windows for a step; every array is (windows, seq_len).

    There is no attention mask, on purpose: with position ids that restart, attention of transformers keeps documents
    apart by itself, and an all-ones mask would undo it.
    """

    input_ids: Int64s
    position_ids: Int64s
    labels: Int64s  # not shifted: the model predicts label i from what stands before i
    part: Int16s  # index into `manifest.parts`


class Batcher:
    """Makes batches of the windows of one dataset."""

    def __init__(self, manifest: Manifest) -> None:
        self._owners = _owners(manifest)
        self._parts = len(manifest.parts)

    def batch(self, first: int, rows: Rows) -> Batch:
        """Return windows `first`, `first` + 1, … of the training windows, whose bytes `rows` are."""
        return self.batch_of(np.arange(first, first + len(rows)), rows)

    def batch_of(self, numbers: Int64s, rows: Rows) -> Batch:
        """Return some windows by their numbers in the dataset. numbers: (windows,)."""
        tokens = rows["tokens"].astype(np.int64)
        opens = _opens(rows, tokens.shape[1])
        places = np.arange(tokens.shape[1])
        ink = places < rows["length"][:, None].astype(np.int64)
        starts = np.maximum.accumulate(np.where(opens, places, 0), axis=1)
        # The first token of a document follows from nothing that stands before it.
        labels = np.where(ink & ~opens, tokens, IGNORED)
        part = np.where(ink, self._part(numbers, rows["part"], tokens.shape[1]), NO_PART)
        return Batch(tokens, places - starts, labels, part.astype(np.int16))

    def _part(self, numbers: Int64s, parts: npt.NDArray[np.uint16], seq_len: int) -> Int64s:
        """Return the part of every token: (windows, seq_len)."""
        found = np.repeat(parts.astype(np.int64)[:, None], seq_len, axis=1)
        for row in np.flatnonzero(parts == SETTLEMENT).tolist():
            found[row] = self._owners[int(numbers[row])]
        assert int(found.max(initial=0)) < self._parts, "the reader has compared windows with their manifest"
        return found


def _opens(rows: Rows, seq_len: int) -> npt.NDArray[np.bool_]:
    """Return where a document, a piece of one, or pad begins: (windows, seq_len)."""
    ends = np.unpackbits(rows["ends"], axis=1, count=seq_len, bitorder="little").astype(np.bool_)
    opens = np.ones_like(ends)
    opens[:, 1:] = ends[:, :-1]
    return opens


def _owners(manifest: Manifest) -> Mapping[int, Int64s]:
    """Return the part of every token of the settlement windows: (seq_len,) by window."""
    return {
        window.window: np.repeat([piece.part for piece in window.pieces], [piece.tokens for piece in window.pieces])
        for window in manifest.settlement_windows
    }
