"""Tokens and their index are written sorted and read by ranges."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from ixigen_data.tokens import token_files
from ixigen_data.tokens.buckets import BUCKETS, bucket_borders, split_keys
from ixigen_data.tokens.token_files import (
    Runs,
    borders_of,
    empty_index,
    keys_of,
    read_borders,
    read_index,
    read_tokens,
    tokens_of,
    write_borders,
    write_documents,
)


def made(documents: int, dtype: str = "<u2") -> tuple[Runs, pa.Table]:
    """Return documents of 0 to 4 tokens, sorted by key, whose tokens lie in the reverse order."""
    random = np.random.default_rng(documents)
    keys = np.sort(random.integers(0, 2**64, documents, np.uint64))
    counts = random.integers(0, 5, documents)
    tokens = random.integers(0, 60_000, counts.sum()).astype(dtype)
    starts = np.concatenate([[0], np.cumsum(counts[::-1])])[:-1][::-1].astype(np.int64)
    halves = np.stack([keys, np.zeros_like(keys)], axis=1).astype(">u8")
    index = pa.table(
        {
            "key": pa.array([row.tobytes() for row in halves], pa.binary(16)),
            "id": pa.array([str(row) for row in range(documents)], pa.large_string()),
            "file": pa.array(np.zeros(documents, np.int32)),
            "offset": pa.array(np.arange(documents)),
        }
    )
    return Runs(tokens, starts, counts.astype(np.int64), head=-1, tail=65_535), index


@pytest.mark.parametrize("documents", [1, 2, 100, 40_000])
def test_what_is_written_is_read(folder: str, documents: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token_files, "_BLOCK_TOKENS", 1000)
    runs, index = made(documents)
    files = write_documents(folder, "x", runs, index) | write_borders(folder, "x", borders_of(runs, index))
    assert files == {path.name: path.stat().st_size for path in Path(folder).iterdir()}
    expected = [
        token
        for start, count in zip(runs.starts.tolist(), runs.counts.tolist(), strict=True)
        for token in [*runs.tokens[start : start + count].tolist(), 65_535]
    ]
    assert read_tokens(folder, "x", runs.tokens.dtype, 0, len(expected)).tolist() == expected
    read = read_index(folder, "x", 0, documents)
    assert tokens_of(read).tolist() == (runs.counts + 1).tolist()
    assert read.drop_columns("tokens") == index
    assert read_borders(folder, "x")[-1].tolist() == [documents, len(expected)]


def test_ranges(folder: str) -> None:
    runs, index = made(40_000)
    write_documents(folder, "x", runs, index)
    for start, stop in [(0, 0), (5, 5), (16_384, 16_384), (16_000, 17_000), (32_768, 40_000), (0, 40_000)]:
        assert read_index(folder, "x", start, stop).column("id").to_pylist() == [str(row) for row in range(start, stop)]
    tokens = read_tokens(folder, "x", runs.tokens.dtype, 0, 1000)
    assert read_tokens(folder, "x", runs.tokens.dtype, 10, 20).tolist() == tokens[10:20].tolist()


def test_an_object_store(folder: str) -> None:
    runs, index = made(20_000)
    write_documents(folder, "x", runs, index)
    write_documents("memory://store", "x", runs, index)
    assert read_index("memory://store", "x", 16_000, 17_000) == read_index(folder, "x", 16_000, 17_000)
    dtype = runs.tokens.dtype
    assert (read_tokens("memory://store", "x", dtype, 7, 99) == read_tokens(folder, "x", dtype, 7, 99)).all()


def test_borders_of_buckets() -> None:
    runs, index = made(40_000)
    borders = borders_of(runs, index)
    hi, lo = keys_of(index)
    assert not lo.any()
    counted = np.bincount((hi >> np.uint64(52)).astype(np.int64), minlength=BUCKETS)
    assert np.diff(borders[:, 0]).tolist() == counted.tolist()
    assert borders[-1, 1] == runs.written_counts().sum()


def test_the_last_bucket_takes_the_largest_key() -> None:
    hi, lo = split_keys(bytes(16) + b"\xff" * 16)
    borders = bucket_borders(hi)
    assert (borders[1], borders[BUCKETS - 1], borders[BUCKETS]) == (1, 1, 2)
    assert lo.tolist() == [0, 2**64 - 1]


def test_no_documents(folder: str) -> None:
    nothing = np.zeros(0, np.int64)
    runs = Runs(np.zeros(0, np.uint16), nothing, nothing, tail=1)
    write_documents(folder, "x", runs, empty_index().drop_columns("tokens"))
    assert read_index(folder, "x", 0, 0) == empty_index()
    assert read_tokens(folder, "x", runs.tokens.dtype, 0, 0).tolist() == []


def test_a_file_that_was_cut(folder: str) -> None:
    runs, index = made(100)
    write_documents(folder, "x", runs, index)
    path = Path(folder, "x.tokens")
    path.write_bytes(path.read_bytes()[:-2])
    with pytest.raises(EOFError, match=r"x.tokens ends before token \d+, of which its index speaks"):
        read_tokens(folder, "x", runs.tokens.dtype, 0, int(runs.written_counts().sum()))
