"""Which documents were dropped as copies, and of whom: `duplicates/*.parquet`, one row a dropped document.

A file holds documents of one source in its order, so that a generation which reads a source again replaces what was
told of it and leaves the others alone.
"""

import posixpath
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ixigen_data.core.digests import digest_bytes
from ixigen_data.core.files import join, open_write
from ixigen_data.dedup.drops import DROP, EXACT, INDEX_REASONS, NEAR, REASONS, read_drops
from ixigen_data.dedup.names import names_of
from ixigen_data.dedup.places import ChunkPlace
from ixigen_data.shards.dedup_statistics import NearStatistics
from ixigen_data.shards.manifest import DuplicatesRecord, Manifest, StageRecord

FOLDER = "duplicates"
ROWS = 1_000_000  # of a file, from which on the next chunk begins another: about 200 MB of ids while it is written
_ALIKE = {*REASONS, *INDEX_REASONS} - {REASONS[EXACT], INDEX_REASONS[EXACT]}
_NAMES = pa.dictionary(pa.int32(), pa.string())
SCHEMA = pa.schema(
    [
        ("document", pa.string()),
        ("source", _NAMES),
        ("keeper", pa.string()),
        ("keeper_source", _NAMES),  # of an index: its name and the source's, "telco-50/wiki"
        ("reason", _NAMES),  # the ledger's
        ("similarity", pa.float32()),  # estimated, to the keeper; 1 for the same text
    ]
)


@dataclass(frozen=True)
class Dropped:
    """What the stages of deduplication dropped.

    Attributes:
        places: every chunk; see dedup/places.py.
        folders: of the finished stages that drop.
    """

    places: Sequence[ChunkPlace]
    folders: Sequence[str]


def write_duplicates(url: str, dropped: Dropped, first_file: int = 0) -> tuple[DuplicatesRecord, ...]:
    """Write the files below the dataset's URL and return their records, sources in the order of the chunks.

    Args:
        first_file: its number; below stand those of earlier generations.
    """
    return tuple(
        _write(url, f"{FOLDER}/{number:05}.parquet", source, _table(dropped.places, drops))
        for number, (source, drops) in enumerate(_pieces(dropped), first_file)
    )


def near_duplicates(documents: Mapping[str, Mapping[str, StageRecord]], near: NearStatistics | None) -> dict[str, int]:
    """Return what a manifest counts of documents that are alike; nothing where nobody looked for them."""
    if near is None:
        return {}
    dropped = Counter({REASONS[NEAR]: 0})
    for stages in documents.values():
        for record in stages.values():
            dropped.update({reason: n for reason, n in record.dropped.items() if reason in _ALIKE})
    return {
        "clusters": near.clusters,
        "documents": near.documents,
        "pairs": near.pairs,
        **dict(sorted(dropped.items())),
    }


def next_file(base: Manifest | None) -> int:
    """Return the number of the first file of a build behind a dataset."""
    files = [record.file for record in (base.duplicates if base else None) or ()]
    return max((int(posixpath.basename(file).removesuffix(".parquet")) for file in files), default=-1) + 1


def _pieces(dropped: Dropped) -> Iterator[tuple[str, npt.NDArray[np.void]]]:
    """Yield drops of one source each, whole chunks, about as many as a file takes."""
    open_source, held, rows = "", list[npt.NDArray[np.void]](), 0
    for number, place in enumerate(dropped.places):
        if place.indexed:
            continue
        if held and (place.source != open_source or rows >= ROWS):
            yield open_source, np.concatenate(held)
            held, rows = [], 0
        open_source = place.source
        found = np.concatenate([np.zeros(0, DROP), *(read_drops(folder, number) for folder in dropped.folders)])
        if len(found):
            held.append(found[np.argsort(found["row"], kind="stable")])
            rows += len(found)
    if held:
        yield open_source, np.concatenate(held)


def _table(places: Sequence[ChunkPlace], drops: npt.NDArray[np.void]) -> pa.Table:
    ours = names_of(places, drops["chunk"], drops["row"])
    keepers = names_of(places, drops["keeper_chunk"], drops["keeper_row"])
    of_index = drops["keeper_chunk"] < sum(place.indexed for place in places)
    reasons = pa.DictionaryArray.from_arrays(
        (drops["kind"] + of_index * len(REASONS)).astype(np.int32), pa.array([*REASONS, *INDEX_REASONS])
    )
    columns = [
        *(ours["id"], ours["source"].cast(pa.string())),  # a source stands in the dictionary once a chunk
        *(keepers["id"], keepers["source"].cast(pa.string())),
        *(reasons, pa.array(drops["similarity"])),
    ]
    return pa.table([column.cast(kind) for column, kind in zip(columns, SCHEMA.types, strict=True)], SCHEMA)


def _write(url: str, file: str, source: str, table: pa.Table) -> DuplicatesRecord:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd", use_dictionary=["source", "keeper_source", "reason"])
    data = memoryview(sink.getvalue())
    with open_write(join(url, file)) as stream:
        stream.write(data)
    return DuplicatesRecord(
        file=file,
        bytes=len(data),
        digests={"xxh3_128": digest_bytes(data)},
        source=source,
        rows=len(table),
        dropped=dict(sorted(_counted(table).items())),
    )


def _counted(table: pa.Table) -> Counter[str]:
    found = pc.value_counts(table["reason"].cast(pa.string())).to_pylist()
    return Counter({each["values"]: each["counts"] for each in found})
