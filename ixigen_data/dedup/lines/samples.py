"""Samples of what is cut from documents, for the report."""

from collections.abc import Iterator

import pyarrow as pa

from ixigen_data.core.documents import text_buffers
from ixigen_data.core.samples import MAX_ID_CHARS, EditedPlace, EditSample, Sampler, rank_of, shorten
from ixigen_data.dedup.lines.strip import RULE, Stripped

_LOOKED_AT = 200  # documents of a chunk: where a footer is cut, it is cut from all
_PLACES = 3  # of a document
_PLACE_CHARS = 240
_AROUND_CHARS = 24
_KEY_DIGITS = 16  # of half a key


class CutSampler:
    """Of the first documents of a chunk that lose lines, those with the lowest ranks."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._sampler: Sampler[EditSample] = Sampler()
        self._seen = 0

    def add(self, batch: pa.RecordBatch, stripped: Stripped) -> None:
        """Offer the documents of a batch, as it was before."""
        rows = dict.fromkeys(row for row in stripped.cuts[:, 2].tolist() if stripped.left[row])
        for row in list(rows)[: _LOOKED_AT - self._seen]:
            key = batch.column("key")[row].as_py().hex()
            rank = rank_of(int(key[:_KEY_DIGITS], 16), int(key[_KEY_DIGITS:], 16))
            if self._sampler.wants((self._source, RULE, ""), rank):
                self._sampler.add(self._sample(batch, stripped, row))
        self._seen = min(_LOOKED_AT, self._seen + len(rows))

    def chosen(self) -> Iterator[EditSample]:
        """Yield the samples."""
        return self._sampler.chosen()

    def _sample(self, batch: pa.RecordBatch, stripped: Stripped, row: int) -> EditSample:
        data, offsets = text_buffers(batch.column("text"))
        start, stop = int(offsets[row]), int(offsets[row + 1])
        cuts = stripped.cuts[stripped.cuts[:, 2] == row][:_PLACES, :2].tolist()
        return EditSample(
            source=self._source,
            rule=RULE,
            key=batch.column("key")[row].as_py().hex(),
            id=shorten(batch.column("id")[row].as_py(), MAX_ID_CHARS),
            places=tuple(
                EditedPlace(
                    left=bytes(data[start:first]).decode()[-_AROUND_CHARS:],
                    before=shorten(bytes(data[first:last]).decode(), _PLACE_CHARS),
                    after="",
                    right=bytes(data[last:stop]).decode()[:_AROUND_CHARS],
                )
                for first, last in cuts
            ),
        )
