"""One shard against the manifest: stored bytes, digests, head, windows and lineage."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, cast

import numpy as np
import zstandard
from pydantic import JsonValue

from ixigen_data.core.files import join, open_read, read_bytes
from ixigen_data.shards.manifest import LineageRecord, ShardRecord, StoredFile
from ixigen_data.verify.findings import ShardCheck, unequal
from ixigen_data.verify.frame import Frame
from ixigen_data.verify.lineage import Borders, LineageFormatError, count_first_epoch, read_pieces, wrong_pieces
from ixigen_data.verify.mds import HashedStream, ShardFormatError, expected_config, read_blocks, read_head
from ixigen_data.verify.recount import Block, recount_block

MAX_PROBLEMS = 20  # of one shard; the first ones tell enough


@dataclass(frozen=True)
class ShardJob:
    """A shard to check: its record, its place in the dataset, and its lineage where there is one."""

    shard: ShardRecord
    first_window: int
    lineage: LineageRecord | None = None


def check_shard(url: str, job: ShardJob, frame: Frame) -> ShardCheck:
    """Return what is found in one shard of the dataset at `url`; never raises for what is wrong with its files."""
    check = ShardCheck()
    file = (job.shard.stored or job.shard).file
    try:
        with _raw_stream(url, job.shard, check) as stream:
            borders = _check_raw(stream, job, frame, check)
    except FileNotFoundError:
        check.wrong(file, "missing")
    except (OSError, zstandard.ZstdError) as error:
        check.wrong(file, f"cannot be read: {error}")
    else:
        if borders is not None and job.lineage is not None and not check.problems:
            _check_lineage(url, job.lineage, borders, frame, check)
    del check.problems[MAX_PROBLEMS:]
    return check


@contextmanager
def _raw_stream(url: str, shard: ShardRecord, check: ShardCheck) -> Iterator[BinaryIO]:
    """Open the raw bytes of a shard, its compressed file checked before."""
    if shard.stored is None:
        with open_read(join(url, shard.file)) as stream:
            yield stream
        return
    data = read_bytes(join(url, shard.stored.file))
    _check_stored(shard.stored, data, check)
    # A frame that is cut ends quietly: the shard is then too short, and told so.
    with zstandard.ZstdDecompressor().stream_reader(data) as stream:
        yield cast(BinaryIO, stream)


def _check_stored(record: StoredFile, data: bytes, check: ShardCheck) -> None:
    """Note where a file that is held whole differs from its record."""
    stream = HashedStream(io.BytesIO(data), tuple(record.digests))
    stream.drain(len(data))
    _compare(record, stream, check)


def _compare(record: StoredFile, stream: HashedStream, check: ShardCheck) -> None:
    for message in unequal("bytes", record.bytes, stream.bytes):
        check.wrong(record.file, message)
    digests = stream.digests()
    for name, digest in record.digests.items():
        for message in unequal(name, digest, digests[name]):
            check.wrong(record.file, message)


def _check_raw(raw: BinaryIO, job: ShardJob, frame: Frame, check: ShardCheck) -> Borders | None:
    """Read a shard's raw bytes once; return its borders where its windows could be read."""
    shard, stream = job.shard, HashedStream(raw, tuple(job.shard.digests))
    found = ShardCheck()  # told after the digest, which is what a reader of the first line must see
    borders = None
    try:
        _check_config(read_head(stream, shard.windows, frame.seq_len), shard, frame, found)
        borders = _check_windows(stream, job, frame, found)
    except ShardFormatError as error:
        found.wrong(shard.file, str(error))
    stream.drain(shard.bytes)
    _compare(shard, stream, check)
    check.digest = stream.digests()["xxh3_128"]
    check.problems += found.problems
    check.size_limit, check.recount = found.size_limit, found.recount
    check.recount.bytes = stream.bytes
    return borders


def _check_config(config: dict[str, JsonValue], shard: ShardRecord, frame: Frame, check: ShardCheck) -> None:
    size_limit = config.pop("size_limit", None)
    if not isinstance(size_limit, int) or size_limit < shard.bytes:
        check.wrong(shard.file, f"size_limit: expected {shard.bytes:,} or more, got {size_limit!r}")
    else:
        check.size_limit = size_limit
    expected = expected_config(frame.seq_len, sorted(shard.digests), compressed=shard.stored is not None)
    for message in unequal("configuration", expected, config):
        check.wrong(shard.file, message)


def _check_windows(stream: HashedStream, job: ShardJob, frame: Frame, check: ShardCheck) -> Borders:
    ends, part, first = [], [], job.first_window
    for data in read_blocks(stream, job.shard.windows, frame.seq_len):
        block = Block(data, first, frame)
        for message in recount_block(block, check.recount):
            check.wrong(job.shard.file, message)
        ends.append(np.ascontiguousarray(data["ends"]))
        part.append(block.part)
        first += len(block)
    for message in unequal("tokens by part", job.shard.tokens, check.recount.tokens()):
        check.wrong(job.shard.file, message)
    return Borders(job.first_window, np.concatenate(ends), np.concatenate(part))


def _check_lineage(url: str, record: LineageRecord, borders: Borders, frame: Frame, check: ShardCheck) -> None:
    try:
        data = read_bytes(join(url, record.file))
    except FileNotFoundError:
        check.wrong(record.file, "missing")
        return
    _check_stored(record, data, check)
    if check.problems:
        return  # a parquet reader is not made for damaged bytes
    try:
        pieces = read_pieces(data, frame)
    except LineageFormatError as error:
        check.wrong(record.file, str(error))
        return
    for message in unequal("rows", record.rows, len(pieces.window)):
        check.wrong(record.file, message)
    if disagreement := wrong_pieces(pieces, borders, frame):
        check.wrong(record.file, disagreement)
    count_first_epoch(pieces, frame, check.recount)
