"""The kernels against their plain twins: a JSON parser for lines, Python's codec for UTF-8."""

import json

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ixigen_data.sources import jsonl_kernel as kernel
from ixigen_data.sources.jsonl import _copied, _scanned
from ixigen_data.sources.records import Keys

KEYS = Keys("text", "id", (), flat=True)
TEXT_ALONE = Keys("text", None, (), flat=True)


def accepted(line: bytes, keys: Keys) -> list[tuple[str, str | None]]:
    """What the kernel makes of one line: nothing where it refuses."""
    data = line + b"\n"
    lines, marks = _scanned(data, keys, True)
    assert len(lines) == 1
    if lines[0, kernel.STATUS] != kernel.ACCEPTED:
        return []
    text = _copied(data, marks, lines[:, kernel.TEXT])
    text.validate(full=True)
    identity = _copied(data, marks, lines[:, kernel.ID])[0].as_py() if keys.id else None
    return [(text[0].as_py(), identity)]


def parsed(line: bytes, keys: Keys) -> list[tuple[str, str | None]]:
    """What a JSON parser makes of it."""
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError:
        return []
    wanted = ["text", "id"] if keys.id else ["text"]
    if not isinstance(record, dict) or not all(isinstance(record.get(key), str) for key in wanted):
        return []
    return [(record["text"], record["id"] if keys.id else None)]


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
RECORDS = st.dictionaries(
    st.sampled_from(["text", "id", "a", "b\\", '"']) | st.text(max_size=3), VALUES | st.text(), max_size=6
)


@given(RECORDS, st.text(), st.booleans(), st.sampled_from([None, (" , ", "\t:\r ")]))
@settings(deadline=None)
def test_what_is_accepted_is_what_a_parser_reads(
    record: dict[str, object], text: str, escaped: bool, separators: tuple[str, str] | None
) -> None:
    line = json.dumps({**record, "text": text}, ensure_ascii=escaped, separators=separators).encode(
        errors="surrogatepass"
    )
    for keys in (KEYS, TEXT_ALONE):
        assert accepted(line, keys) in ([], parsed(line, keys))


DAMAGE = st.binary(max_size=2) | st.sampled_from([b'"', b"\\", b"{", b"}", b",", b":", b"[", b"]", b"0", b"\\u"])


@given(RECORDS, st.integers(0, 200), DAMAGE)
@settings(deadline=None)
def test_what_is_damaged_is_refused_or_read_alike(record: dict[str, object], at: int, damage: bytes) -> None:
    line = json.dumps({"text": "가\n", "id": "b", **record}, ensure_ascii=False).encode(errors="surrogatepass")
    line = (line[:at] + damage + line[at + 1 :]).replace(b"\n", b" ")
    for keys in (KEYS, TEXT_ALONE):
        assert accepted(line, keys) in ([], parsed(line, keys))


@pytest.mark.parametrize(
    "line",
    [
        '{"text": "가나다 \\n \\"q\\" \\\\ \\/ \\b\\f\\r\\t \\uAC00\\u00e9\\u0041\\u0000", "id": "x"}',
        '{"n": -0.5, "m": 123456789012345678, "text": "", "id": "\\\\", "deep": [[{"text": 5}], {}, [], true, null]}',
        '  {\t"id":"a","text":"b"}  \r',
        '{"id":"' + "y" * 5000 + '","text":"' + "가\\n" * 5000 + '"}',
        '{"id": "a", "text": "' + "😀é가a" * 1000 + '"}',
    ],
)
def test_common_lines_are_accepted(line: str) -> None:
    assert accepted(line.encode(), KEYS) == parsed(line.encode(), KEYS) != []


UNCERTAIN = [
    '{"text":"a"}',
    '{"text":5,"id":"a"}',
    '{"a":1e5,"text":"a","id":"b"}',
    "[" * 100,
    "{",
    '"',
    "\\",
    "-",
    "t",
]


@pytest.mark.parametrize("line", UNCERTAIN)
def test_the_uncertain_is_refused(line: str) -> None:
    assert accepted(line.encode(), KEYS) == []


WHOLE = [b'{"text":"a","id":"b"}', b'{"text":"\xea\xb0\x80","id":"c"}', b"", b" "]
BROKEN = [b"{", b'{"text":"\\', b'"', b'{"text":"\xff","id":"d"}']


@given(st.lists(st.sampled_from(WHOLE + BROKEN)))
@settings(deadline=None)
def test_lines_do_not_disturb_each_other(lines: list[bytes]) -> None:
    data = b"".join(line + b"\n" for line in lines)
    if not data:
        return
    rows, _ = _scanned(data, KEYS, True)
    statuses = [int(_scanned(line + b"\n", KEYS, True)[0][0, kernel.STATUS]) for line in lines]
    assert rows[:, kernel.STATUS].tolist() == statuses
    starts = np.cumsum([0, *(len(line) + 1 for line in lines)])[:-1]
    assert rows[:, kernel.START].tolist() == starts.tolist()


def is_utf8(data: bytes) -> bool:
    """What the reader asks of a block."""
    whole = kernel.continues_utf8(np.frombuffer(data, np.uint8))
    return bool(whole and kernel.continues_utf8(np.frombuffer(b"\n\n\n" + data[:3], np.uint8)))


EDGES = list(bytes.fromhex("00 7f 80 8f 90 9f a0 bf c0 c1 c2 df e0 e1 ec ed ee ef f0 f1 f3 f4 f5 ff"))


@given(st.lists(st.sampled_from(EDGES), max_size=6), st.sampled_from([0, 1, 2, 3, 4, 31, 4090, 4093, 4096, 8190]))
@settings(deadline=None)
def test_utf8_is_what_pythons_codec_takes(edges: list[int], before: int) -> None:
    data = b"a" * before + bytes(edges) + b"\n"
    try:
        data.decode()
        expected = True
    except UnicodeDecodeError:
        expected = False
    assert is_utf8(data) == expected


def test_every_code_point_is_utf8_and_no_surrogate_is() -> None:
    assert is_utf8("".join(chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000).encode() + b"\n")
    for code in range(0xD800, 0xE000, 37):
        assert not is_utf8(chr(code).encode(errors="surrogatepass") + b"\n")
