import hashlib
from pathlib import Path

import numpy as np
import pytest
import xxhash
import zstandard

from ixigen_data.core.errors import ShardError
from ixigen_data.shards.index import write_index
from ixigen_data.packing.windows import Windows
from ixigen_data.shards.layout import Layout
from ixigen_data.shards.manifest import SETTLEMENT, Piece, SettlementWindow, ShardRecord
from ixigen_data.shards.settings import ShardSettings
from ixigen_data.shards.writer import shard_file, tokens_by_part, write_shard

BOTH = ShardSettings(hashes=("sha256", "xxh3_128"))


def windows(count: int = 3, part: int = 0, seq_len: int = 16) -> Windows:
    return Windows(
        tokens=np.arange(count * seq_len, dtype=np.int32).reshape(count, seq_len),
        ends=np.zeros((count, seq_len // 8), np.uint8),
        length=np.full(count, seq_len, np.uint32),
        part=np.full(count, part, np.uint16),
    )


def write(folder: Path, settings: ShardSettings) -> ShardRecord:
    return write_shard(str(folder), shard_file(0), windows(), Layout(16, settings), {"a": 48})


def test_the_record_holds_size_and_digests_of_the_file(tmp_path: Path) -> None:
    record = write(tmp_path, BOTH)
    data = (tmp_path / "shard.00000.mds").read_bytes()
    assert (record.bytes, record.windows, record.tokens) == (len(data), 3, {"a": 48})
    assert record.digests == {"sha256": hashlib.sha256(data).hexdigest(), "xxh3_128": xxhash.xxh3_128_hexdigest(data)}
    assert record.stored is None


def test_a_compressed_shard_keeps_the_digest_of_its_raw_bytes(tmp_path: Path) -> None:
    record = write(tmp_path, ShardSettings(compression="zstd"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["shard.00000.mds.zstd"]
    data = (tmp_path / "shard.00000.mds.zstd").read_bytes()
    raw = zstandard.ZstdDecompressor().decompress(data)
    assert record.digests == {"xxh3_128": xxhash.xxh3_128_hexdigest(raw)}
    assert record.stored is not None
    assert (record.stored.bytes, record.stored.digests) == (len(data), {"xxh3_128": xxhash.xxh3_128_hexdigest(data)})


def test_the_same_windows_give_the_same_bytes(tmp_path: Path) -> None:
    for settings in (BOTH, ShardSettings(compression="zstd")):
        assert write(tmp_path / "one", settings) == write(tmp_path / "two", settings)


def test_tokens_are_counted_by_part_pieces_of_settlement_windows_included() -> None:
    mixed = windows(4)
    mixed.part[:] = [0, SETTLEMENT, 2, 0]
    mixed.length[3] = 5
    pieces = (Piece(part=1, tokens=6), Piece(part=0, tokens=10))
    settlement = [
        SettlementWindow(window=11, owner=1, pieces=pieces),
        SettlementWindow(window=14, owner=1, pieces=pieces),  # in another shard
    ]
    assert tokens_by_part(mixed, 10, ("a", "b", "c", "d"), settlement) == {"a": 16 + 10 + 5, "b": 6, "c": 16}


def test_no_index_is_written_before_every_shard_is_stored(tmp_path: Path) -> None:
    layout, record = Layout(16, BOTH), write(tmp_path, BOTH)
    other = record.model_copy(update={"file": "shard.00001.mds"})
    with pytest.raises(ShardError, match=r"shard\.00001\.mds: not stored, so no index is written"):
        write_index(str(tmp_path), "", [record, other], layout)
    assert not (tmp_path / "index.json").exists()
    (tmp_path / "shard.00001.mds").write_bytes(b"short")
    with pytest.raises(ShardError, match=r"shard\.00001\.mds: expected \d+ bytes, got 5; remove it and build again"):
        write_index(str(tmp_path), "", [record, other], layout)
    assert not (tmp_path / "index.json").exists()


def test_a_shard_goes_to_any_file_system() -> None:
    url = "memory://shards/write"
    record = write_shard(url, shard_file(0, "eval/a"), windows(), Layout(16, BOTH), {"a": 48})
    write_index(url, "eval/a", [record], Layout(16, BOTH))
    assert record.file == "eval/a/shard.00000.mds"
