"""Wrong windows under right digests: only counting finds them."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from ixigen_data.core.errors import ShardError
from ixigen_data.shards.manifest import SETTLEMENT, Piece, SettlementWindow
from ixigen_data.verify.findings import Recount
from ixigen_data.verify.frame import Frame
from ixigen_data.verify.mds import window_dtype
from ixigen_data.verify.recount import Block, recount_block
from tests.dataset import BOS, EOS, PATHS, VOCABULARY, rows_of, windows_of
from tests.unit.verify.conftest import Copy

Shard = npt.NDArray[np.void]


def put(column: str, window: int, value: int, token: int | None = None) -> Callable[[Shard], None]:
    """Return a change of one value."""

    def change(shard: Shard) -> None:
        if token is None:
            shard[column][window] = value
        else:
            shard[column][window, token] = value

    return change


def flip_end(window: int, token: int) -> Callable[[Shard], None]:
    def change(shard: Shard) -> None:
        shard["ends"][window, token // 8] ^= 1 << token % 8

    return change


@pytest.mark.parametrize(
    ("number", "change", "message"),
    [
        (1, put("part", 0, 2), r"tokens by part: expected \{'telco'"),
        (0, put("part", 2, 0), "window 2: part: expected a settlement window, got telco"),
        (1, put("part", 1, SETTLEMENT), "window 6: part: expected a part of the manifest, got a settlement window"),
        (1, put("part", 1, 3), "window 6: part: expected a part of the manifest, got part 3, of 3"),
        (2, put("length", 4, 33), "window 14: length: expected 1 to 32, got 33"),
        (2, put("length", 4, 0), "window 14: length: expected 1 to 32, got 0"),
        (0, put("length", 2, 31), "window 2: length: expected 32 by its pieces, got 31"),
        (0, put("tokens", 0, VOCABULARY, 5), "window 0, token 5: expected an id below 100, got 100"),
        (0, put("tokens", 0, -1, 5), "window 0, token 5: expected an id below 100, got -1"),
        (1, flip_end(3, 30), r"window 8, token 30: bit of ends: expected \d, got \d"),
        (3, flip_end(0, 31), "window 15, token 31: bit of ends: expected 1, got 0"),
        (1, flip_end(3, 2), "window 8, token 2: bit of ends: expected 1, got 0"),  # where a piece ends, not a document
    ],
)
def test_a_wrong_window_is_named(number: int, change: Callable[[Shard], None], message: str, copy: Copy) -> None:
    copy.forge_shard(number, change)
    with pytest.raises(ShardError, match=rf"^shard\.0000{number}\.mds: {message}"):
        copy.verify().raise_if_wrong()


def test_parts_exchanged_between_shards_are_found_though_every_total_comes_out(copy: Copy) -> None:
    copy.forge_shard(0, put("part", 0, 1))
    copy.forge_shard(2, put("part", 3, 0))  # of the second part before
    with pytest.raises(ShardError, match=r"^shard\.00000\.mds: tokens by part: expected"):
        copy.verify().raise_if_wrong()


def test_parts_exchanged_within_a_shard_are_found_by_the_lineage(copy: Copy) -> None:
    def exchange(shard: Shard) -> None:
        shard["part"][[0, 1]] = shard["part"][[1, 0]]

    copy.forge_shard(0, exchange)
    with pytest.raises(
        ShardError, match=r"^lineage/00000\.parquet: row 0, window 0: part: expected replay/ko, got tel"
    ):
        copy.verify().raise_if_wrong()


def test_an_end_of_document_that_is_moved_with_its_bit_is_found_by_the_lineage(copy: Copy) -> None:
    def move(shard: Shard) -> None:
        window, token = (int(found[0]) for found in np.nonzero(shard["tokens"][:, 1:] == EOS))
        shard["tokens"][window, token : token + 2] = [EOS, 5]
        for moved in (token, token + 1):
            shard["ends"][window, moved // 8] ^= 1 << moved % 8

    copy.forge_shard(3, move)
    with pytest.raises(ShardError, match=r"^lineage/00003\.parquet: row \d+, window \d+: last token, counted from"):
        copy.verify().raise_if_wrong()


def twin(block: Block) -> Recount:
    """Return the recount of sound windows, token by token."""
    recount = Recount(windows=len(block))
    for row, window in enumerate(block.windows):
        shared = int(window["part"]) == SETTLEMENT
        pieces = block.frame.settlement[block.first + row].pieces if shared else ()
        owners = [piece.part for piece in pieces for _ in range(piece.tokens)] or [int(window["part"])] * 10**4
        recount.settlement_windows += shared
        if not shared:
            recount.part(PATHS[int(window["part"])]).windows += 1
            recount.part(PATHS[int(window["part"])]).pad_tokens += block.frame.seq_len - int(window["length"])
        for token, owner in zip(window["tokens"][: int(window["length"])].tolist(), owners, strict=False):
            counts = recount.part(PATHS[owner])
            counts.tokens += 1
            counts.eos_tokens += token == EOS
            counts.bos_tokens += token == BOS
    return recount


@pytest.mark.parametrize("seq_len", [8, 32, 40, 128])
def test_the_recount_agrees_with_counting_token_by_token(seq_len: int) -> None:
    rows, settlement = rows_of(seq_len)
    for row in rows:
        if row.part == 2:
            del row.tokens[-3:], row.owners[-3:]  # pad
    made = windows_of(rows, seq_len)
    windows = np.zeros(len(rows), window_dtype(seq_len))
    for name in windows.dtype.names or ():
        windows[name] = getattr(made, name)
    frame = Frame(seq_len, VOCABULARY, EOS, BOS, EOS, PATHS, {window.window: window for window in settlement})
    block, recount = Block(windows, 0, frame), Recount()
    assert recount_block(block, recount) == []
    assert recount == twin(block)


def test_pad_must_be_pad() -> None:
    windows = np.zeros(1, window_dtype(8))
    windows["length"], windows["ends"] = 5, 0b11111
    windows["tokens"][0, 6] = 9
    frame = Frame(8, VOCABULARY, EOS, None, EOS, PATHS, {})
    assert recount_block(Block(windows, 0, frame), Recount()) == ["window 0, token 6: expected pad 0, got 9"]


def test_a_hold_out_holds_one_part_only() -> None:
    windows = np.zeros(2, window_dtype(8))
    windows["part"] = [1, 0]
    settlement = {1: SettlementWindow(window=1, owner=0, pieces=(Piece(part=0, tokens=8),))}
    frame = Frame(8, VOCABULARY, EOS, None, EOS, PATHS, settlement, only_part=1)
    message = "window 1: part: expected replay/ko, got telco"
    assert recount_block(Block(windows, 0, frame), Recount()) == [message]


def test_a_piece_may_end_without_a_separator_only_where_an_earlier_dataset_took_the_rest() -> None:
    windows = np.zeros(1, window_dtype(8))
    windows["tokens"], windows["length"], windows["ends"] = [5, 6, 7, 5, 6, EOS, EOS, EOS], 6, 0b100100
    frame = Frame(8, VOCABULARY, EOS, None, EOS, PATHS, {})
    wrong = ["window 0, token 2: bit of ends: expected 0, got 1"]
    assert recount_block(Block(windows, 0, frame), Recount()) == wrong
    continued = replace(frame, continued=True)
    assert recount_block(Block(windows, 0, continued), Recount()) == []
    windows["ends"] = 0b1100100
    wrong = ["window 0, token 6: bit of ends: expected 0, got 1"]
    assert recount_block(Block(windows, 0, continued), Recount()) == wrong
    windows["ends"] = 0b000100
    wrong = ["window 0, token 5: bit of ends: expected 1, got 0"]
    assert recount_block(Block(windows, 0, continued), Recount()) == wrong
