"""Files to tasks of about equal bytes, without reading more than an index."""

import math
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from pydantic import BaseModel, ConfigDict

from ixigen_data.core.files import is_local, open_read
from ixigen_data.sources.compression import zstd_frames
from ixigen_data.sources.files import SourceFile
from ixigen_data.sources.row_groups import group_sizes
from ixigen_data.sources.settings import SourceSettings, compression_of, format_of

TASK_BYTES = 64 * 2**20
# Opening a file costs about as much as reading this many bytes of it; without it 10^6 tiny files would be one task.
_FILE_COST_BYTES = 16 * 2**10
_READERS = 8


class Span(BaseModel):
    """A stretch of one file.

    Of lines: bytes [start, stop) of the decompressed stream. The span owns every line that begins right behind a byte
    of it, and the first span owns the first line, so that spans which cover a file share out its lines.
    Of tables: row groups [start, stop). `stop` None: to the end.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: int  # counted in the sorted list of the source's files
    url: str
    start: int = 0
    stop: int | None = None
    seek: int = 0  # where the compressed frame that holds `start` begins in the file
    size_bytes: int  # bytes of the file that the span stands for: its work
    stamp: str = ""  # the file's, when the plan was made


def plan_spans(files: Sequence[SourceFile], settings: SourceSettings, task_bytes: int = TASK_BYTES) -> list[list[Span]]:
    """Return tasks: lists of spans in file order, each of about `task_bytes` stored bytes.

    Plain JSON lines are cut at byte ranges, tables at row groups, zstd files between frames where several tell their
    sizes and the file is local (finding frames reads through the file), other compressed files and text files are one
    span. Small files share a task. The plan is a function of its arguments and the files' indexes.
    """
    large = [file for file in files if file.size_bytes > task_bytes and _has_index(file, settings)]
    with ThreadPoolExecutor(_READERS) as pool:
        cuts = dict(zip((file.url for file in large), pool.map(lambda file: _cuts(file, settings), large), strict=True))
    spans = (
        span
        for number, file in enumerate(files)
        for span in _spans(number, file, settings, cuts.get(file.url), task_bytes)
    )
    return list(_tasks(spans, task_bytes))


def _has_index(file: SourceFile, settings: SourceSettings) -> bool:
    kind = format_of(file.url, settings)
    return kind == "parquet" or (kind == "jsonl" and compression_of(file.url) == "zst" and is_local(file.url))


# One place where a file may be cut: (start, seek, stored bytes up to the next place).
_Cut = tuple[int, int, int]


def _cuts(file: SourceFile, settings: SourceSettings) -> list[_Cut]:
    """Return the places where a file may be cut, in order; none where it cannot be looked into: its reader says why."""
    try:
        with open_read(file.url) as stream:
            if format_of(file.url, settings) == "parquet":
                return [(group, 0, size) for group, size in enumerate(group_sizes(stream, settings))]
            frames, cuts, start = zstd_frames(stream), [], 0
    except OSError:
        return []
    for frame in frames:
        cuts.append((start, frame.start, frame.size_bytes))
        start += frame.content_bytes
    return cuts


def _spans(
    number: int, file: SourceFile, settings: SourceSettings, cuts: list[_Cut] | None, task_bytes: int
) -> Iterator[Span]:
    if cuts:
        yield from _spans_between(number, file, cuts, task_bytes)
        return
    plain = format_of(file.url, settings) == "jsonl" and compression_of(file.url) is None
    if plain and file.size_bytes == 0:
        return
    count = max(1, round(file.size_bytes / task_bytes)) if plain else 1
    bounds = [part * file.size_bytes // count for part in range(count + 1)]
    for part in range(count):
        stop = None if part == count - 1 else bounds[part + 1]
        size_bytes = bounds[part + 1] - bounds[part]
        yield Span(file=number, url=file.url, start=bounds[part], stop=stop, size_bytes=size_bytes, stamp=file.stamp)


def _spans_between(number: int, file: SourceFile, cuts: Sequence[_Cut], task_bytes: int) -> Iterator[Span]:
    total_bytes = sum(size for _, _, size in cuts)
    # Even shares: a file of 1.5 tasks becomes two spans of 0.75.
    share_bytes = total_bytes / max(1, math.ceil(total_bytes / task_bytes))
    first, size_bytes = 0, 0
    for place, (_, _, size) in enumerate(cuts):
        size_bytes += size
        last = place == len(cuts) - 1
        if last or size_bytes >= share_bytes:
            stop = None if last else cuts[place + 1][0]
            start, seek, _ = cuts[first]
            yield Span(
                file=number, url=file.url, start=start, stop=stop, seek=seek, size_bytes=size_bytes, stamp=file.stamp
            )
            first, size_bytes = place + 1, 0


def _tasks(spans: Iterable[Span], task_bytes: int) -> Iterator[list[Span]]:
    task: list[Span] = []
    filled_bytes = 0
    for span in spans:
        cost_bytes = span.size_bytes + _FILE_COST_BYTES
        if task and filled_bytes + cost_bytes > task_bytes + _FILE_COST_BYTES:
            yield task
            task, filled_bytes = [], 0
        task.append(span)
        filled_bytes += cost_bytes
    if task:
        yield task
