"""Chunks come back as written, bounded and sorted."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
import xxhash

from ixigen_data.clean import audit_sample, chunks
from ixigen_data.clean.arrow_files import read_arrow
from ixigen_data.clean.chunks import KEY_ROW, ChunkWriter, read_documents_file, read_keys, sorted_keys
from ixigen_data.clean.keys import document_keys, key_bytes
from ixigen_data.core.digests import digest_bytes, digest_set
from ixigen_data.core.documents import Documents


def documents_of(*texts: str) -> Documents:
    count = len(texts)
    ids = pa.array([f"d{number}" for number in range(count)], pa.large_string())
    text = pa.array(texts, pa.large_string())
    return Documents(text, ids, np.zeros(count, np.int32), np.arange(count, dtype=np.int64))


def test_keys_are_digests_of_the_text() -> None:
    texts = ["", "가나다", "a" * 1000]
    keys = document_keys(pa.array(["skipped", *texts], pa.large_string()).slice(1))
    wanted = [xxhash.xxh3_128_intdigest(text.encode()) for text in texts]
    assert [(int(hi) << 64) + int(lo) for hi, lo in keys] == wanted
    assert key_bytes(keys).to_pylist() == [key.to_bytes(16, "big") for key in wanted]
    assert document_keys(pa.array([], pa.large_string())).shape == (0, 2)


def test_sorted_keys_break_ties_by_the_low_half_then_the_row() -> None:
    draw = np.random.default_rng(3)
    keys = draw.integers(0, 20, (500, 2), dtype=np.uint64)
    records = sorted_keys(keys)
    wanted = sorted((int(hi), int(lo), row) for row, (hi, lo) in enumerate(keys))
    assert records.dtype == KEY_ROW
    assert records.tolist() == wanted


def test_a_chunk_comes_back(tmp_path: Path) -> None:
    first, second = documents_of("가", "나", "가"), documents_of("다")
    with ChunkWriter(str(tmp_path), 7) as writer:
        for documents in (first, documents_of(), second):
            writer.add(documents)
    summary = writer.summary([])
    assert [(chunk.stem, chunk.documents, chunk.text_bytes) for chunk in summary.chunks] == [("00007-000", 4, 12)]
    assert summary.content_digest == digest_set(digest_bytes(text.encode()) for text in ("가", "나", "가", "다"))
    table = pa.Table.from_batches(read_documents_file(str(tmp_path), "00007-000"))
    assert table.column_names == ["text", "id", "file", "offset", "key"]
    assert table["text"].to_pylist() == ["가", "나", "가", "다"]
    keys = read_keys(str(tmp_path), "00007-000")
    key_column = table["key"].to_pylist()
    assert [key_column[row] for row in keys["row"]] == sorted(key_column)
    assert writer.files == {path.name: path.stat().st_size for path in tmp_path.iterdir()}


def test_chunks_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "CHUNK_BYTES", 10)
    monkeypatch.setattr(chunks, "CHUNK_DOCUMENTS", 3)
    with ChunkWriter(str(tmp_path), 0) as writer:
        for texts in (["a" * 6], ["b" * 4], ["c" * 40], ["d", "e"], ["f", "g"]):
            writer.add(documents_of(*texts))
    assert [chunk.text_bytes for chunk in writer.chunks] == [10, 40, 2, 2]
    assert [chunk.stem for chunk in writer.chunks] == [f"00000-00{number}" for number in range(4)]


def test_a_failed_task_leaves_no_chunk(tmp_path: Path) -> None:
    def fail() -> None:
        with ChunkWriter(str(tmp_path), 0) as writer:
            writer.add(documents_of("a"))
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_metadata_is_kept(tmp_path: Path) -> None:
    plain = documents_of("a")
    metadata = pa.array(['{"k":1}'], pa.large_string())
    with ChunkWriter(str(tmp_path), 0) as writer:
        writer.add(Documents(plain.text, plain.id, plain.file, plain.offset, metadata))
    (batch,) = read_documents_file(str(tmp_path), "00000-000")
    assert batch.column("metadata").to_pylist() == ['{"k":1}']


def sampled(tmp_path: Path, *texts: str) -> list[str]:
    with ChunkWriter(str(tmp_path), 0) as writer:
        for text in texts:
            writer.add(documents_of(text))
    (batch,) = read_arrow(str(tmp_path / "00000-000.audit.arrow"))
    ordered = sorted(batch.column("key").to_pylist())
    assert batch.column("key").to_pylist() == ordered
    return [str(text) for text in batch.column("text").to_pylist()]


def lowest_first(texts: list[str]) -> list[str]:
    return sorted(texts, key=lambda text: digest_bytes(text.encode()))


def test_the_sample_holds_the_lowest_keys_and_one_in_a_thousand(tmp_path: Path) -> None:
    texts = [f"문서 {number}" for number in range(3000)]
    keys: npt.NDArray[np.uint64] = document_keys(pa.array(texts, pa.large_string()))
    chosen = {text for text, lo in zip(texts, keys[:, 1].tolist(), strict=True) if lo % 1000 == 0}
    with ChunkWriter(str(tmp_path), 0) as writer:
        writer.add(documents_of(*texts))
    (batch,) = read_arrow(str(tmp_path / "00000-000.audit.arrow"))
    wanted = chosen | set(lowest_first(texts)[:4])
    assert batch.column("text").to_pylist() == lowest_first(list(wanted))


def test_the_sample_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["a" * 5, "b" * 9, "c" * 4, "d" * 7]
    monkeypatch.setattr(audit_sample, "MAX_BYTES", 10)
    assert sum(map(len, sampled(tmp_path, *texts))) <= 10
    monkeypatch.setattr(audit_sample, "MAX_BYTES", 3)
    assert sampled(tmp_path, *texts) == ["ccc"], "the shortest, cut"
