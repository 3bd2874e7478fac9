"""Documents of a source's spans, whatever their format; what cannot be read is counted, told, and left out."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO

import numpy as np
import pyarrow as pa

from ixigen_data.core.documents import Documents
from ixigen_data.core.errors import SourceError
from ixigen_data.core.files import without_secrets
from ixigen_data.sources.archives import Opener
from ixigen_data.sources.delimited import read_delimited
from ixigen_data.sources.extraction import Extractor
from ixigen_data.sources.faults import Fault, Faults, Problem
from ixigen_data.sources.files import is_unchanged
from ixigen_data.sources.hub import is_hub, is_hub_error, told_by_hub
from ixigen_data.sources.ipc import read_batches
from ixigen_data.sources.jsonl import read_lines
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
        yield from _gathered(chain.from_iterable(map(reader.documents, spans)), batch_bytes)


@dataclass(frozen=True)
class _Reader:
    """What is needed to read one span after the other."""

    settings: SourceSettings
    faults: Faults
    batch_bytes: int
    opener: Opener
    extractor: Extractor

    def documents(self, span: Span) -> Iterator[Documents]:
        """Yield the documents of a span; what is wrong with its file as a whole is a fault."""
        url = without_secrets(span.url)
        try:
            with self.opener.open(span.url) as (stream, stored):
                _check_stamp(stored, span, "before it was read")
                yield from self._read(stream, span)
                _check_stamp(stored, span, "while it was read")
        except Problem as problem:
            self.faults.add(Fault(source_file=url, reason=problem.reason, detail=problem.detail))
        except OSError as error:
            # A missing file or a refused key may pass: only what the bytes themselves say may decide what is in a
            # dataset.
            told = told_by_hub(error) if is_hub(span.url) else error
            raise SourceError(
                f"{url}: reading failed: {told}; start again when the disk or the store answers"
            ) from error
        except Exception as error:
            if not (is_hub(span.url) and is_hub_error(error)):
                raise
            raise SourceError(
                f"{url}: reading failed: {told_by_hub(error)}; start again when the hub answers"
            ) from error

    def _read(self, stream: BinaryIO, span: Span) -> Iterator[Documents]:
        match format_of(span.url, self.settings):
            case "jsonl":
                return read_lines(stream, span, self.settings, self.faults, self.batch_bytes)
            case "parquet":
                return read_rows(stream, span, self.settings, self.faults, self.batch_bytes)
            case "arrow":
                return read_batches(stream, span, self.settings, self.faults, self.batch_bytes)
            case "csv" | "tsv":
                return read_delimited(stream, span, self.settings, self.faults, self.batch_bytes)
            case "text":
                return read_text(stream, span, self.settings)
            case "html":
                return read_page(stream, span, self.settings, self.extractor)
            case "warc":
                return read_warc(stream, span, self.settings, self.faults, self.extractor)
            case None:
                raise SourceError(untold_format(span.url))


def _check_stamp(stream: BinaryIO, span: Span, when: str) -> None:
    if not is_unchanged(stream, span.url, span.stamp):
        raise SourceError(f"{without_secrets(span.url)}: the file changed {when}; start again, and it is read anew")


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
