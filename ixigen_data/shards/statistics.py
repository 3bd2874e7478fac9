"""statistics.json: what a manifest has no room for, the texts by source, the order from end to end, samples.

The manifest holds its size and digest, so that it is checked as every file of a dataset; its content has no part in the
dataset's own digest. It is bounded: no document or window makes it grow.
"""

from collections import Counter
from typing import Annotated, Self

from pydantic import Field, ValidationError

from ixigen_data.core.digests import digest_bytes
from ixigen_data.core.errors import ShardError
from ixigen_data.core.files import join, read_bytes, without_secrets
from ixigen_data.core.samples import EditSample, Sample
from ixigen_data.core.settings import first_mistake
from ixigen_data.shards.dedup_statistics import ContaminationStatistics, LinesStatistics, NearStatistics
from ixigen_data.shards.manifest import Count, Manifest, Record, StoredFile

FILE_NAME = "statistics.json"


class TextRecord(Record):
    """The documents of one source that were encoded."""

    documents: Count
    text_bytes: Count  # in UTF-8, as cleaned
    words: Count  # runs without white space; eojeol, in Korean
    tokens: Count  # content + EOS + BOS
    content_tokens: Count
    lengths: dict[Annotated[int, Field(gt=0)], Count]  # documents by `tokens`: see core/lengths.py for the bins


class NodeTrace(Record):
    """A node of the mixture along the windows; one entry a span of `TraceRecord`."""

    path: str
    bound: float  # what the order promises of its errors; 0 where it has its node's windows to itself
    windows: tuple[Count, ...]
    lowest: tuple[float, ...]  # windows had, less its share of those of the node above; the least within the span
    highest: tuple[float, ...]  # the most


class TraceRecord(Record):
    """What the last generation is made of from its first window to its last; a settlement window is its owner's."""

    borders: tuple[Count, ...]  # windows of the dataset at which spans begin, and the end of the last
    nodes: tuple[NodeTrace, ...]  # without the root


class Statistics(Record):
    """Everything in the file; sources in recipe order."""

    schema_version: int = 1
    text_bytes: dict[str, dict[str, Count]]  # UTF-8 that left a stage, by source, then by stage
    edited: dict[str, dict[str, Count]]  # documents that a rule changed, by source, then by rule
    texts: dict[str, TextRecord]
    trace: TraceRecord | None = None
    samples: tuple[Sample, ...] = ()
    edit_samples: tuple[EditSample, ...] = ()
    personal_data: dict[str, dict[str, Count]] = Field(default_factory=dict)  # found, by source, then by kind
    near: NearStatistics | None = None  # None where nothing looked for near-duplicates
    contamination: ContaminationStatistics | None = None  # None where no suite was looked for
    lines: dict[str, LinesStatistics] | None = None  # by source; None where nothing looked for frequent lines

    def personal_data_by_kind(self) -> dict[str, int]:
        """Return how many of each kind of personal data were found in all sources."""
        total: Counter[str] = Counter()
        for found in self.personal_data.values():
            total.update(found)
        return dict(sorted(total.items()))

    def behind(self, earlier: Self) -> Self:
        """Return the statistics of a dataset with one more generation; the trace stays that of the last one.

        So do clusters and items of suites, which cannot be added up, where the last one looked for them.
        """
        return self.model_copy(
            update={
                "text_bytes": earlier.text_bytes | self.text_bytes,
                "edited": earlier.edited | self.edited,
                "texts": earlier.texts | self.texts,
                "personal_data": earlier.personal_data | self.personal_data,
                "edit_samples": (*(s for s in earlier.edit_samples if s.source not in self.texts), *self.edit_samples),
                "samples": (*(s for s in earlier.samples if s.source not in self.texts), *self.samples),
                "near": self.near or earlier.near,
                "contamination": self.contamination or earlier.contamination,
                "lines": earlier.lines if self.lines is None else (earlier.lines or {}) | self.lines,
            }
        )

    @classmethod
    def load(cls, url: str, manifest: Manifest) -> Self | None:
        """Return the statistics of the dataset at `url`; None where its manifest knows of none.

        Raises:
            ShardError: the file is missing, not the one that the manifest names, or of a version not known here.
        """
        if manifest.statistics is None:
            return None
        place = join(url, manifest.statistics.file)
        shown = without_secrets(place)
        try:
            data = read_bytes(place)
        except FileNotFoundError:
            raise ShardError(f"{shown}: not found, but the manifest names it") from None
        expected, got = manifest.statistics.digests["xxh3_128"], digest_bytes(data)
        if got != expected:
            raise ShardError(f"{shown}: expected the digest {expected}, got {got}; the file was changed")
        try:
            return cls.model_validate_json(data)
        except ValidationError as error:
            raise ShardError(f"{shown}: {first_mistake(error)}") from None

    def data(self) -> bytes:
        """Return the file's bytes."""
        return f"{self.model_dump_json(exclude_none=True)}\n".encode()

    def stored(self) -> StoredFile:
        """Return what a manifest says of the file; a later generation leaves those of earlier ones alone."""
        data = self.data()
        first = self.trace.borders[0] if self.trace else 0
        name = f"statistics.{first}.json" if first else FILE_NAME
        return StoredFile(file=name, bytes=len(data), digests={"xxh3_128": digest_bytes(data)})
