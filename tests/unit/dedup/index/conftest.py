"""Chunks of cleaned documents, and indexes made of them, without a build."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from ixigen_data.clean.chunks import ChunkWriter
from ixigen_data.core.documents import Documents
from ixigen_data.dedup.index.files import write_index_chunk
from ixigen_data.dedup.index.manifest import IndexManifest, IndexNear, IndexSource
from ixigen_data.dedup.places import ChunkPlace

SIGNATURES = ("sizes.npy", "signatures.npy", "bands.npy")
BAND_ROW = np.dtype([("hash", "<u8"), ("row", "<u4")])

WriteChunk = Callable[[Sequence[str]], ChunkPlace]
WriteIndex = Callable[..., Path]


@pytest.fixture
def write_chunk(tmp_path: Path) -> WriteChunk:
    """Write one chunk of source "wiki" with ids d0, d1, … in batches of three, and signatures that say the row."""

    def write(texts: Sequence[str]) -> ChunkPlace:
        folder = str(tmp_path / "clean")
        with ChunkWriter(folder, 0) as writer:
            for first in range(0, len(texts), 3):
                some = texts[first : first + 3]
                numbers = np.arange(first, first + len(some))
                ids = pa.array([f"d{number}" for number in numbers], pa.large_string())
                file = np.zeros(len(some), np.int32)
                writer.add(Documents(pa.array(some, pa.large_string()), ids, file, numbers))
        (chunk,) = writer.chunks
        rows = np.arange(len(texts), dtype=np.uint32)
        arrays = {
            "sizes": rows + 10,
            "signatures": np.stack([rows, rows + 100], axis=1).astype(np.uint16),
            # Two bands a document that has a shingle; d0 has none. Hashes descend with the row: the order is by hash.
            "bands": np.sort(
                np.array([(1000 * band - int(row), row) for row in rows[1:] for band in (1, 2)], BAND_ROW), order="hash"
            ),
        }
        for name, array in arrays.items():
            np.save(tmp_path / "clean" / f"{chunk.stem}.{name}.npy", array)
        return ChunkPlace("wiki", folder, chunk.stem, chunk.documents, chunk.text_bytes)

    return write


@pytest.fixture
def write_index(tmp_path: Path, write_chunk: WriteChunk) -> WriteIndex:
    """Write an index of one chunk, with signatures where `near` is given."""

    def write(texts: Sequence[str] = ("하나", "둘", "셋"), near: IndexNear | None = None, name: str = "old") -> Path:
        place, folder = write_chunk(texts), tmp_path / name
        sidecars = SIGNATURES if near else ()
        chunk = write_index_chunk(str(folder), "00000", place, np.zeros(0, np.uint32), sidecars)
        unit = None if near is None else next(iter(near.sizes))
        source = IndexSource(documents=len(texts), kept_digest=chunk.keys_digest, language="ko", unit=unit)
        IndexManifest(
            name=name, near=near, sources={"wiki": source}, documents=len(texts), chunks=(chunk,)
        ).sealed().write(str(folder))
        return folder

    return write
