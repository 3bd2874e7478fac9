"""The keepers stage's files, written range by range: its drop list, and the same as a table for people.

`pairs.parquet` tells of each document that goes who it is, for whom it goes, and how similar they are.
"""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.lib import format as npy

from ixigen_data.core.files import join, open_write
from ixigen_data.core.ledger import Ledger
from ixigen_data.dedup.drops import DROP, NEAR, Drops, drop_file, reasons_of
from ixigen_data.dedup.near.clusters import Clusters, Similar
from ixigen_data.dedup.near.signed_corpus import SignedCorpus
from ixigen_data.dedup.near.spill import Spill

PAIRS_FILE = "pairs.parquet"
DOCUMENTS_PER_RANGE = 1 << 22  # of which each may be dropped: 100 MB of records

_SOURCE = pa.dictionary(pa.int32(), pa.string())
_SCHEMA = pa.schema(
    [
        ("source", _SOURCE),
        ("chunk", pa.uint32()),
        ("row", pa.uint32()),
        ("keeper_source", _SOURCE),
        ("keeper_chunk", pa.uint32()),
        ("keeper_row", pa.uint32()),
        ("similarity", pa.float32()),
    ]
)


def spill_drops(corpus: SignedCorpus, clusters: Clusters, similar: Similar, spill: Spill) -> None:
    """Put the documents that go, as `DROP` records, into ranges of DOCUMENTS_PER_RANGE documents."""
    places = np.flatnonzero(clusters.keepers >= 0)
    numbers = clusters.numbers[places]
    drops = np.zeros(len(places), DROP)
    drops["chunk"], drops["row"] = corpus.places_of(numbers)
    drops["keeper_chunk"], drops["keeper_row"] = corpus.places_of(clusters.numbers[clusters.keepers[places]])
    drops["kind"], drops["similarity"] = NEAR, clusters.equal[places] / similar.slots
    spill.add(drops, numbers // DOCUMENTS_PER_RANGE)


def write_drop_lists(folder: str, corpus: SignedCorpus, spill: Spill, ledger: Ledger) -> dict[str, int]:
    """Write all that was put into the ranges, by (chunk, row), and count reasons by source; return sizes by name.

    Args:
        ledger: out: what is dropped at the stage "near".
    """
    with open_write(join(folder, drop_file(0))) as records, open_write(join(folder, PAIRS_FILE)) as table:
        header = {"descr": npy.dtype_to_descr(DROP), "fortran_order": False, "shape": (len(spill),)}
        npy.write_array_header_1_0(records, header)
        with pq.ParquetWriter(table, _SCHEMA, compression="zstd") as writer:
            for drops in _ranges(spill):
                records.write(drops.view(np.uint8).data)
                writer.write_table(table_of(corpus, drops))
                _count(corpus, drops, ledger)
        return {drop_file(0): records.tell(), PAIRS_FILE: table.tell()}


def _ranges(spill: Spill) -> Iterator[Drops]:
    for part in range(spill.parts):
        drops = spill.read(part)
        yield drops[np.argsort((drops["chunk"].astype(np.int64) << 32) | drops["row"])]


def table_of(corpus: SignedCorpus, drops: Drops) -> pa.Table:
    """Return drops as the table of `pairs.parquet`."""
    columns = {name: pa.array(drops[name]) for name in ("chunk", "row", "keeper_chunk", "keeper_row", "similarity")}
    names = pa.array(corpus.sources, pa.string())
    for name, chunk in (("source", "chunk"), ("keeper_source", "keeper_chunk")):
        codes = corpus.source_of_chunk[drops[chunk]].astype(np.int32)
        columns[name] = pa.DictionaryArray.from_arrays(pa.array(codes), names)
    return pa.table([columns[field.name] for field in _SCHEMA], schema=_SCHEMA)


def _count(corpus: SignedCorpus, drops: Drops, ledger: Ledger) -> None:
    sources = corpus.source_of_chunk[drops["chunk"]]
    for source in np.unique(sources).tolist():
        account = ledger.account("near", corpus.sources[source])
        account.dropped.update(reasons_of(drops[sources == source], corpus.num_indexed_chunks))
