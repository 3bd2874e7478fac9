"""A few documents from places all over a source, in seconds at any size: of a large file, some places are read."""

from collections.abc import Iterator, Sequence
from itertools import accumulate, islice
from typing import TypeVar

import numpy as np

from ixigen_data.core.documents import Documents
from ixigen_data.sources.faults import Faults
from ixigen_data.sources.files import SourceFile
from ixigen_data.sources.read import read_documents
from ixigen_data.sources.settings import SourceSettings, format_of, is_plain
from ixigen_data.sources.spans import Span, plan_spans

PLACES = 20
_WHOLE_BYTES = 2 * 2**20  # a file up to here is read whole
_BATCH_BYTES = 256 * 2**10  # of text at a place
_ONE_A_FILE = ("text", "html", "kspon")
_UNCUT = ("json", "nikl", "aihub")  # these have no places to begin at but their start

_Item = TypeVar("_Item")


def spread_documents(
    files: Sequence[SourceFile], settings: SourceSettings, count: int, faults: Faults
) -> Iterator[tuple[SourceFile, Documents]]:
    """Yield up to `count` documents file by file, evenly spread over the bytes of a source.

    A compressed file is read from its start, a table from the start of some row groups.

    Raises:
        SourceError: a file is gone or cannot be reached, or a table does not fit the recipe's keys.
    """
    filled = [file for file in files if file.size_bytes]
    alone = bool(filled) and format_of(filled[0].url, settings) in _ONE_A_FILE
    places = min(count, len(filled)) if alone else min(count, PLACES)
    for file, places_in_file in _files_at(filled, places, whole_files=alone):
        wanted = -(-count * places_in_file // max(1, places))
        batches = list(_batches(file, settings, places_in_file, faults))
        for batch in batches:
            yield file, _some(batch, -(-wanted // len(batches)))


def _files_at(files: Sequence[SourceFile], places: int, *, whole_files: bool) -> Iterator[tuple[SourceFile, int]]:
    """Yield the files that stand at evenly spread places, and how many of these each holds."""
    if whole_files:
        yield from ((file, 1) for file in _spread(files, places))
        return
    ends = list(accumulate(file.size_bytes for file in files))
    bytes_of_places = [(2 * place + 1) * ends[-1] // (2 * places) for place in range(places)] if ends else []
    at = np.searchsorted(ends, bytes_of_places, side="right") if ends else np.zeros(0, np.int64)
    for number, held in zip(*np.unique(at, return_counts=True), strict=True):
        yield files[int(number)], int(held)


def _batches(file: SourceFile, settings: SourceSettings, places: int, faults: Faults) -> Iterator[Documents]:
    """Yield the first documents at some places of a file; all of it in one batch where it is small."""
    if file.size_bytes <= _WHOLE_BYTES:
        spans = [span for task in plan_spans([file], settings) for span in task]
        yield from read_documents(settings, spans, faults, 4 * _WHOLE_BYTES)
        return
    # Looking for places would read through the file.
    if not is_plain(file.url) or format_of(file.url, settings) in _UNCUT:
        whole = Span(file=0, url=file.url, size_bytes=file.size_bytes, stamp=file.stamp)
        yield from islice(read_documents(settings, [whole], faults, _BATCH_BYTES), places)
        return
    for span in _spread(_spans(file, settings, places), places):
        yield from islice(read_documents(settings, [span], faults, _BATCH_BYTES), 1)


def _spans(file: SourceFile, settings: SourceSettings, places: int) -> list[Span]:
    return [span for task in plan_spans([file], settings, max(1, file.size_bytes // places)) for span in task]


def _some(documents: Documents, most: int) -> Documents:
    """Return up to `most` documents, evenly spread over a batch."""
    count = min(most, len(documents))
    return documents.take((2 * np.arange(count) + 1) * len(documents) // max(1, 2 * count))


def _spread(items: Sequence[_Item], most: int) -> list[_Item]:
    """Return up to `most` items, evenly spread."""
    step = max(1.0, len(items) / max(1, most))
    return [items[int(number * step)] for number in range(min(most, len(items)))]
