"""Text files to documents: one file, one document."""

from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
import pyarrow as pa

from ixigen_data.core.documents import Documents
from ixigen_data.core.files import without_secrets
from ixigen_data.core.units import format_size
from ixigen_data.sources.compression import read_blocks
from ixigen_data.sources.encoding import decode, told_encodings
from ixigen_data.sources.faults import Problem
from ixigen_data.sources.files import base_of
from ixigen_data.sources.lines import LINE_LIMIT_BYTES
from ixigen_data.sources.settings import SourceSettings
from ixigen_data.sources.spans import Span

_BLOCK_BYTES = 2**20


def read_text(stream: BinaryIO, span: Span, settings: SourceSettings) -> Iterator[Documents]:
    """Yield the file's one document; its id is its path below the folder that the pattern fixes.

    Raises:
        Problem: "document_too_long", "encoding_unknown", or the compressed stream's own.
    """
    blocks: list[bytes] = []
    size_bytes = 0
    for block in read_blocks(stream, span.url, _BLOCK_BYTES):
        blocks.append(block)
        size_bytes += len(block)
        if size_bytes > LINE_LIMIT_BYTES:
            raise Problem("document_too_long", f"more than {format_size(LINE_LIMIT_BYTES)}; split the file")
    text = decode(b"".join(blocks), settings.encoding)
    if text is None:
        raise Problem("encoding_unknown", told_encodings(settings.encoding))
    yield Documents(
        text=pa.array([text], pa.large_string()),
        id=pa.array([_path_below_base(span.url, settings)], pa.large_string()),
        file=np.full(1, span.file, np.int32),
        offset=np.zeros(1, np.int64),
    )


def _path_below_base(url: str, settings: SourceSettings) -> str:
    bases = [base for base in map(base_of, settings.patterns) if url.startswith(base)]
    return without_secrets(url[len(max(bases, key=len, default="")) :])
