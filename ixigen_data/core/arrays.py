"""Arrays in files of NumPy's format."""

import functools
import io
import mmap

import numpy as np
import numpy.typing as npt
from numpy.lib import format as npy

from ixigen_data.core.files import is_local, local_path, open_write, read_bytes
from ixigen_data.core.search_kernel import lower_bound

_HEADER_BYTES = 512  # enough for the header of any array of ours


def write_array(url: str, array: npt.NDArray[np.generic]) -> int:
    """Write an array; return the file's size in bytes."""
    with open_write(url) as stream:
        np.save(stream, array)
        return stream.tell()


def read_array(url: str) -> npt.NDArray[np.generic]:
    """Return the array of a file, not to be written to; a local file is mapped, so that a part of it costs no more.

    A task that wants a range of every chunk opens thousands of files: `np.load` takes 0.2 ms for each, most of it to
    read the header, which is kept here.
    """
    if not is_local(url):
        array: npt.NDArray[np.generic] = np.load(io.BytesIO(read_bytes(url)))
        array.flags.writeable = False  # as the others: a kernel is compiled for each kind
        return array
    with local_path(url).open("rb", buffering=0) as stream:
        shape, dtype, start = _header(stream.read(_HEADER_BYTES))
        if 0 in shape:
            return np.zeros(shape, dtype)
        mapped = mmap.mmap(stream.fileno(), 0, prot=mmap.PROT_READ)
    return np.ndarray(shape, dtype, mapped, start)


def between(records: npt.NDArray[np.void], field: str, first: int, stop: int) -> npt.NDArray[np.void]:
    """Return the records, sorted by an unsigned field, of which it is from `first` to `stop` - 1.

    Few of them are looked at, where `np.searchsorted` would copy the field of all; of a mapped file, few pages.
    """
    values = records[field]
    most = np.iinfo(values.dtype).max
    begin = lower_bound(values, np.uint64(first))
    end = len(values) if stop > most else lower_bound(values, np.uint64(stop))
    return records[begin:end]


def read_records(url: str, dtype: np.dtype[np.void]) -> npt.NDArray[np.void]:
    """Return the records of a file; see `read_array`."""
    return read_array(url).view(dtype)


def is_mapped(array: npt.NDArray[np.generic]) -> bool:
    """Return whether an array lies in a file: then it takes no memory of its own."""
    base: object = array
    while isinstance(base, np.ndarray):
        base = base.base
    return isinstance(base, mmap.mmap)


@functools.lru_cache(maxsize=1 << 14)
def _header(data: bytes) -> tuple[tuple[int, ...], np.dtype[np.generic], int]:
    """Return what a file that begins with `data` holds: shape, type, and where the array begins."""
    stream = io.BytesIO(data)
    npy.read_magic(stream)
    shape, fortran_order, dtype = npy.read_array_header_1_0(stream)
    assert not fortran_order
    return shape, dtype, stream.tell()
