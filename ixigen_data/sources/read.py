"""Documents of a source's spans, whatever their format; what cannot be read is counted, told, and left out."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, groupby
from typing import BinaryIO

import numpy as np
import pyarrow as pa

from ixigen_data.core.documents import Documents
from ixigen_data.core.errors import SourceError
from ixigen_data.sources.archives import Opener
from ixigen_data.sources.delimited import read_delimited
from ixigen_data.sources.extraction import Extractor
from ixigen_data.sources.faults import Faults
from ixigen_data.sources.guard import check_stamp, guarded
from ixigen_data.sources.ipc import read_batches
from ixigen_data.sources.json_files import JsonReader
from ixigen_data.sources.jsonl import read_lines
from ixigen_data.sources.kspon import Utterances, is_list, read_list
from ixigen_data.sources.pages import read_page
from ixigen_data.sources.parquet import read_rows
from ixigen_data.sources.settings import SourceSettings, format_of, untold_format
from ixigen_data.sources.spans import Span
from ixigen_data.sources.text import read_text
from ixigen_data.sources.warc import read_warc

BATCH_BYTES = 8 * 2**20


def read_documents(
    settings: SourceSettings, spans: Sequence[Span], faults: Faults, batch_bytes: int = BATCH_BYTES
) -> Iterator[Documents]:
    """Yield the documents of spans, in order, in batches of about `batch_bytes` of text; memory depends on that alone.

    Records that came in = documents yielded + faults counted; a file that is cut or damaged counts as one fault.

    Raises:
        SourceError: the recipe's keys do not fit the table, a file is gone, changed or cannot be reached, or faults
            are fatal.
    """
    with Opener() as opener, Extractor(settings.extraction) as extractor:
        reader = _Reader(settings, faults, batch_bytes, opener, extractor)
        pieces = reader.utterances(spans) if settings.format == "kspon" else map(reader.documents, spans)
        yield from _gathered(chain.from_iterable(pieces), batch_bytes)


@dataclass(frozen=True)
class _Reader:
    """What is needed to read one span after the other."""

    settings: SourceSettings
    faults: Faults
    batch_bytes: int
    opener: Opener
    extractor: Extractor

    def utterances(self, spans: Sequence[Span]) -> Iterator[Iterable[Documents]]:
        """Yield the documents of spans that are lists one by one, and those of the files between them together."""
        for listed, group in groupby(spans, key=lambda span: is_list(span.url)):
            if listed:
                yield from map(self.documents, group)
            else:
                yield Utterances(self.settings, self.faults, self.opener).documents(group, self.batch_bytes)

    def documents(self, span: Span) -> Iterator[Documents]:
        """Yield the documents of a span; what is wrong with its file as a whole is a fault."""
        with guarded(span, self.faults), self.opener.open(span.url) as (stream, stored):
            check_stamp(stored, span, "before it was read")
            yield from self._read(stream, span)
            check_stamp(stored, span, "while it was read")

    def _read(self, stream: BinaryIO, span: Span) -> Iterator[Documents]:
        match format_of(span.url, self.settings):
            case "jsonl":
                return read_lines(stream, span, self.settings, self.faults, self.batch_bytes)
            case "json" | "nikl" | "aihub":
                reader = JsonReader(self.settings, self.faults, self.batch_bytes, self.opener)
                return reader.documents(stream, span)
            case "parquet":
                return read_rows(stream, span, self.settings, self.faults, self.batch_bytes)
            case "arrow":
                return read_batches(stream, span, self.settings, self.faults, self.batch_bytes)
            case "csv" | "tsv":
                return read_delimited(stream, span, self.settings, self.faults, self.batch_bytes)
            case "text":
                return read_text(stream, span, self.settings)
            case "kspon":
                return read_list(stream, span, self.settings, self.faults, self.batch_bytes)
            case "html":
                return read_page(stream, span, self.settings, self.extractor)
            case "warc":
                return read_warc(stream, span, self.settings, self.faults, self.extractor)
            case None:
                raise SourceError(untold_format(span.url))


def _gathered(pieces: Iterable[Documents], batch_bytes: int) -> Iterator[Documents]:
    """Join small pieces, such as one file's single document, into batches."""
    held: list[Documents] = []
    held_bytes = 0
    for piece in pieces:
        held.append(piece)
        held_bytes += piece.text.nbytes
        # Half a batch is enough: joining copies, and a block of lines is nearly a batch by itself.
        if 2 * held_bytes >= batch_bytes:
            yield _joined(held)
            held, held_bytes = [], 0
    if held:
        yield _joined(held)


def _joined(pieces: Sequence[Documents]) -> Documents:
    if len(pieces) == 1:
        return pieces[0]
    metadata = [piece.metadata for piece in pieces if piece.metadata is not None]
    return Documents(
        text=pa.concat_arrays([piece.text for piece in pieces]),
        id=pa.concat_arrays([piece.id for piece in pieces]),
        file=np.concatenate([piece.file for piece in pieces]),
        offset=np.concatenate([piece.offset for piece in pieces]),
        metadata=pa.concat_arrays(metadata) if metadata else None,
    )
