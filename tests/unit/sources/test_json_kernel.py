"""The kernel against its plain twin, and why cp949 needs no care of its own."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ixigen_data.sources.json_kernel import find_parts


def twin(data: bytes, deepest: int) -> list[int]:
    """Every place that the kernel would tell in one call after the other."""
    found, depth, in_string, escaped = [], 0, False, False
    for place, byte in enumerate(data):
        if in_string:
            if escaped:
                escaped = False
            else:
                escaped, in_string = byte == ord("\\"), byte != ord('"')
        elif byte == ord('"'):
            in_string = True
        elif byte in b"[]{},:":
            depth += byte in b"[{"
            if depth <= deepest:
                found.append(place)
            depth -= byte in b"]}"
    return found


def by_kernel(blocks: list[bytes], deepest: int, most: int) -> tuple[list[int], list[int]]:
    """What the kernel tells, and the last mark of every call."""
    state, marks = np.zeros(3, np.int64), np.zeros(most, np.int64)
    found: list[int] = []
    ends: list[int] = []
    at = 0
    for block in blocks:
        place = 0
        while place < len(block):
            count, place = find_parts(np.frombuffer(block, np.uint8), place, deepest, state, marks)
            found += (at + marks[:count]).tolist()
            ends += found[-1:] if count else []
        at += len(block)
    return found, ends


@given(
    st.lists(st.binary(max_size=20) | st.text('[]{},:"\\ a한', max_size=20).map(str.encode), max_size=5),
    st.integers(0, 4),
    st.integers(1, 5),
)
@settings(deadline=None)
def test_the_kernel_and_its_twin_agree(blocks: list[bytes], deepest: int, most: int) -> None:
    data = b"".join(blocks)
    found, ends = by_kernel(blocks, deepest, most)
    assert found == twin(data, deepest)
    # It stops behind whatever is no comma, so that its caller may look deeper or less deep from there.
    assert [place for place in found if data[place] != ord(",")] == [e for e in ends if data[e] != ord(",")]


def test_what_is_in_strings_is_passed_over() -> None:
    data = json.dumps({"a]": ['}"\\', {"b": 1}], "c": "\\\\"}).encode()
    assert [chr(data[place]) for place in by_kernel([data], 1, 9)[0]] == ["{", ":", ",", ":", "}"]


@pytest.mark.parametrize("start", range(0x80, 0x11_0000, 0x4_0000))
def test_no_character_of_cp949_holds_a_byte_that_means_something_to_json(start: int) -> None:
    encoded = "".join(map(chr, range(start, min(start + 0x4_0000, 0x11_0000)))).encode("cp949", "ignore")
    assert not set(encoded) & set(b'[]{},:"\\')
