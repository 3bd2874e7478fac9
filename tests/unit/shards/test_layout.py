import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ixigen_data.core.errors import ShardError
from ixigen_data.packing.windows import Windows
from ixigen_data.shards.layout import Layout
from ixigen_data.shards.settings import ShardSettings

SEQ_LENS = st.integers(1, 512).map(lambda eighth: 8 * eighth)


def test_a_window_has_no_gaps_and_its_fields_stand_in_the_order_of_their_names() -> None:
    dtype = Layout(2048, ShardSettings()).dtype
    assert dtype.names == ("ends", "length", "part", "tokens")
    assert dtype.itemsize == 2048 // 8 + 4 + 2 + 4 * 2048
    assert [dtype.fields[name][1] for name in dtype.names] == [0, 256, 260, 262]


def test_the_head_counts_the_windows_says_where_each_begins_and_how_it_is_coded() -> None:
    layout = Layout(16, ShardSettings())
    head = layout.head(3)
    count, *offsets = np.frombuffer(head[: 4 * 5], "<u4").tolist()
    assert count == 3
    assert offsets == [len(head) + i * layout.dtype.itemsize for i in range(4)]
    assert json.loads(head[4 * 5 :]) == layout.config
    assert layout.shard_bytes(3) == len(head) + 3 * layout.dtype.itemsize


@given(seq_len=SEQ_LENS, windows=st.integers(1, 1000), extra=st.integers(0, 40))
def test_a_full_shard_fits_its_limit_and_one_more_window_would_not(seq_len: int, windows: int, extra: int) -> None:
    limit = Layout(seq_len, ShardSettings()).shard_bytes(windows) + extra
    layout = Layout(seq_len, ShardSettings(size_limit=limit))
    assert layout.shard_bytes(layout.windows_per_shard) <= limit < layout.shard_bytes(layout.windows_per_shard + 1)


@given(seq_len=SEQ_LENS)
def test_the_smallest_limit_holds_one_window_and_a_byte_less_none(seq_len: int) -> None:
    smallest = Layout(seq_len, ShardSettings()).smallest_size_limit
    assert Layout(seq_len, ShardSettings(size_limit=smallest)).windows_per_shard == 1
    with pytest.raises(ShardError, match=r"shards\.size_limit: .* bytes hold no window"):
        _ = Layout(seq_len, ShardSettings(size_limit=smallest - 1)).windows_per_shard


def test_a_limit_below_a_window_names_one_that_works() -> None:
    layout = Layout(4096, ShardSettings(size_limit=4096))
    message = r"shards\.size_limit: 4,096 bytes hold no window of 4,096 tokens; use 17,\d{3} or more"
    with pytest.raises(ShardError, match=message):
        _ = layout.windows_per_shard


@pytest.mark.parametrize("count", [1, 2, 63, 64, 65, 200])
def test_the_body_is_every_window_in_order(count: int) -> None:
    layout = Layout(4096, ShardSettings())  # 62 windows make a block
    generator = np.random.default_rng(count)
    windows = Windows(
        tokens=generator.integers(0, 2**31, (count, 4096), dtype=np.int32),
        ends=generator.integers(0, 256, (count, 512), dtype=np.uint8),
        length=generator.integers(1, 4097, count, dtype=np.uint32),
        part=generator.integers(0, 2**16, count, dtype=np.uint16),
    )
    body = np.frombuffer(b"".join(bytes(block) for block in layout.body(windows)), layout.dtype)
    for name in layout.columns:
        assert np.array_equal(body[name], getattr(windows, name)), name
