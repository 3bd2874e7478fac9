"""Files to tasks of about equal bytes, without reading more than an index."""

import math
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import accumulate

import orjson
from pydantic import JsonValue, TypeAdapter

from ixigen_data.core.files import is_local, open_read
from ixigen_data.sources.compression import zstd_frames
from ixigen_data.sources.files import SourceFile
from ixigen_data.sources.ipc_index import batch_index
from ixigen_data.sources.row_groups import group_sizes
from ixigen_data.sources.settings import Format, SourceSettings, archive_of, compression_of, format_of, is_plain

TASK_BYTES = 64 * 2**20
# Opening a file costs about as much as reading this many bytes of it; without it 10^6 tiny files would be one task.
_FILE_COST_BYTES = 16 * 2**10
# A member costs no less, but every task reads its archive's index anew: 11 µs a member, so tasks should be few.
_MEMBER_COST_BYTES = 2 * 2**10
_READERS = 8
_EMPTY_WHERE_EMPTY = ("jsonl", "csv", "tsv", "json", "nikl", "aihub", "kspon")  # no bytes, no record


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one file.

    Of lines: bytes [start, stop) of the decompressed stream. The span owns every line that begins right behind a byte
    of it, and the first span owns the first line, so that spans which cover a file share out its lines.
    Of tables: row groups [start, stop), of Arrow files record batches. `stop` None: to the end.
    """

    file: int  # counted in the sorted list of the source's files
    url: str
    size_bytes: int  # bytes of the file that the span stands for: its work
    start: int = 0
    stop: int | None = None
    # Where the compressed frame that holds `start` begins in the file; of Arrow files, the rows before; of an utterance
    # in an archive, `SourceFile.place`.
    seek: int = 0
    stamp: str = ""  # the file's, when the plan was made


_ROWS = TypeAdapter(list[tuple[int, str, int, int, int | None, int, str]])


def pack_spans(spans: Sequence[Span]) -> str:
    """Return the spans of a task as a short string: a task of tiny files has thousands, and a plan hundreds of tasks.

    10^6 files make a plan of 15 MB this way, which every worker holds; as JSON it would be 180 MB, and 2 GB in memory.
    """
    rows = [(span.file, span.url, span.size_bytes, span.start, span.stop, span.seek, span.stamp) for span in spans]
    return b64encode(zlib.compress(orjson.dumps(rows), 1)).decode()


def unpack_spans(payload: JsonValue) -> list[Span]:
    """Return what `pack_spans` made a string of."""
    assert isinstance(payload, str)
    return [Span(*row) for row in _ROWS.validate_json(zlib.decompress(b64decode(payload)))]


def plan_spans(files: Sequence[SourceFile], settings: SourceSettings, task_bytes: int = TASK_BYTES) -> list[list[Span]]:
    """Return tasks: lists of spans in file order, each of about `task_bytes` stored bytes.

    Plain JSON lines, and delimited lines without quotes, are cut at byte ranges; tables at row groups, Arrow files
    between record batches; zstd files between frames where several tell their sizes and the file is local (finding
    frames reads through the file). Everything else is one span: other compressed files, members of archives, records
    that may span lines, texts and pages. Small files share a task. The plan is a function of its arguments and the
    files' indexes.
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
    if archive_of(file.url):
        return False
    kind = format_of(file.url, settings)
    framed = _is_lines(kind, settings) and compression_of(file.url) == "zst" and is_local(file.url)
    return kind in ("parquet", "arrow") or framed


def _is_lines(kind: Format | None, settings: SourceSettings) -> bool:
    """Return whether every line is a record, so that a file can be cut at any byte."""
    return kind == "jsonl" or (kind in ("csv", "tsv") and not settings.quotes)


# One place where a file may be cut: (start, seek, stored bytes up to the next place).
_Cut = tuple[int, int, int]


def _cuts(file: SourceFile, settings: SourceSettings) -> list[_Cut]:
    """Return the places where a file may be cut, in order; none where it cannot be looked into: its reader says why."""
    try:
        with open_read(file.url) as stream:
            kind = format_of(file.url, settings)
            if kind == "parquet":
                return [(group, 0, size) for group, size in enumerate(group_sizes(stream, file.url, settings))]
            if kind == "arrow":
                batches = batch_index(stream)
                rows = accumulate((batch.rows for batch in batches), initial=0)
                return [
                    (number, row, batch.size_bytes)
                    for number, (row, batch) in enumerate(zip(rows, batches, strict=False))
                ]
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
    kind = format_of(file.url, settings)
    if file.size_bytes == 0 and kind in _EMPTY_WHERE_EMPTY and compression_of(file.url) is None:
        return
    plain = _is_lines(kind, settings) and is_plain(file.url)
    count = max(1, round(file.size_bytes / task_bytes)) if plain else 1
    seek = file.place if kind == "kspon" else 0
    bounds = [part * file.size_bytes // count for part in range(count + 1)]
    for part in range(count):
        stop = None if part == count - 1 else bounds[part + 1]
        size_bytes = bounds[part + 1] - bounds[part]
        yield Span(number, file.url, size_bytes, bounds[part], stop, seek, file.stamp)


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
        cost_bytes = span.size_bytes + (_MEMBER_COST_BYTES if archive_of(span.url) else _FILE_COST_BYTES)
        if task and filled_bytes + cost_bytes > task_bytes + _FILE_COST_BYTES:
            yield task
            task, filled_bytes = [], 0
        task.append(span)
        filled_bytes += cost_bytes
    if task:
        yield task
