from pathlib import Path

import numpy as np
import pyarrow as pa

from ixigen_data.shards.lineage import SCHEMA, Lineage, lineage_file, read_lineage, write_lineage


def lineage(rows: int) -> Lineage:
    names = pa.array([f"name {i % 2}" for i in range(rows)], pa.large_string())
    return Lineage(
        document=pa.array([f"문서 {i}" for i in range(rows)], pa.large_string()),
        source=names.dictionary_encode(),
        file=names,
        part=names,
        window=np.arange(rows, dtype=np.int64) + 2**33,
        first_token=np.arange(rows, dtype=np.int32),
        tokens=np.ones(rows, np.int32),
        document_token=np.arange(rows, dtype=np.int64) + 2**40,
        epoch=np.zeros(rows, np.int32),
    )


def test_what_is_written_is_read(tmp_path: Path) -> None:
    for rows in (0, 1, 1000):
        record = write_lineage(str(tmp_path), lineage_file(rows), lineage(rows))
        table = read_lineage(str(tmp_path), record.file)
        assert (table.num_rows, record.rows) == (rows, rows)
        assert table.schema.equals(SCHEMA)
        assert table.equals(lineage(rows).table())
        assert record.bytes == (tmp_path / record.file).stat().st_size


def test_the_same_pieces_give_the_same_bytes(tmp_path: Path) -> None:
    one, two = (write_lineage(str(tmp_path / name), lineage_file(0), lineage(100)) for name in "ab")
    assert one == two
