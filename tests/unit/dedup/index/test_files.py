"""An index's chunk is what stands beside a chunk of documents, without the rows that go."""

from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ixigen_data.clean.arrow_files import read_arrow
from ixigen_data.clean.chunks import read_keys, sorted_keys
from ixigen_data.clean.keys import document_keys
from ixigen_data.core.digests import digest_set
from ixigen_data.core.errors import DedupError
from ixigen_data.dedup.index.files import IdSums, kept_rows, must_be_intact, write_index_chunk
from ixigen_data.dedup.places import ChunkPlace

WriteChunk = Callable[[Sequence[str]], ChunkPlace]
TEXTS = [f"문서 {number}" for number in range(8)]
DROPPED = np.array([1, 4, 5], np.uint32)
LEFT = [0, 2, 3, 6, 7]


def test_what_is_kept_is_counted_anew(write_chunk: WriteChunk, tmp_path: Path) -> None:
    place, out = write_chunk(TEXTS), tmp_path / "index"
    sidecars = ("sizes.npy", "signatures.npy", "bands.npy")
    chunk = write_index_chunk(str(out), "00003", place, DROPPED, sidecars)

    assert (chunk.stem, chunk.source, chunk.documents) == ("00003", "wiki", 5)
    assert np.load(out / "00003.sizes.npy").tolist() == [row + 10 for row in LEFT]
    assert np.load(out / "00003.signatures.npy").tolist() == [[row, row + 100] for row in LEFT]
    bands = np.load(out / "00003.bands.npy")
    assert sorted(bands.tolist()) == sorted((1000 * b - row, n) for n, row in enumerate(LEFT) if row for b in (1, 2))
    assert (np.diff(bands["hash"].astype(np.int64)) > 0).all()
    ids = [one for batch in read_arrow(str(out / "00003.ids.arrow")) for one in batch.column("id").to_pylist()]
    assert ids == [f"d{row}" for row in LEFT]
    kept = sorted_keys(document_keys(_column([TEXTS[row] for row in LEFT])))
    assert np.array_equal(read_keys(str(out), "00003"), kept)
    assert chunk.keys_digest == digest_set(f"{hi:016x}{lo:016x}" for hi, lo, _ in kept.tolist())
    assert {name: file.bytes for name, file in chunk.files.items()} == {
        path.name: path.stat().st_size for path in out.iterdir()
    }


def _column(texts: list[str]) -> pa.LargeStringArray:
    return pa.array(texts, pa.large_string())


@given(st.lists(st.booleans(), max_size=30), st.randoms(use_true_random=False))
def test_records_by_row_and_records_with_a_row_agree(kept: list[bool], chance: Random) -> None:
    rows = [row for row in range(len(kept)) for _ in range(chance.randint(0, 2))]
    chance.shuffle(rows)
    records = np.array([(row * 7, row) for row in rows], [("hash", "<u8"), ("row", "<u4")])
    flags = np.array(kept, np.bool_)
    left = [row for row in range(len(kept)) if kept[row]]
    assert kept_rows(np.arange(len(kept)), flags).tolist() == left
    assert kept_rows(records, flags).tolist() == [(row * 7, left.index(row)) for row in rows if kept[row]]


def test_ids_have_one_digest_however_they_are_cut() -> None:
    def digest(*batches: list[str]) -> str:
        sums = IdSums()
        for batch in batches:
            sums.add(_column(batch))
        return sums.digest()

    names = ["a", "", "나다", "b"]
    assert {digest(names[:cut], names[cut:]) for cut in range(5)} == {digest(names)}
    assert digest(["", *names]) != digest(["", "a", "나다", "b"]) != digest(names)


@pytest.mark.parametrize("end", ["keys.npy", "ids.arrow"])
@pytest.mark.parametrize("place", [0, 150, -1])
def test_a_flipped_bit_is_named(write_chunk: WriteChunk, tmp_path: Path, end: str, place: int) -> None:
    out = tmp_path / "index"
    chunk = write_index_chunk(str(out), "00000", write_chunk(TEXTS), DROPPED, ())
    for name, file in chunk.files.items():
        must_be_intact(str(out), name, file)
    damaged = out / f"00000.{end}"
    data = bytearray(damaged.read_bytes())
    data[place] ^= 4
    damaged.write_bytes(data)
    with pytest.raises(DedupError, match=rf"index: damaged: the digest of 00000.{end} is .*, index.json says "):
        must_be_intact(str(out), damaged.name, chunk.files[damaged.name])
