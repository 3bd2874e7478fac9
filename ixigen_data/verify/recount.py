"""Counting windows from their bytes: tokens, document ends, separators and pad by part.

A document ends where its EOS stands, and a piece of it where the window or the piece of a settlement window ends; so
the bits of `ends` follow from the tokens, and every one of them is checked. In a dataset that continues another, pieces
may also end where the earlier one had taken the rest: there the lineage alone says so.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ixigen_data.shards.manifest import SETTLEMENT, SettlementWindow
from ixigen_data.verify.findings import Recount
from ixigen_data.verify.frame import Frame

Bits = npt.NDArray[np.uint8]  # (w, L / 8): bit i of a row, little-endian within the byte, is token i
Int64s = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Block:
    """Some windows of a shard; w of them, of L tokens."""

    windows: npt.NDArray[np.void]  # (w,), as `mds.read_blocks` gives them
    first: int  # position in the dataset
    frame: Frame

    def __len__(self) -> int:
        return len(self.windows)

    @cached_property
    def tokens(self) -> npt.NDArray[np.int32]:
        """(w, L). A copy: in a shard they stand at odd addresses, and every pass over them would pay for that."""
        return np.ascontiguousarray(self.windows["tokens"])

    @cached_property
    def length(self) -> Int64s:
        """(w,) tokens that are not pad."""
        return self.windows["length"].astype(np.int64)

    @cached_property
    def part(self) -> npt.NDArray[np.uint16]:
        """(w,) the column `part`."""
        return np.ascontiguousarray(self.windows["part"])

    @cached_property
    def eos(self) -> Bits:
        """The tokens that are EOS, pad left out."""
        return self._bits_of(self.frame.eos_id)

    @cached_property
    def bos(self) -> Bits:
        """The tokens that are BOS."""
        return np.zeros_like(self.eos) if self.frame.bos_id is None else self._bits_of(self.frame.bos_id)

    @property
    def inside(self) -> Bits:
        """The tokens that are not pad."""
        return np.packbits(np.arange(self.frame.seq_len) < self.length[:, None], axis=1, bitorder="little")

    def _bits_of(self, token: int) -> Bits:
        mask = self.tokens == token
        for row in np.flatnonzero(self.length < self.frame.seq_len):
            mask[row, self.length[row] :] = False
        return np.packbits(mask, axis=1, bitorder="little")

    def settlement(self) -> Iterator[tuple[int, SettlementWindow]]:
        """Yield the settlement windows among these, with their rows."""
        for row in np.flatnonzero(self.part == SETTLEMENT).tolist():
            yield row, self.frame.settlement[self.first + row]


def recount_block(block: Block, recount: Recount) -> list[str]:
    """Add what stands in some windows to `recount`; return what is wrong with them, at most one message of each kind.

    Windows whose `part`, `length` or tokens are impossible are told and not counted: their counts would mislead.
    """
    for check in (_wrong_parts, _wrong_lengths, _wrong_pieces, _wrong_ids, _wrong_pad):
        if message := check(block):
            return [message]
    _count_windows(block, recount)
    _count_pieces(block, recount)
    message = _wrong_ends(block)
    return [message] if message else []


def _wrong_parts(block: Block) -> str | None:
    frame, windows = block.frame, block.first + np.arange(len(block))
    if frame.only_part is not None:
        wrong = block.part != frame.only_part
    else:
        expected = np.isin(windows, np.fromiter(frame.settlement, np.int64, len(frame.settlement)))
        shared = block.part == SETTLEMENT
        wrong = (shared != expected) | (~shared & (block.part >= len(frame.paths)))
    if not wrong.any():
        return None
    row = int(np.flatnonzero(wrong)[0])
    if frame.only_part is not None:
        wanted = frame.paths[frame.only_part]
    else:
        wanted = "a settlement window" if int(windows[row]) in frame.settlement else "a part of the manifest"
    return f"window {windows[row]:,}: part: expected {wanted}, got {frame.name_of_part(int(block.part[row]))}"


def _wrong_lengths(block: Block) -> str | None:
    wrong = (block.length < 1) | (block.length > block.frame.seq_len)
    if not wrong.any():
        return None
    row = int(np.flatnonzero(wrong)[0])
    return f"window {block.first + row:,}: length: expected 1 to {block.frame.seq_len:,}, got {block.length[row]:,}"


def _wrong_ids(block: Block) -> str | None:
    limit, ids = block.frame.vocab_size, block.tokens.view(np.uint32)  # a negative id is a large one
    if ids.max() < limit:
        return None
    row, token = (int(found[0]) for found in np.nonzero(ids >= limit))
    got = int(block.tokens[row, token])
    return f"window {block.first + row:,}, token {token:,}: expected an id below {limit:,}, got {got:,}"


def _wrong_pad(block: Block) -> str | None:
    pad = block.frame.pad_id
    for row in np.flatnonzero(block.length < block.frame.seq_len).tolist():
        start = int(block.length[row])
        wrong = np.flatnonzero(block.tokens[row, start:] != pad)
        if len(wrong):
            token = start + int(wrong[0])
            got = int(block.tokens[row, token])
            return f"window {block.first + row:,}, token {token:,}: expected pad {pad:,}, got {got:,}"
    return None


def _wrong_pieces(block: Block) -> str | None:
    for row, window in block.settlement():
        planned, got = sum(piece.tokens for piece in window.pieces), int(block.length[row])
        if planned != got:
            return f"window {window.window:,}: length: expected {planned:,} by its pieces, got {got:,}"
    return None


def _wrong_ends(block: Block) -> str | None:
    expected = block.eos.copy()
    _set_bits(expected, np.arange(len(block)), block.length - 1)
    for row, window in block.settlement():
        borders = np.cumsum([piece.tokens for piece in window.pieces], dtype=np.int64)
        _set_bits(expected, np.full(len(borders), row), borders - 1)
    if block.frame.continued:
        expected |= block.windows["ends"] & block.inside
    if np.array_equal(expected, block.windows["ends"]):
        return None
    row = int(np.flatnonzero((expected != block.windows["ends"]).any(axis=1))[0])
    wanted, got = (np.unpackbits(bits, bitorder="little") for bits in (expected[row], block.windows["ends"][row]))
    token = int(np.flatnonzero(wanted != got)[0])
    return f"window {block.first + row:,}, token {token:,}: bit of ends: expected {wanted[token]}, got {got[token]}"


def _set_bits(bits: Bits, rows: Int64s, tokens: Int64s) -> None:
    np.bitwise_or.at(bits, (rows, tokens >> 3), np.left_shift(1, tokens & 7).astype(np.uint8))


def _count_windows(block: Block, recount: Recount) -> None:
    """Count the windows of one part each, and the whole."""
    alone, kinds = block.part != SETTLEMENT, len(block.frame.paths)
    part = block.part[alone].astype(np.int64)
    columns = {
        "windows": np.ones(len(block), np.int64),
        "tokens": block.length,
        "pad_tokens": block.frame.seq_len - block.length,
        "eos_tokens": np.bitwise_count(block.eos).sum(axis=1, dtype=np.int64),
        "bos_tokens": np.bitwise_count(block.bos).sum(axis=1, dtype=np.int64),
    }
    for name, values in columns.items():
        sums = np.zeros(kinds, np.int64)
        np.add.at(sums, part, values[alone])
        for index in np.flatnonzero(sums).tolist():
            counts = recount.part(block.frame.paths[index])
            setattr(counts, name, getattr(counts, name) + int(sums[index]))
    recount.windows += len(block)


def _count_pieces(block: Block, recount: Recount) -> None:
    """Count the pieces of settlement windows."""
    for row, window in block.settlement():
        recount.settlement_windows += 1
        eos, bos = (np.unpackbits(bits[row], bitorder="little") for bits in (block.eos, block.bos))
        start = 0
        for piece in window.pieces:
            counts, stop = recount.part(block.frame.paths[piece.part]), start + piece.tokens
            counts.tokens += piece.tokens
            counts.eos_tokens += int(eos[start:stop].sum())
            counts.bos_tokens += int(bos[start:stop].sum())
            start = stop
