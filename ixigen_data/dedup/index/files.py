"""The files of an index's chunk: what stands beside a chunk of cleaned documents, without those that were dropped."""

import io
from collections.abc import Iterator, Sequence
from typing import cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import xxhash

from ixigen_data.clean.arrow_files import read_arrow, write_arrow
from ixigen_data.clean.chunks import KEY_ROW
from ixigen_data.core.arrays import read_array
from ixigen_data.core.digests import digest_bytes, digest_value
from ixigen_data.core.documents import text_buffers
from ixigen_data.core.errors import DedupError
from ixigen_data.core.files import join, read_bytes, without_secrets, write_bytes
from ixigen_data.dedup.index.manifest import IndexChunk, IndexFile
from ixigen_data.dedup.places import ChunkPlace

KEYS = "keys.npy"
IDS = "ids.arrow"
_IDS = pa.schema([("id", pa.large_string())])
_MASK = (1 << 128) - 1

Rows = npt.NDArray[np.uint32]


def write_index_chunk(folder: str, stem: str, place: ChunkPlace, dropped: Rows, sidecars: Sequence[str]) -> IndexChunk:
    """Write what an index holds of a chunk of cleaned documents; one of the chunk's files in memory at a time.

    Args:
        dropped: ascending rows of the chunk.
        sidecars: ends of the names of further files that the chunk has, such as "signatures.npy".
    """
    kept = np.ones(place.documents, np.bool_)
    kept[dropped] = False
    sums = IdSums()
    files = {f"{stem}.{IDS}": _write_ids(join(folder, f"{stem}.{IDS}"), _kept_ids(place, kept), sums)}
    keys = kept_rows(_load(place, KEYS), kept)
    files[f"{stem}.{KEYS}"] = _write_array(join(folder, f"{stem}.{KEYS}"), keys)
    for end in sidecars:
        files[f"{stem}.{end}"] = _write_array(join(folder, f"{stem}.{end}"), kept_rows(_load(place, end), kept))
    return IndexChunk(
        stem=stem,
        source=place.source,
        documents=len(keys),
        keys_digest=_digest_of_keys(cast("npt.NDArray[np.void]", keys)),
        ids_digest=sums.digest(),
        files=files,
    )


def kept_rows(records: npt.NDArray[np.generic], kept: npt.NDArray[np.bool_]) -> npt.NDArray[np.generic]:
    """Return what records say of the documents that are kept, which are counted anew.

    Args:
        records: an entry a document in the order of rows, or records with a field `row` in any order, which stays.
        kept: (documents,).
    """
    if records.dtype.names is None or "row" not in records.dtype.names:
        assert len(records) == len(kept)
        return records[kept]
    number = np.cumsum(kept, dtype=np.uint32) - np.uint32(1)  # of a kept row, counted anew
    structured = cast("npt.NDArray[np.void]", records)
    found: npt.NDArray[np.void] = structured[kept[structured["row"]]]
    found["row"] = number[found["row"]]
    return found


def must_be_intact(url: str, name: str, expected: IndexFile) -> None:
    """Check a file of an index against its digest.

    Raises:
        DedupError: it is another.
    """
    digest = digest_bytes(read_bytes(join(url, name)))
    if digest != expected.digest:
        raise DedupError(
            f"{without_secrets(url)}: damaged: the digest of {name} is {digest}, index.json says {expected.digest}; "
            "fetch the index once more, or write it again with `ixigen-data index`"
        )


class IdSums:
    """A digest of ids: of their bytes, and of their lengths, which say where each ends; batches do not matter."""

    def __init__(self) -> None:
        self._data, self._lengths = xxhash.xxh3_128(), xxhash.xxh3_128()

    def add(self, ids: pa.LargeStringArray) -> None:
        """Take the next ids."""
        data, offsets = text_buffers(ids)
        self._data.update(data[offsets[0] : offsets[-1]].data)
        self._lengths.update(np.diff(offsets).astype("<i8").data)

    def digest(self) -> str:
        """Return the digest of what was taken."""
        return digest_value([self._data.hexdigest(), self._lengths.hexdigest()])


def _load(place: ChunkPlace, end: str) -> npt.NDArray[np.generic]:
    return read_array(join(place.folder, f"{place.stem}.{end}"))


def _write_array(url: str, records: npt.NDArray[np.generic]) -> IndexFile:
    buffer = io.BytesIO()
    np.save(buffer, records)
    write_bytes(url, buffer.getbuffer())
    return IndexFile(bytes=buffer.tell(), digest=digest_bytes(buffer.getbuffer()))


def _write_ids(url: str, batches: Iterator[pa.LargeStringArray], sums: IdSums) -> IndexFile:
    with write_arrow(url, _IDS) as file:
        for ids in batches:
            sums.add(ids)
            file.write(pa.RecordBatch.from_arrays([ids], schema=_IDS))
    return IndexFile(bytes=file.size_bytes, digest=digest_bytes(read_bytes(url)))


def _kept_ids(place: ChunkPlace, kept: npt.NDArray[np.bool_]) -> Iterator[pa.LargeStringArray]:
    row = 0
    for batch in read_arrow(join(place.folder, f"{place.stem}.docs.arrow"), ["id"]):
        yield batch.column("id").filter(pa.array(kept[row : row + len(batch)]))
        row += len(batch)


def _digest_of_keys(keys: npt.NDArray[np.void]) -> str:
    """Return the digest of a set of keys, as `digest_set` has it of their hexadecimal digits."""
    assert keys.dtype == KEY_ROW
    return f"{((sum(keys['hi'].tolist()) << 64) + sum(keys['lo'].tolist())) & _MASK:032x}"
