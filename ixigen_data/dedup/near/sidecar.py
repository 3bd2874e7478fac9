"""Signatures beside the documents of a chunk; a document's row in them is its row in the chunk.

- `<stem>.signatures.npy`: (documents, slots) uint16
- `<stem>.sizes.npy`: (documents,) uint32, in shingles; the signature of a document of 0 says nothing
- `<stem>.bands.npy`: `BAND_ROW` records by (hash, row), one a document and band, none of documents of 0 shingles
"""

import io
import os
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from numpy.lib import format as npy
from pydantic import JsonValue

from ixigen_data.clean.sidecars import SidecarFile
from ixigen_data.core.arrays import read_array, read_records, write_array
from ixigen_data.core.files import filesystem_of, is_local, join, local_path, open_write
from ixigen_data.dedup.near.signatures import BAND_ROW, SLOT, Signed, band_hashes, band_rows, sign
from ixigen_data.dedup.settings import NearSettings, Unit

BYTES = 1
_LOCAL_GAP_BYTES, _REMOTE_GAP_BYTES = 1 << 14, 1 << 20  # less than this between two rows is read along with them
_STRETCH_BYTES = 1 << 24
_HEADER_BYTES = 128  # of a file in NumPy's format whose shape and type are short, as they are here


class Signatures:
    """Signatures and bands of every document."""

    def __init__(self, settings: NearSettings, unit: Unit) -> None:
        self._settings = settings
        self._unit = unit

    @property
    def mark(self) -> JsonValue:
        """See `Sidecar`. Of the settings, those that decide what is written; a later Unicode knows more letters."""
        settings, size = self._settings, self._settings.size_of(self._unit)
        return ["signatures", BYTES, unicodedata.unidata_version, self._unit, size, settings.bands, settings.rows]

    def open(self) -> SidecarFile:
        """See `Sidecar`."""
        return _SignatureFiles(self._settings, self._unit)


class _SignatureFiles:
    """The signatures of a chunk, until it is complete: 224 bytes a document with the settings' defaults."""

    def __init__(self, settings: NearSettings, unit: Unit) -> None:
        self._settings = settings
        self._unit = unit
        self._batches: list[Signed] = []

    def add(self, text: pa.LargeStringArray) -> None:
        """See `SidecarFile`."""
        self._batches.append(sign(text, self._settings, self._unit))

    def write(self, folder: str, stem: str) -> dict[str, int]:
        """See `SidecarFile`."""
        sizes = np.concatenate([np.zeros(0, np.uint32), *(batch.sizes for batch in self._batches)])
        files = {_names(stem)[0]: self._write_signatures(join(folder, _names(stem)[0]), len(sizes))}
        hashes = np.empty((len(sizes), self._settings.bands), np.uint64)
        row = 0
        while self._batches:  # each is let go before the next, and all before the bands are sorted
            batch = self._batches.pop(0)
            hashes[row : row + len(batch.sizes)] = band_hashes(batch.signatures, self._settings.bands)
            row += len(batch.sizes)
        for name, array in zip(_names(stem)[1:], (sizes, band_rows(hashes, sizes)), strict=True):
            files[name] = write_array(join(folder, name), array)
        return files

    def _write_signatures(self, url: str, documents: int) -> int:
        shape = (documents, self._settings.slots)
        with open_write(url) as stream:
            header = {"descr": npy.dtype_to_descr(SLOT), "fortran_order": False, "shape": shape}
            npy.write_array_header_1_0(stream, header)
            for batch in self._batches:
                stream.write(batch.signatures.astype(SLOT, copy=False).data)
            return stream.tell()


def read_sizes(folder: str, stem: str) -> npt.NDArray[np.uint32]:
    """Return the (documents,) sizes of a chunk's documents in shingles; a local file is mapped."""
    return read_array(join(folder, _names(stem)[1])).view(np.uint32)


def read_bands(folder: str, stem: str) -> npt.NDArray[np.void]:
    """Return a chunk's `BAND_ROW` records, sorted; a local file is mapped, so that a part of it costs no more."""
    return read_records(join(folder, _names(stem)[2]), BAND_ROW)


def read_signatures(folder: str, stem: str, rows: npt.NDArray[np.integer]) -> npt.NDArray[np.uint16]:
    """Return the (rows, slots) signatures of some documents of a chunk, in the order asked, repeats included.

    Only their stretches of the file are read, into memory that is let go: mapped, they would stay in it.
    """
    url = join(folder, _names(stem)[0])
    wanted, places = np.unique(rows, return_inverse=True)
    with _reader(url) as read:
        header = io.BytesIO(read(0, _HEADER_BYTES))
        npy.read_magic(header)
        shape, _, dtype = npy.read_array_header_1_0(header)
        row_bytes, start = shape[1] * dtype.itemsize, header.tell()
        found = np.empty((len(wanted), shape[1]), np.uint16)
        gap = (_LOCAL_GAP_BYTES if is_local(url) else _REMOTE_GAP_BYTES) // row_bytes
        for first, last in _stretches(wanted, gap, max(1, _STRETCH_BYTES // row_bytes)):
            some = wanted[first:last] - wanted[first]
            data = read(start + int(wanted[first]) * row_bytes, (int(some[-1]) + 1) * row_bytes)
            found[first:last] = np.frombuffer(data, dtype).reshape(-1, shape[1])[some]
    signatures: npt.NDArray[np.uint16] = found[places.reshape(-1)]
    return signatures


def _stretches(wanted: npt.NDArray[np.integer], gap: int, most: int) -> Iterator[tuple[int, int]]:
    """Yield the stretches that are read at once, as places in `wanted`; `most`: rows of a stretch."""
    apart = (np.diff(wanted) > gap) | (np.diff(wanted // most) > 0)
    yield from pairwise([0, *(np.flatnonzero(apart) + 1).tolist(), len(wanted)] if len(wanted) else [])


@contextmanager
def _reader(url: str) -> Iterator[Callable[[int, int], bytes]]:
    """Open a file; what it gives reads a range of it: first byte, size."""
    if is_local(url):
        with local_path(url).open("rb", buffering=0) as stream:
            yield lambda first, size: os.pread(stream.fileno(), size, first)
    else:
        filesystem, path = filesystem_of(url)
        yield lambda first, size: bytes(filesystem.cat_file(path, start=first, end=first + size))


def _names(stem: str) -> tuple[str, str, str]:
    return f"{stem}.signatures.npy", f"{stem}.sizes.npy", f"{stem}.bands.npy"
