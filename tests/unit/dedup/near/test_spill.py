"""What is sorted into parts on the disk comes back part by part, in order."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ixigen_data.dedup.near import spill
from ixigen_data.dedup.near.spill import Spill, scratch_array

RECORD = np.dtype([("value", "<u4"), ("part", "u1")])


@given(st.lists(st.lists(st.integers(0, 4))))
@settings(deadline=None)
def test_parts_hold_what_was_added_to_them(blocks: list[list[int]]) -> None:
    values = iter(range(10_000))
    plain: list[list[int]] = [[] for _ in range(5)]
    with Spill(RECORD, 5, "") as found:
        for parts in blocks:
            records = np.array([(next(values), part) for part in parts], RECORD)
            found.add(records, np.array(parts, np.int64))
            for value, part in records.tolist():
                plain[part].append(value)
        found.add_to(3, np.array([(77, 3)], RECORD))
        plain[3].append(77)
        assert [found.read(part)["value"].tolist() for part in range(5)] == plain
        assert len(found) == sum(map(len, plain))


def test_nothing_is_left_in_the_folder(tmp_path: Path) -> None:
    with Spill(RECORD, 1, str(tmp_path)) as found:
        found.add_to(0, np.zeros(1000, RECORD))
        assert not list(tmp_path.iterdir())
    assert not list(tmp_path.iterdir())


def test_a_large_array_lies_in_a_file_without_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spill, "_FILE_BACKED_BYTES", 100)
    found = scratch_array([40, 2], np.uint16, str(tmp_path))
    found[3] = 7
    assert isinstance(found, np.memmap)
    assert found.sum() == 14
    assert not list(tmp_path.iterdir())
    assert not isinstance(scratch_array([10, 2], np.uint16, str(tmp_path)), np.memmap)
