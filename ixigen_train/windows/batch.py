"""Windows as a model takes them: position ids that restart at each document, labels, and the part of every token."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ixigen_data.core.errors import ShardError
from ixigen_data.shards.manifest import SETTLEMENT, Manifest
from ixigen_train.windows import batch_kernel
from ixigen_train.windows.rows import Rows

IGNORED: Final = batch_kernel.IGNORED
NO_PART: Final = batch_kernel.NO_PART

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

    @property
    def documents(self) -> list[tuple[int, ...]]:
        """The lengths in tokens of each window's documents, in their order; pad is one at the end."""
        starts = (np.flatnonzero(row == 0) for row in self.position_ids)
        return [tuple(np.diff(begins, append=self.position_ids.shape[1]).tolist()) for begins in starts]


class Batcher:
    """Makes batches of the windows of one dataset."""

    def __init__(self, manifest: Manifest, paths: Sequence[str] | None = None) -> None:
        """`paths`: of the parts that batches number, those of the dataset among them; None: as the dataset does."""
        own = [part.path for part in manifest.parts]
        places = {path: number for number, path in enumerate(own if paths is None else paths)}
        self._numbers = np.array([places[path] for path in own], np.int16)
        self._pieces = {window.window: window.pieces for window in manifest.settlement_windows}

    def batch(self, first: int, rows: Rows) -> Batch:
        """Return windows `first`, `first` + 1, … of the training windows, whose bytes `rows` are.

        Raises:
            ShardError: a window is of several parts, and the manifest does not know of it.
        """
        shape = rows["tokens"].shape
        # In one piece: from 4 MiB on numpy asks for huge pages, without which half of the time goes into page faults.
        ids, positions, labels = np.empty((3, *shape), np.int64)
        part = np.empty(shape, np.int16)
        np.copyto(ids, rows["tokens"])
        alone = rows["part"] != SETTLEMENT
        owners = np.full(len(rows), NO_PART, np.int16)
        owners[alone] = self._numbers[rows["part"][alone]]
        # Copies, so that the kernel is compiled for one kind of array: mapped ones are read-only.
        batch_kernel.fill(ids, rows["ends"].copy(), rows["length"].astype(np.int64), owners, positions, labels, part)
        for row in np.flatnonzero(~alone).tolist():
            self._attribute(first + row, part[row])
        return Batch(ids, positions, labels, part)

    def _attribute(self, window: int, part: Int16s) -> None:
        """Write the part of every token of a settlement window: (seq_len,)."""
        if window not in self._pieces:
            raise ShardError(f"window {window:,} is of several parts, but the manifest has no such settlement window")
        place = 0
        for piece in self._pieces[window]:
            part[place : place + piece.tokens] = self._numbers[piece.part]
            place += piece.tokens
