"""Web pages to documents: one file, one page, its main text alone."""

from collections.abc import Iterator
from typing import BinaryIO

from ixigen_data.core.documents import Documents
from ixigen_data.core.units import format_size
from ixigen_data.sources.extraction import PAGE_LIMIT_BYTES, Extractor
from ixigen_data.sources.page_encoding import decode_page
from ixigen_data.sources.settings import SourceSettings
from ixigen_data.sources.spans import Span
from ixigen_data.sources.text import path_below_base
from ixigen_data.sources.whole import one_document, read_whole


def read_page(stream: BinaryIO, span: Span, settings: SourceSettings, extractor: Extractor) -> Iterator[Documents]:
    """Yield the file's one document, empty where the page has no text; its id is that of a text file.

    Raises:
        Problem: "document_too_long", "encoding_unknown", the extractor's, or the compressed stream's own.
    """
    data = read_whole(stream, span, PAGE_LIMIT_BYTES, f"a page of more than {format_size(PAGE_LIMIT_BYTES)}")
    text = extractor.text(decode_page(data, settings.encoding))
    yield one_document(text, path_below_base(span.url, settings), span.file)
