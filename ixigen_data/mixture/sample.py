"""A sample of a source: all of a small one, and places spread over a large one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from ixigen_data.core.documents import Documents
from ixigen_data.core.files import open_read
from ixigen_data.sources.expansion import expansion
from ixigen_data.sources.faults import Faults
from ixigen_data.sources.files import SourceFile
from ixigen_data.sources.ipc_index import batch_index
from ixigen_data.sources.read import read_documents
from ixigen_data.sources.row_groups import open_table
from ixigen_data.sources.settings import SourceSettings, format_of
from ixigen_data.sources.spans import TASK_BYTES, Span, plan_spans

WHOLE_BYTES = 64 << 20  # a source up to here, as it is stored, is read whole
CHOSEN_BYTES = 8 << 20  # of text, about so much of it is cleaned and encoded
PLACES = 16  # a larger one is read at so many places, or a stretch of so many pieces where it has no places
_PIECE_BYTES = 512 << 10
_STRIDE = 8  # of such a stretch, one piece in so many is chosen
_FILES = 512  # of a tree of files, so many
_TABLE_EXPANSION = 3.0  # text for a byte of a table
_PAGE_KINDS = ("html", "warc")
# Extracting pages takes a hundred times as long as reading lines.
_PAGES_BYTES, _PAGE_FILES = 64 << 10, 64

_Item = TypeVar("_Item")


@dataclass(frozen=True)
class Piece:
    """Some documents of a source."""

    documents: Documents
    ratio: float  # of the source; over all pieces they sum to what was read
    chosen: bool  # to be looked at closely: these are spread over what was read


def is_paged(files: Sequence[SourceFile], settings: SourceSettings) -> bool:
    """Return whether a source holds web pages."""
    return format_of(files[0].url, settings) in _PAGE_KINDS


def sample_source(files: Sequence[SourceFile], settings: SourceSettings) -> Iterator[Piece]:
    """Yield pieces of a source, in order.

    Raises:
        SourceError: reading failed.
    """
    kind = format_of(files[0].url, settings)
    stored = sum(file.size_bytes for file in files)
    if kind in ("text", "html"):
        yield from _some_files(files, settings, stored)
    elif stored <= WHOLE_BYTES and kind != "warc":
        yield from _all(files, settings, stored)
    else:
        yield from _places(files, settings, stored)


def _all(files: Sequence[SourceFile], settings: SourceSettings, stored: int) -> Iterator[Piece]:
    spans = [span for task in plan_spans(files, settings) for span in task]
    kind = format_of(files[0].url, settings)
    grown = _TABLE_EXPANSION if kind in ("parquet", "arrow") else expansion(files[0].url)
    step = max(1, round(stored * grown / CHOSEN_BYTES))
    ratio = 1.0  # all is read, so the first piece may speak for it
    for number, batch in enumerate(read_documents(settings, spans, Faults(), _PIECE_BYTES)):
        yield Piece(batch, ratio, number % step == 0)
        ratio = 0.0


def _some_files(files: Sequence[SourceFile], settings: SourceSettings, stored: int) -> Iterator[Piece]:
    paged = is_paged(files, settings)
    chosen = files if stored <= CHOSEN_BYTES and not paged else _spread(files, _PAGE_FILES if paged else _FILES)
    spans = [span for task in plan_spans(chosen, settings) for span in task]
    ratio = sum(file.size_bytes for file in chosen) / max(1, stored)
    for batch in read_documents(settings, spans, Faults(), _PIECE_BYTES):
        yield Piece(batch, ratio, chosen=True)
        ratio = 0.0


def _places(files: Sequence[SourceFile], settings: SourceSettings, stored: int) -> Iterator[Piece]:
    piece_bytes = _PAGES_BYTES if is_paged(files, settings) else _PIECE_BYTES
    task_bytes = max(piece_bytes, min(TASK_BYTES, stored // PLACES))
    all_spans = [span for task in plan_spans(files, settings, task_bytes) for span in task]
    spans, span_bytes = _spread(all_spans, PLACES), sum(span.size_bytes for span in all_spans)
    stretch = 1 if len(spans) > PLACES // 2 else _STRIDE * PLACES // len(spans)
    kind = format_of(files[0].url, settings)
    for span in spans:
        batches = islice(read_documents(settings, [span], Faults(), piece_bytes), stretch)
        for number, batch in enumerate(batches):
            yield Piece(batch, _ratio_of_span(span, batch, kind) * span.size_bytes / span_bytes, number % _STRIDE == 0)


def _ratio_of_span(span: Span, batch: Documents, kind: str | None) -> float:
    """Return which part of a span a batch of its documents is."""
    if kind in ("parquet", "arrow"):
        rows = _rows_of(span, kind)
        return min(1.0, len(batch) / rows) if rows else min(1.0, batch.text.nbytes / span.size_bytes)
    # From the first record to the last; the last one's own bytes count as one record more.
    read = int(batch.offset[-1] - batch.offset[0]) * len(batch) / max(1, len(batch) - 1)
    if len(batch) == 1:
        read = min(span.size_bytes * expansion(span.url), batch.text.nbytes)
    return min(1.0, read / (span.size_bytes * expansion(span.url)))


def _rows_of(span: Span, kind: str) -> int:
    """Return the rows of a span of a table; 0 where its file has no index."""
    with open_read(span.url) as stream:
        if kind == "parquet":
            metadata = open_table(stream).metadata
            rows = [int(metadata.row_group(group).num_rows) for group in range(metadata.num_row_groups)]
        else:
            rows = [batch.rows for batch in batch_index(stream)]
    return sum(rows[span.start : span.stop])


def _spread(items: Sequence[_Item], most: int) -> list[_Item]:
    """Return up to `most` items, evenly spread."""
    step = max(1.0, len(items) / most)
    return [items[int(number * step)] for number in range(min(most, len(items)))]
