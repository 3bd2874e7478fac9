"""Samples of the documents of a chunk: of those that are encoded, and of those that were taken out."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from ixigen_data.core.documents import Bools, Int64s
from ixigen_data.core.samples import MAX_ID_CHARS, PER_GROUP, Sample, Sampler, rank_of, shorten
from ixigen_data.tokens.buckets import UInt64s
from ixigen_data.tokens.token_files import keys_of

DEDUP = "dedup"
DUPLICATE = "duplicate"


class ChunkSampler:
    """The documents of one chunk with the lowest ranks, gathered batch by batch."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._sampler: Sampler[Sample] = Sampler()

    def add(self, batch: pa.RecordBatch, which: Bools, rule: str = "", reason: str = "") -> None:
        """Offer some documents of a batch; `rule` and `reason`: why they are not encoded, empty where they are."""
        rows = np.flatnonzero(which)
        if not len(rows):
            return
        hi, lo = keys_of(pa.Table.from_batches([batch.select(["key"])]))
        group = (self._source, rule, reason)
        for row in _lowest(lo[rows], rows):
            if self._sampler.wants(group, rank_of(int(hi[row]), int(lo[row]))):
                self._sampler.add(self._sample(batch, row, group))

    def chosen(self) -> Iterator[Sample]:
        """Yield the samples."""
        return self._sampler.chosen()

    def _sample(self, batch: pa.RecordBatch, row: int, group: tuple[str, str, str]) -> Sample:
        text = batch.column("text")[row].as_py()
        source, rule, reason = group
        return Sample(
            source=source,
            rule=rule,
            reason=reason,
            key=batch.column("key")[row].as_py().hex(),
            id=shorten(batch.column("id")[row].as_py(), MAX_ID_CHARS),
            chars=len(text),
            text=shorten(text),
        )


def _lowest(values: UInt64s, rows: Int64s) -> list[int]:
    """Return the rows of the lowest values, a few more than a sample takes where values are equal."""
    if len(rows) <= PER_GROUP:
        return [int(row) for row in rows]
    limit = np.partition(values, PER_GROUP - 1)[PER_GROUP - 1]
    return [int(row) for row in rows[values <= limit]]
