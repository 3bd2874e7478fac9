"""A sample of a source: all of a small one, and places spread over a large one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TypeVar

from ixigen_data.core.documents import Documents
from ixigen_data.sources.archives import open_source, seekable
from ixigen_data.sources.expansion import expansion
from ixigen_data.sources.faults import Faults
from ixigen_data.sources.files import SourceFile
from ixigen_data.sources.ipc_index import batch_index
from ixigen_data.sources.read import read_documents
from ixigen_data.sources.row_groups import group_sizes
from ixigen_data.sources.settings import SourceSettings, format_of
from ixigen_data.sources.spans import TASK_BYTES, Span, plan_spans

WHOLE_BYTES = 64 << 20  # a source up to here, as it is stored, is read whole
CHOSEN_BYTES = 8 << 20  # of text, about so much of it is cleaned and encoded
PLACES = 16  # a larger one is read at so many places, or a stretch of so many pieces where it has no places
_PIECE_BYTES = 512 << 10
_STRIDE = 8  # of such a stretch, one piece in so many is chosen
_FILES = 512  # of a tree of files, so many
_GROUPS_BYTES = 256 << 20  # of the row groups of a table, about so much
_TABLE_EXPANSION = 3.0  # text for a byte of a table
_TABLES = ("parquet", "arrow")
_PAGE_KINDS = ("html", "warc")
_ONE_A_FILE = ("text", "html", "kspon")
_UNCUT = ("json", "nikl", "aihub")  # files of a dialogue each, or of a whole corpus
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
    if kind in _ONE_A_FILE or (kind in _UNCUT and WHOLE_BYTES < stored < _PIECE_BYTES * len(files)):
        yield from _some_files(files, settings, stored)
    elif stored <= WHOLE_BYTES and kind != "warc":
        yield from _all(files, settings, stored)
    elif kind in _TABLES:
        yield from _groups(files, settings, stored)
    else:
        yield from _places(files, settings, stored)


def _all(files: Sequence[SourceFile], settings: SourceSettings, stored: int) -> Iterator[Piece]:
    spans = [span for task in plan_spans(files, settings) for span in task]
    kind = format_of(files[0].url, settings)
    grown = _TABLE_EXPANSION if kind in _TABLES else expansion(files[0].url)
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
    stretch = 1 if is_paged(files, settings) else _STRIDE * max(1, PLACES // len(spans))
    for span in spans:
        batches = islice(read_documents(settings, [span], Faults(), piece_bytes), stretch + 1)
        for number, (batch, size_bytes) in enumerate(_measured(batches)):
            ratio = min(1.0, size_bytes / (span.size_bytes * expansion(span.url)))
            yield Piece(batch, ratio * span.size_bytes / span_bytes, number % _STRIDE == 0)


def _measured(batches: Iterator[Documents]) -> Iterator[tuple[Documents, float]]:
    """Yield batches with the bytes of their file that they take; not the last of several, whose end is not known."""
    before, after = next(batches, None), next(batches, None)
    if before is not None and after is None:
        yield before, _size_of(before)
    while before is not None and after is not None:
        yield before, float(after.offset[0] - before.offset[0])
        before, after = after, next(batches, None)


def _size_of(batch: Documents) -> float:
    if len(batch) == 1:
        return float(batch.text.nbytes)
    # From the first record to the last; the last one's own bytes count as one record more.
    return int(batch.offset[-1] - batch.offset[0]) * len(batch) / (len(batch) - 1)


def _groups(files: Sequence[SourceFile], settings: SourceSettings, stored: int) -> Iterator[Piece]:
    """Yield row groups of a large table, spread over it and read whole: rows are too unequal to speak for others."""
    all_spans = [span for task in plan_spans(files, settings, min(TASK_BYTES, stored // PLACES)) for span in task]
    span_bytes = sum(span.size_bytes for span in all_spans)
    first = _first_group(all_spans[0], settings)
    groups = [
        _first_group(span, settings)
        for span in _spread(all_spans, min(PLACES, max(1, _GROUPS_BYTES // max(1, first.size_bytes))))
    ]
    for group in groups:
        ratio = group.size_bytes / span_bytes
        step = max(1, round(group.size_bytes * _TABLE_EXPANSION * len(groups) / CHOSEN_BYTES))
        for number, batch in enumerate(read_documents(settings, [group], Faults(), _PIECE_BYTES)):
            yield Piece(batch, ratio, number % step == 0)
            ratio = 0.0


def _first_group(span: Span, settings: SourceSettings) -> Span:
    """Return the first row group, or record batch, of a span; the span itself where its file has no index."""
    with open_source(span.url) as opened:
        stream = seekable(opened, span.url)
        if format_of(span.url, settings) == "parquet":
            sizes = group_sizes(stream, span.url, settings)
        else:
            sizes = [batch.size_bytes for batch in batch_index(stream)]
    if span.start >= len(sizes):
        return span
    return replace(span, stop=span.start + 1, size_bytes=sizes[span.start])


def _spread(items: Sequence[_Item], most: int) -> list[_Item]:
    """Return up to `most` items, evenly spread."""
    step = max(1.0, len(items) / most)
    return [items[int(number * step)] for number in range(min(most, len(items)))]
