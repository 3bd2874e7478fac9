"""Files taken apart: the same items wherever a block ends, and whatever is wrong stays where it is."""

import json
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ixigen_data.sources.faults import Problem
from ixigen_data.sources.json_items import Item, JsonFile, Path

SCALARS = st.none() | st.booleans() | st.integers() | st.text('[]{},:"\\ \n한ㅋ🎉', max_size=6)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=12,
)


def taken(data: bytes, *lists: Path, size: int = 7, limit: int = 2**20) -> list[Item]:
    blocks = (data[at : at + size] for at in range(0, len(data), size))
    return list(JsonFile(lists, "auto", limit).items(blocks))


def lists_in(value: object, wanted: Path) -> Iterable[object]:
    for key in wanted:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, list) else []


@given(VALUES, st.sampled_from([(), ("a",), ("a", "b")]), st.integers(1, 40), st.sampled_from([None, 1]))
@settings(deadline=None)
def test_items_are_those_of_a_parser(value: object, wanted: Path, size: int, indent: int | None) -> None:
    data = json.dumps(value, ensure_ascii=False, indent=indent).encode()
    *items, rest = taken(data, wanted, size=size)
    assert [json.loads(item.data) for item in items] == list(lists_in(value, wanted))
    assert all(item.path == wanted and data[item.offset :].startswith(item.data.strip()) for item in items)
    assert rest.path is None
    assert rest.problem is None
    emptied = json.loads(rest.data)
    assert lists_in(emptied, wanted) == []
    if not items:
        assert emptied == value


@given(st.binary(max_size=60) | st.text('[]{},:"\\ a1', max_size=60).map(str.encode), st.integers(2, 9))
@settings(deadline=None)
def test_any_bytes_end_in_a_rest_or_a_problem(data: bytes, size: int) -> None:
    items = taken(data, ("a",), size=size)
    assert [item.path for item in items].count(None) == bool(data)
    assert not items or items[-1].path is None
    assert str(taken(data, ("a",), size=1000)) == str(items)


def test_what_stands_before_a_list_is_known_while_it_is_read() -> None:
    file = JsonFile([("a", "b")], "auto")
    data = '{"m": {"t": "제목"}, "a": {"x": 1, "b": [1, 2], "y": 3}}'.encode("cp949")
    heads = [file.head for item in file.items([data]) if item.path is not None]
    assert heads == [{"m": {"t": "제목"}, "a": {"x": 1, "b": []}}] * 2


def test_one_broken_item_is_an_item() -> None:
    items = taken(b'{"a": [{"t": 1}, {"t": NaN}, {"t" 3}, , 5]}', ("a",))
    assert [item.data.strip() for item in items[:-1]] == [b'{"t": 1}', b'{"t": NaN}', b'{"t" 3}', b"", b"5"]


def problems(items: Iterable[Item]) -> list[tuple[str, str, int]]:
    return [(item.problem.reason, item.problem.detail, item.offset) for item in items if item.problem is not None]


@pytest.mark.parametrize(
    ("data", "reason", "detail", "offset"),
    [
        (b'{"a": [1, {"t"', "file_truncated", "it ends inside the item that begins at byte 9, after 14 bytes", 9),
        (b'{"m": {"a": 1', "file_truncated", "it ends inside an open bracket", 4),
        (b'"open', "file_truncated", "it ends inside an open bracket", 0),
        (b'{"a": 1}\n{"a": 2}', "json_broken", "a second value begins at byte 9; where every line is a record", 9),
        (b"]", "json_broken", "']' closes nothing, at byte 0", 0),
        (b'{"a": [1}', "json_broken", "'}' closes nothing, at byte 7", 7),
        (b'{"m": 1]', "json_broken", "']' closes nothing, at byte 7", 7),
        (b'{"a":"x"}'.decode().encode("utf-16"), "encoding_unknown", "UTF-16; save it as UTF-8", 0),
        (b'{"m": "' + b"x" * 200 + b'"}', "document_too_long", "more than 100 B outside its lists; split the file", 4),
    ],
)
def test_what_is_wrong_with_a_file(data: bytes, reason: str, detail: str, offset: int) -> None:
    (found,) = problems(taken(data, ("a",), limit=100))
    assert found[0] == reason
    assert found[1].startswith(detail)
    assert found[2] == offset


def test_an_item_that_is_too_long_is_passed_over() -> None:
    data = b'[1, "' + b"x" * 500 + b'", [' + b"[" * 300 + b"]" * 300 + b"], 2]"
    items = taken(data, (), limit=100)
    assert [item.data.strip() for item in items if item.problem is None] == [b"1", b"2", b"[]"]
    told = ("document_too_long", "more than 100 B; split the item")
    assert [found[:2] for found in problems(items)] == [told, told]
    assert [data[offset : offset + 3].strip() for _, _, offset in problems(items)] == [b'"x', b"[["]


def test_a_stream_that_is_cut_gives_its_items_first() -> None:
    def blocks() -> Iterable[bytes]:
        yield b'{"a": [1, 2, '
        raise Problem("file_truncated", "cut")

    items = list(JsonFile([("a",)], "auto").items(blocks()))
    assert [item.data.strip() for item in items[:-1]] == [b"1", b"2"]
    assert problems(items) == [("file_truncated", "cut", 12)]
