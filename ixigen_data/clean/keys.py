"""Document keys: what a document is known by, whatever its file."""

from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import xxhash

from ixigen_data.core.documents import text_buffers


def document_keys(text: pa.LargeStringArray) -> npt.NDArray[np.uint64]:
    """Return the xxh3_128 of each text's UTF-8, as (documents, 2): the digest's high and low half."""
    data, offsets = text_buffers(text)
    view = data.data
    digests = [xxhash.xxh3_128_digest(view[start:stop]) for start, stop in pairwise(offsets.tolist())]
    return np.frombuffer(b"".join(digests), ">u8").astype(np.uint64).reshape(-1, 2)


def key_bytes(keys: npt.NDArray[np.uint64]) -> pa.FixedSizeBinaryArray:
    """Return keys as Arrow binary(16), big-endian: in the order of their numbers."""
    digests = pa.py_buffer(keys.astype(">u8").tobytes())
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), len(keys), [None, digests])
