"""Files that are one document each: read whole, up to a limit."""

from typing import BinaryIO

import numpy as np
import pyarrow as pa

from ixigen_data.core.documents import Documents
from ixigen_data.sources.compression import read_blocks
from ixigen_data.sources.faults import Problem
from ixigen_data.sources.spans import Span

_BLOCK_BYTES = 2**20


def read_whole(stream: BinaryIO, span: Span, limit_bytes: int, told: str) -> bytes:
    """Return the decompressed bytes of a file.

    Args:
        told: what is said of a file of more than `limit_bytes`, of which no more than a block beyond them is read.

    Raises:
        Problem: "document_too_long", or the compressed stream's own.
    """
    blocks: list[bytes] = []
    size_bytes = 0
    # Asking a small file for a MiB takes five times as long as reading it.
    for block in read_blocks(stream, span.url, min(_BLOCK_BYTES, span.size_bytes + 1)):
        blocks.append(block)
        size_bytes += len(block)
        if size_bytes > limit_bytes:
            raise Problem("document_too_long", told)
    return b"".join(blocks)


def one_document(text: str, identity: str, file: int, offset: int = 0) -> Documents:
    """Return one document: its id, the number of its file, and where it begins there."""
    return Documents(
        text=pa.array([text], pa.large_string()),
        id=pa.array([identity], pa.large_string()),
        file=np.full(1, file, np.int32),
        offset=np.full(1, offset, np.int64),
    )
