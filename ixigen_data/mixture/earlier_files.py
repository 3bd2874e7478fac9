"""What earlier datasets have served, as `served.parquet`: one row a bucket or piece, and the hold-outs' keys."""

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from ixigen_data.core.files import join, open_write, read_bytes
from ixigen_data.mixture.served import Earlier, Served, ServedPieces
from ixigen_data.tokens.buckets import BUCKETS

FILE_NAME = "served.parquet"
_WHOLE = -1  # as a row: the whole bucket
_SCHEMA = pa.schema(
    [
        ("source", pa.dictionary(pa.int32(), pa.string())),
        ("epoch", pa.int64()),
        ("bucket", pa.int64()),
        ("row", pa.int64()),  # of the document in its bucket, by key; -1 for all of them
        ("first_token", pa.int64()),
        ("tokens", pa.int64()),
    ]
)
_FACTS = b"ixigen"  # of every source its epoch, null where it was left out, and its hold-out; JSON in the schema


def write_earlier(folder: str, earlier: Earlier) -> dict[str, int]:
    """Write what earlier datasets served; return the file with its size."""
    tables = [_table_of(source, served) for source, served in earlier.served.items()]
    facts: dict[str, dict[str, int | str | None]] = {
        source: {"epoch": served.epoch, "last_key": earlier.last_key[source]}
        for source, served in earlier.served.items()
    }
    facts |= {source: {"epoch": None, "last_key": key} for source, key in sorted(earlier.left_out.items())}
    table = pa.concat_tables([_SCHEMA.empty_table(), *tables]).replace_schema_metadata({_FACTS: orjson.dumps(facts)})
    with open_write(join(folder, FILE_NAME)) as stream:
        pq.write_table(table, stream, compression="zstd")
        return {FILE_NAME: stream.tell()}


def read_earlier(url: str) -> Earlier:
    """Return what `write_earlier` wrote into a file."""
    table = pq.ParquetFile(pa.BufferReader(read_bytes(url))).read()
    facts = orjson.loads(table.schema.metadata[_FACTS])
    names = table.column("source").cast(pa.string()).to_numpy(zero_copy_only=False)
    columns = [table.column(name).to_numpy() for name in ("epoch", "bucket", "row", "first_token", "tokens")]
    served = {}
    left_out = {source: fact["last_key"] for source, fact in facts.items() if fact["epoch"] is None}
    for source, fact in facts.items():
        if source in left_out:
            continue
        epoch, bucket, row, first, tokens = (column[names == source] for column in columns)
        whole, buckets = row == _WHOLE, np.zeros(BUCKETS, np.bool_)
        buckets[bucket[whole]] = True
        pieces = ServedPieces(epoch, bucket, row, first, tokens).of(~whole)
        served[source] = Served(fact["epoch"], buckets, pieces)
    return Earlier(served, {source: facts[source]["last_key"] for source in served}, left_out)


def _table_of(source: str, served: Served) -> pa.Table:
    buckets, pieces = np.flatnonzero(served.buckets), served.pieces
    ones = np.ones(len(buckets), np.int64)
    columns = [
        np.concatenate([ones * served.epoch, pieces.epoch]),
        np.concatenate([buckets, pieces.bucket]),
        np.concatenate([ones * _WHOLE, pieces.row]),
        np.concatenate([ones * 0, pieces.first]),
        np.concatenate([ones * 0, pieces.tokens]),
    ]
    names = pa.DictionaryArray.from_arrays(pa.array(np.zeros(len(columns[0]), np.int32)), pa.array([source]))
    return pa.table([names, *(pa.array(column) for column in columns)], _SCHEMA)
