"""Signatures beside a chunk: what is written, and read back in part."""

from collections.abc import Iterator
from pathlib import Path

import fsspec
import numpy as np
import pyarrow as pa
import pytest

from ixigen_data.core.files import join
from ixigen_data.dedup.near import sidecar
from ixigen_data.dedup.near.sidecar import Signatures, read_bands, read_signatures, read_sizes
from ixigen_data.dedup.near.signatures import band_hashes, band_rows, sign
from ixigen_data.dedup.settings import NearSettings

SETTINGS = NearSettings(bands=3, rows=4)
STEM = "00007-002"
TEXTS = [f"안녕하세요, {number}번째 손님! 반갑습니다." for number in range(500)] + ["짧다", "", "가나다라마"] * 20


@pytest.fixture(params=["local", "memory"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    yield str(tmp_path) if request.param == "local" else "memory://signatures"
    fsspec.filesystem("memory").store.clear()


def column(texts: list[str]) -> pa.LargeStringArray:
    return pa.array(texts, pa.large_string())


def write(folder: str, *batches: list[str], settings: NearSettings = SETTINGS) -> dict[str, int]:
    file = Signatures(settings, "characters").open()
    for batch in batches:
        file.add(column(batch))
    return file.write(folder, STEM)


def test_what_is_written_is_read(folder: str) -> None:
    files = write(folder, TEXTS[:100], [], TEXTS[100:])
    signed = sign(column(TEXTS), SETTINGS, "characters")
    filesystem, path = fsspec.core.url_to_fs(folder)
    assert list(files) == [f"{STEM}.{what}.npy" for what in ("signatures", "sizes", "bands")]
    assert files == {name: filesystem.size(join(path, name)) for name in files}
    assert np.array_equal(read_sizes(folder, STEM), signed.sizes)
    assert np.array_equal(read_signatures(folder, STEM, np.arange(len(TEXTS))), signed.signatures)
    bands = read_bands(folder, STEM)
    assert np.array_equal(bands, band_rows(band_hashes(signed.signatures, 3), signed.sizes))
    assert len(bands) == 3 * np.count_nonzero(signed.sizes) < 3 * len(TEXTS)


def test_the_split_into_batches_does_not_show(tmp_path: Path) -> None:
    write(str(tmp_path / "one"), TEXTS)
    write(str(tmp_path / "two"), TEXTS[:1], TEXTS[1:333], TEXTS[333:])
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_numpy_reads_the_files(tmp_path: Path) -> None:
    write(str(tmp_path), TEXTS)
    signatures = np.load(tmp_path / f"{STEM}.signatures.npy")
    assert (signatures.dtype, signatures.shape) == (np.dtype("<u2"), (len(TEXTS), 12))


def test_some_rows_in_any_order(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder, TEXTS)
    whole = sign(column(TEXTS), SETTINGS, "characters").signatures
    asked = np.random.default_rng(2).integers(0, len(TEXTS), 300)
    for gap, stretch in ((1 << 20, 1 << 24), (0, 1 << 24), (100, 240), (1 << 20, 1)):
        monkeypatch.setattr(sidecar, "_LOCAL_GAP_BYTES", gap)
        monkeypatch.setattr(sidecar, "_REMOTE_GAP_BYTES", gap)
        monkeypatch.setattr(sidecar, "_STRETCH_BYTES", stretch)
        for rows in (asked, asked[:1], asked[:0], np.array([len(TEXTS) - 1, 0]), asked.astype(np.uint32)):
            assert np.array_equal(read_signatures(folder, STEM, rows), whole[rows])


def test_a_chunk_of_no_shingle(folder: str) -> None:
    write(folder, ["짧다", ""])
    assert read_sizes(folder, STEM).tolist() == [0, 0]
    assert len(read_bands(folder, STEM)) == 0
    assert not read_signatures(folder, STEM, np.array([1, 0])).any()


def test_the_mark_tells_what_decides_bytes() -> None:
    settings = NearSettings()
    mark = Signatures(settings, "characters").mark
    same = settings.model_copy(update={"threshold": 0.9, "words": 3, "tokens": 3, "containment": 0.5})
    assert Signatures(same, "characters").mark == mark
    others = [
        Signatures(settings.model_copy(update={key: 4}), "characters").mark for key in ("shingle", "bands", "rows")
    ]
    others.append(Signatures(settings, "words").mark)
    assert all(other != mark for other in others)
