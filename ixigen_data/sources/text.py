"""Text files to documents: one file, one document."""

from collections.abc import Iterator
from functools import lru_cache
from typing import BinaryIO

from ixigen_data.core.documents import Documents
from ixigen_data.core.files import without_secrets
from ixigen_data.core.units import format_size
from ixigen_data.sources.encoding import decode, told_encodings
from ixigen_data.sources.faults import Problem
from ixigen_data.sources.files import base_of
from ixigen_data.sources.lines import LINE_LIMIT_BYTES
from ixigen_data.sources.settings import SourceSettings
from ixigen_data.sources.spans import Span
from ixigen_data.sources.whole import one_document, read_whole

_ZEROS = 100  # a stray zero is deleted with the other controls; tables of small numbers are full of them


def read_text(stream: BinaryIO, span: Span, settings: SourceSettings) -> Iterator[Documents]:
    """Yield the file's one document; its id is its path below the folder that the pattern fixes.

    Raises:
        Problem: "document_too_long", "not_text", "encoding_unknown", or the compressed stream's own.
    """
    told = f"more than {format_size(LINE_LIMIT_BYTES)}; split the file"
    data = read_whole(stream, span, LINE_LIMIT_BYTES, told)
    text = decode(data, settings.encoding)
    if text is None:
        raise Problem("encoding_unknown", told_encodings(settings.encoding))
    if data.count(0) * _ZEROS > len(data):
        raise Problem("not_text", "one byte in a hundred or more is zero: a binary file, or UTF-16")
    yield one_document(text, path_below_base(span.url, settings), span.file)


def path_below_base(url: str, settings: SourceSettings) -> str:
    """Return a file's path below the folder that its pattern fixes, which is its document's id."""
    bases = [base for base in _bases(settings.patterns) if url.startswith(base)]
    return without_secrets(url[len(max(bases, key=len, default="")) :])


@lru_cache(maxsize=64)
def _bases(patterns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(base_of, patterns))
