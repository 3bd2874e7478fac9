"""Web archives (WARC, WET) to documents: the pages of their responses, and the texts of their conversions.

Records are read by warcio, as datatrove's reader does. That reader itself is passed by: it guesses the encoding of
Korean pages where HTTP or the page tells it, leaves out what it cannot decode without a word, and needs libmagic.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import BinaryIO

import pyarrow as pa
from warcio.archiveiterator import ArchiveIterator
from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeadersParser

from ixigen_data.core.documents import Documents
from ixigen_data.core.files import without_secrets
from ixigen_data.core.units import format_size
from ixigen_data.sources.compression import read_blocks
from ixigen_data.sources.encoding import decode, told_encodings
from ixigen_data.sources.extraction import PAGE_LIMIT_BYTES, Extractor
from ixigen_data.sources.faults import Fault, Faults, Problem
from ixigen_data.sources.page_encoding import decode_page
from ixigen_data.sources.records import metadata_json
from ixigen_data.sources.settings import SourceSettings
from ixigen_data.sources.spans import Span
from ixigen_data.sources.whole import one_document

_BLOCK_BYTES = 2**20
_PIECE_BYTES = 2**16
_OF_THE_FILE = {"file_truncated", "file_broken"}
_PAGES = {"text/html", "application/xhtml+xml"}
_TEXT = "text/plain"
_LOOKS_LIKE_A_PAGE = re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html)", re.I | re.S)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([-\w:.]+)", re.I)
_FORM = re.compile(rb"WARC/[01]\.")


def read_warc(
    stream: BinaryIO, span: Span, settings: SourceSettings, faults: Faults, extractor: Extractor
) -> Iterator[Documents]:
    """Yield one document for each page or converted text, in order; the offset is where its record begins.

    Requests, metadata, images and the like hold no text and are passed over. A page that cannot be used is a fault.

    Raises:
        Problem: the file is no WARC ("file_broken"), or it is cut or damaged; documents before have been yielded.
    """
    source = _Blocks(read_blocks(stream, span.url, _BLOCK_BYTES))
    if not _FORM.match(source.first):
        raise Problem("file_broken", "no WARC file: it does not begin with WARC/1")
    reader = _Reader(span, settings, extractor)
    for offset, record in _records(source):
        try:
            payload = _taken(record)
            document = None if payload is None else reader.document(record, payload, offset)
        except Problem as problem:
            if problem.reason in _OF_THE_FILE:
                raise
            url = without_secrets(span.url)
            faults.add(Fault(source_file=url, offset=offset, reason=problem.reason, detail=problem.detail))
        else:
            if document is not None:
                yield document


def _records(source: "_Blocks") -> Iterator[tuple[int, ArcWarcRecord]]:
    records = ArchiveIterator(source, no_record_parse=True)
    while True:
        try:
            record = next(records, None)
        except Problem:
            raise
        except Exception as error:  # warcio's own, and whatever its parsers stumble over
            raise Problem("file_broken", f"a record's header is damaged: {error}") from error
        if records.err_count:
            raise Problem("file_broken", "a record is longer than its Content-Length says")
        if record is None:
            break
        yield records.offset, record
    if source.read(1):  # warcio takes an empty header for the end
        raise Problem("file_broken", f"a record's header is empty, {format_size(source.position)} into the stream")


@dataclass(frozen=True)
class _Payload:
    """What a record holds, and what HTTP says of its encoding."""

    data: bytes
    is_page: bool
    charset: str | None = None


class _Reader:
    def __init__(self, span: Span, settings: SourceSettings, extractor: Extractor) -> None:
        self._span = span
        self._settings = settings
        self._extractor = extractor
        self._name = without_secrets(span.url).rpartition("/")[2]

    def document(self, record: ArcWarcRecord, payload: _Payload, offset: int) -> Documents:
        """Return a record's document.

        Raises:
            Problem: it cannot be decoded or extracted.
        """
        text = self._text(payload)
        told = {key: record.rec_headers.get_header(header) for key, header in _HEADERS.items()}
        identity = told.get(self._settings.id or "") or f"{self._name}@{offset}"
        document = one_document(text, identity, self._span.file, offset)
        if not self._settings.metadata:
            return document
        metadata = metadata_json({key: told.get(key) for key in self._settings.metadata})
        return replace(document, metadata=pa.array([metadata], pa.large_string()))

    def _text(self, payload: _Payload) -> str:
        encoding = self._settings.encoding
        if payload.is_page:
            return self._extractor.text(decode_page(payload.data, encoding, payload.charset))
        text = decode(payload.data, encoding)
        if text is None:
            raise Problem("encoding_unknown", told_encodings(encoding))
        return text


def _taken(record: ArcWarcRecord) -> _Payload | None:
    """Return a record's page or converted text, None where it has neither, and read the record to its end.

    Raises:
        Problem: "file_truncated", whatever else is wrong; see `_page` and `_whole`.
    """
    problem: Problem | None = None
    payload: _Payload | None = None
    try:
        if record.rec_type == "response":
            payload = _page(record)
        elif record.rec_type == "conversion" and _media_type(record.content_type) == _TEXT:
            payload = _Payload(_whole(record.raw_stream), is_page=False)
    except Problem as found:
        problem = found
    while record.raw_stream.read(_PIECE_BYTES):
        pass
    if getattr(record.raw_stream, "limit", 0) > 0:
        raise Problem("file_truncated", "the last record is shorter than its Content-Length says")
    if problem is not None:
        raise problem
    return payload


def _media_type(header: str | None) -> str:
    return (header or "").partition(";")[0].strip().lower()


_HEADERS = {"id": "WARC-Record-ID", "url": "WARC-Target-URI", "date": "WARC-Date"}


def _page(record: ArcWarcRecord) -> _Payload | None:
    """Return the page in a response; None where it is something else.

    Raises:
        Problem: "document_too_long"; "record_broken": the HTTP message cannot be taken apart.
    """
    if not (record.rec_headers.get_header("WARC-Target-URI") or "").startswith(("http:", "https:")):
        return None
    try:
        record.http_headers = StatusAndHeadersParser(["HTTP/"], verify=False).parse(record.raw_stream)
        told = record.http_headers.get_header("Content-Type") or ""
        kind = record.rec_headers.get_header("WARC-Identified-Payload-Type") or _media_type(told)
        if kind and kind not in _PAGES:
            return None
        data = _whole(record.content_stream())
    except (Problem, OSError):
        raise
    except Exception as error:  # the parsers' own, and those of chunks and of compressed bodies
        raise Problem("record_broken", f"the HTTP message cannot be read: {type(error).__name__}") from error
    if not kind and not _LOOKS_LIKE_A_PAGE.match(data, 0, _PIECE_BYTES):
        return None
    charset = _CHARSET.search(told)
    return _Payload(data, is_page=True, charset=charset[1] if charset else None)


def _whole(stream: BinaryIO) -> bytes:
    pieces: list[bytes] = []
    size_bytes = 0
    while piece := stream.read(_PIECE_BYTES):
        pieces.append(piece)
        size_bytes += len(piece)
        if size_bytes > PAGE_LIMIT_BYTES:
            raise Problem("document_too_long", f"a page of more than {format_size(PAGE_LIMIT_BYTES)}")
    return b"".join(pieces)


class _Blocks:
    """A stream over blocks, with the few methods that warcio asks for."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self.first = next(blocks, b"")
        self.position = 0
        self._blocks = chain([self.first], blocks)
        self._block = memoryview(b"")

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes; none at the end."""
        if not self._block:
            self._block = memoryview(next(self._blocks, b""))
        piece, self._block = self._block[:size], self._block[size:]
        self.position += len(piece)
        return bytes(piece)

    def tell(self) -> int:
        """Return how many bytes were read."""
        return self.position
