"""Tokens by part before any window of a dataset, as manifest and lineage tell them."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from io import BytesIO

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from ixigen_data.core.errors import ShardError
from ixigen_data.core.files import join, without_secrets
from ixigen_data.shards.manifest import SETTLEMENT, Manifest
from ixigen_train.windows.dataset import WindowStream
from ixigen_train.windows.fetching import fetched

Counts = npt.NDArray[np.int64]


class Account:
    """Counts by part, pad left out: whole shards from the manifest, the shard in the middle from its lineage.

    Where the dataset has no lineage, the windows of that one shard are counted by their columns `part` and `length`.
    """

    def __init__(self, url: str, manifest: Manifest, paths: Sequence[str], windows: WindowStream) -> None:
        """`paths`: the parts that counts are for, in their order; those of the dataset are among them."""
        self._url = url
        self._manifest = manifest
        self._number = {path: number for number, path in enumerate(paths)}
        self._windows = windows
        self._read: dict[int, Counts] = {}  # the last shard alone

    def before(self, window: int) -> Counts:
        """Return the tokens in windows 0 … `window` - 1: (parts,).

        Raises:
            ShardError: lineage is missing or damaged, or does not agree with the manifest.
        """
        shard = int(np.searchsorted(self._firsts, window, side="right")) - 1
        within = window - int(self._firsts[shard])
        if not within:
            return np.array(self._totals[shard])
        if shard not in self._read:
            self._read = {shard: self._within(shard)}
        counts: Counts = self._totals[shard] + self._read[shard][within]
        return counts

    @cached_property
    def _firsts(self) -> Counts:
        """First window of each shard, and the one behind the last: (shards + 1,)."""
        return np.cumsum([0, *(shard.windows for shard in self._manifest.shards)], dtype=np.int64)

    @cached_property
    def _totals(self) -> Counts:
        """Tokens before each shard, and in all: (shards + 1, parts)."""
        counts = np.zeros((len(self._manifest.shards) + 1, len(self._number)), np.int64)
        for row, shard in enumerate(self._manifest.shards):
            for path, tokens in shard.tokens.items():
                counts[row + 1, self._number[path]] = tokens
        return np.cumsum(counts, axis=0)

    def _within(self, shard: int) -> Counts:
        """Return the tokens of a shard before each of its windows: (windows + 1, parts)."""
        first, stop = int(self._firsts[shard]), int(self._firsts[shard + 1])
        counts = np.zeros((stop - first + 1, len(self._number)), np.int64)
        if self._manifest.lineage:
            self._add_lineage(shard, counts[1:])
        else:
            self._add_windows(range(first, stop), counts[1:])
        counts = np.cumsum(counts, axis=0)
        expected = self._totals[shard + 1] - self._totals[shard]
        if not np.array_equal(counts[-1], expected):
            source = self._manifest.lineage[shard].file if self._manifest.lineage else "its windows"
            raise ShardError(
                f"{without_secrets(self._url)}: {self._manifest.shards[shard].file}: by {source} it has "
                f"{self._told(counts[-1])} tokens, by the manifest {self._told(expected)}"
            )
        return counts

    def _add_lineage(self, shard: int, counts: Counts) -> None:
        record = self._manifest.lineage[shard]
        place = without_secrets(join(self._url, record.file))
        table = pq.read_table(
            BytesIO(fetched(self._url, record)), columns=["window", "part", "tokens"]
        ).combine_chunks()
        part = table["part"].combine_chunks()
        part = part if hasattr(part, "dictionary") else part.dictionary_encode()
        number = np.array([self._number.get(path, -1) for path in part.dictionary.to_pylist()], np.int64)
        windows = table["window"].to_numpy() - self._firsts[shard]
        parts = number[part.indices.to_numpy()]
        if ((windows < 0) | (windows >= len(counts)) | (parts < 0)).any():
            raise ShardError(f"{place}: tells of other windows, or of other parts, than the manifest")
        np.add.at(counts, (windows, parts), table["tokens"].to_numpy())

    def _add_windows(self, windows: range, counts: Counts) -> None:
        rows = self._windows.read(windows)
        numbers = [self._number[part.path] for part in self._manifest.parts]
        for row, (part, length) in enumerate(zip(rows["part"].tolist(), rows["length"].tolist(), strict=True)):
            pieces = self._pieces[windows[row]] if part == SETTLEMENT else [(part, length)]
            for index, tokens in pieces:
                counts[row, numbers[index]] += tokens

    @cached_property
    def _pieces(self) -> Mapping[int, Sequence[tuple[int, int]]]:
        """Part and tokens of the pieces of each settlement window."""
        return {
            window.window: [(piece.part, piece.tokens) for piece in window.pieces]
            for window in self._manifest.settlement_windows
        }

    def _told(self, counts: Counts) -> str:
        return ", ".join(f"{path} {tokens:,}" for path, tokens in zip(self._number, counts.tolist(), strict=True))
