"""Web pages to documents: one file, one page, its main text alone."""

from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
import pyarrow as pa

from ixigen_data.core.documents import Documents
from ixigen_data.core.units import format_size
from ixigen_data.sources.compression import read_blocks
from ixigen_data.sources.extraction import PAGE_LIMIT_BYTES, Extractor
from ixigen_data.sources.faults import Problem
from ixigen_data.sources.page_encoding import decode_page
from ixigen_data.sources.settings import SourceSettings
from ixigen_data.sources.spans import Span
from ixigen_data.sources.text import path_below_base

_BLOCK_BYTES = 2**20


def read_page(stream: BinaryIO, span: Span, settings: SourceSettings, extractor: Extractor) -> Iterator[Documents]:
    """Yield the file's one document, empty where the page has no text; its id is that of a text file.

    Raises:
        Problem: "document_too_long", "encoding_unknown", the extractor's, or the compressed stream's own.
    """
    blocks: list[bytes] = []
    size_bytes = 0
    # Asking a small file for a MiB takes five times as long as reading it.
    for block in read_blocks(stream, span.url, min(_BLOCK_BYTES, span.size_bytes + 1)):
        blocks.append(block)
        size_bytes += len(block)
        if size_bytes > PAGE_LIMIT_BYTES:
            raise Problem("document_too_long", f"a page of more than {format_size(PAGE_LIMIT_BYTES)}")
    text = extractor.text(decode_page(b"".join(blocks), settings.encoding))
    yield page_document(text, path_below_base(span.url, settings), span.file, 0)


def page_document(text: str, identity: str, file: int, offset: int) -> Documents:
    """Return one document."""
    return Documents(
        text=pa.array([text], pa.large_string()),
        id=pa.array([identity], pa.large_string()),
        file=np.full(1, file, np.int32),
        offset=np.full(1, offset, np.int64),
    )
