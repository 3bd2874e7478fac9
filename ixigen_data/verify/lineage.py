"""The lineage of a shard against the shard: its pieces end where bits of `ends` are set, and nowhere else."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ixigen_data.shards.manifest import SETTLEMENT
from ixigen_data.verify.findings import Recount
from ixigen_data.verify.frame import Frame
from ixigen_data.verify.recount import Bits, Int64s

_INTEGERS = ("window", "first_token", "tokens", "document_token", "epoch")


@dataclass(frozen=True)
class Borders:
    """What a shard says of its pieces; w windows."""

    first: int  # position of its first window in the dataset
    ends: Bits  # (w, L / 8)
    part: npt.NDArray[np.uint16]  # (w,)


@dataclass(frozen=True)
class Pieces:
    """The rows of a lineage file."""

    part: Int64s  # index of the part
    window: Int64s
    first_token: Int64s
    tokens: Int64s
    document_token: Int64s
    epoch: Int64s


class LineageFormatError(Exception):
    """The bytes are not a lineage file; says what is wrong."""


def read_pieces(data: bytes, frame: Frame) -> Pieces:
    """Return the rows of a lineage file.

    Raises:
        LineageFormatError: not parquet, a column is missing, or a part is not in the manifest.
    """
    try:
        table = pq.ParquetFile(pa.BufferReader(data)).read(["part", *_INTEGERS])
        names = table["part"].cast(pa.string()).cast(pa.binary())  # a broken string must not be decoded
        parts = pc.index_in(names, pa.array([path.encode() for path in frame.paths], pa.binary()))
        columns = {name: table[name].to_numpy().astype(np.int64) for name in _INTEGERS}
    except (pa.ArrowException, OSError, KeyError, ValueError) as error:
        raise LineageFormatError(f"not a lineage file: {str(error).splitlines()[0]}") from None
    if parts.null_count:
        row = pc.index(parts.is_null(), True).as_py()
        raise LineageFormatError(f"row {row:,}: part: expected one of the manifest's, got {names[row].as_py()!r}")
    return Pieces(part=parts.to_numpy().astype(np.int64), **columns)


def wrong_pieces(pieces: Pieces, borders: Borders, frame: Frame) -> str | None:
    """Return the first disagreement of a lineage with its shard, or None."""
    bits = np.unpackbits(borders.ends, axis=1, bitorder="little")
    expected = np.flatnonzero(bits.reshape(-1)).astype(np.int64)  # counted in tokens from the shard's first
    if message := _out_of_range(pieces, borders, frame):
        return message
    base = (pieces.window - borders.first) * frame.seq_len
    got = base + pieces.first_token + pieces.tokens - 1
    if len(got) != len(expected):
        return f"rows: expected {len(expected):,}, one for each piece of a document in the shard, got {len(got):,}"
    if message := _first_difference("last token", expected, got, pieces):
        return message
    # A piece begins after the one before it, or with its window.
    starts = np.maximum(np.concatenate([[0], expected[:-1] + 1]), base) if len(expected) else expected
    if message := _first_difference("first token", starts, base + pieces.first_token, pieces):
        return message
    return _wrong_parts(pieces, borders, frame)


def count_first_epoch(pieces: Pieces, frame: Frame, recount: Recount) -> None:
    """Add to `recount` the tokens of every part that its stream serves for the first time."""
    first = pieces.epoch == 0
    sums = np.zeros(len(frame.paths), np.int64)
    np.add.at(sums, pieces.part[first], pieces.tokens[first])
    for index in np.flatnonzero(sums).tolist():
        recount.part(frame.paths[index]).first_epoch_tokens += int(sums[index])


def _wrong_parts(pieces: Pieces, borders: Borders, frame: Frame) -> str | None:
    expected = borders.part[pieces.window - borders.first].astype(np.int64)
    for row in np.flatnonzero(expected == SETTLEMENT).tolist():
        expected[row] = _part_in_settlement(frame, int(pieces.window[row]), int(pieces.first_token[row]))
    wrong = np.flatnonzero(expected != pieces.part)
    if not len(wrong):
        return None
    row = int(wrong[0])
    wanted, got = frame.name_of_part(int(expected[row])), frame.name_of_part(int(pieces.part[row]))
    return f"row {row:,}, window {pieces.window[row]:,}: part: expected {wanted}, got {got}"


def _part_in_settlement(frame: Frame, window: int, token: int) -> int:
    pieces = frame.settlement[window].pieces
    stops = np.cumsum([piece.tokens for piece in pieces])
    return pieces[int(np.searchsorted(stops, token, side="right"))].part


def _out_of_range(pieces: Pieces, borders: Borders, frame: Frame) -> str | None:
    stop = borders.first + len(borders.part)
    ranges = {
        "window": (pieces.window, borders.first, stop - 1),
        "first_token": (pieces.first_token, 0, frame.seq_len - 1),
        "tokens": (pieces.tokens, 1, frame.seq_len),
        "document_token": (pieces.document_token, 0, 2**62),
        "epoch": (pieces.epoch, 0, 2**31),
    }
    for name, (values, low, high) in ranges.items():
        wrong = np.flatnonzero((values < low) | (values > high))
        if len(wrong):
            return f"row {wrong[0]:,}: {name}: expected {low:,} to {high:,}, got {values[wrong[0]]:,}"
    return None


def _first_difference(what: str, expected: Int64s, got: Int64s, pieces: Pieces) -> str | None:
    wrong = np.flatnonzero(expected != got)
    if not len(wrong):
        return None
    row = int(wrong[0])
    where = f"row {row:,}, window {pieces.window[row]:,}"
    return f"{where}: {what}, counted from the shard's first token: expected {expected[row]:,}, got {got[row]:,}"
