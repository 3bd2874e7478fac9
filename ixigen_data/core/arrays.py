"""Arrays in files of NumPy's format."""

import io

import numpy as np
import numpy.typing as npt

from ixigen_data.core.files import is_local, local_path, open_write, read_bytes


def write_array(url: str, array: npt.NDArray[np.generic]) -> int:
    """Write an array; return the file's size in bytes."""
    with open_write(url) as stream:
        np.save(stream, array)
        return stream.tell()


def read_array(url: str) -> npt.NDArray[np.generic]:
    """Return the array of a file; a local file is mapped, so that a part of it costs no more."""
    array: npt.NDArray[np.generic]
    array = np.load(local_path(url), mmap_mode="r") if is_local(url) else np.load(io.BytesIO(read_bytes(url)))
    return array
