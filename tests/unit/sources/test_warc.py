"""Web archives, and what is wrong with them."""

import gzip
import io
import zlib

import pytest

from ixigen_data.sources.faults import Faults
from ixigen_data.sources.settings import SourceSettings
from tests.unit.sources.conftest import Reading, Writing

BODY = "요금제 변경은 매월 한 번만 할 수 있으며, 변경한 날부터 새 요금이 적용됩니다."
PAGE = f"<html><body><p>{BODY}</p></body></html>"


def record(kind: str, payload: bytes, **headers: str) -> bytes:
    number = headers.pop("number", "1")
    named = {"WARC-Type": kind, "WARC-Target-URI": f"http://example.kr/{number}", "WARC-Date": "2024-01-01T00:00:00Z"}
    named |= {"WARC-Record-ID": f"<urn:uuid:{number}>"} | {
        key.replace("_", "-"): value for key, value in headers.items()
    }
    head = "".join(f"{key}: {value}\r\n" for key, value in named.items())
    return f"WARC/1.0\r\n{head}Content-Length: {len(payload)}\r\n\r\n".encode() + payload + b"\r\n\r\n"


def response(body: bytes, kind: str = "text/html", number: str = "1", more: str = "") -> bytes:
    http = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n{more}\r\n".encode() + body
    return record("response", http, number=number, Content_Type="application/http; msgtype=response")


def chunked(body: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (body[:50], body[50:], b""))


INFO = record("warcinfo", b"software: test\r\n", Content_Type="application/warc-fields")
RECORDS = [
    INFO,
    record("request", b"GET / HTTP/1.1\r\n\r\n", Content_Type="application/http; msgtype=request"),
    response(PAGE.encode(), number="a"),
    response(PAGE.encode("cp949"), "text/html; charset=EUC-KR", number="b"),
    response(gzip.compress(PAGE.encode()), number="c", more="Content-Encoding: gzip\r\n"),
    response(chunked(PAGE.encode()), number="d", more="Transfer-Encoding: chunked\r\n"),
    response(b"\x89PNG", "image/png", number="e"),
    record("conversion", "변환한 글".encode(), number="f", Content_Type="text/plain"),
    response(PAGE.encode(), "", number="g"),
    record("response", b"dns", number="h", WARC_Target_URI="dns:example.kr"),
    record("metadata", b"fetchTimeMs: 1\r\n", Content_Type="application/warc-fields"),
]
TEXTS = [BODY] * 4 + ["변환한 글", BODY]


@pytest.mark.parametrize("name", ["a.warc", "a.warc.gz", "b.warc.zst"])
def test_pages_and_conversions_are_documents(source: Writing, reading: Reading, name: str) -> None:
    import zstandard

    pack = {"gz": gzip.compress, "zst": zstandard.compress}.get(name.rpartition(".")[2], bytes)
    path = source(name, b"".join(map(pack, RECORDS)))
    rows, faults = reading(SourceSettings(path=str(path)))
    assert [row[1] for row in rows] == TEXTS
    assert faults.count == 0
    plain = b"".join(RECORDS)
    assert all(plain[row[3] :].startswith(b"WARC/1.0") for row in rows)
    assert rows[0][0] == f"{name}@{rows[0][3]}"


def test_keys_of_a_record(source: Writing) -> None:
    from ixigen_data.sources.files import list_files
    from ixigen_data.sources.read import read_documents
    from ixigen_data.sources.spans import plan_spans

    path = source("a.warc", b"".join(RECORDS))
    settings = SourceSettings(path=str(path), format="warc", id="url", metadata=("date", "id"))
    (spans,) = plan_spans(list_files("web", settings), settings)
    (batch,) = read_documents(settings, spans, Faults())
    assert batch.id.to_pylist() == [f"http://example.kr/{letter}" for letter in "abcdfg"]
    assert batch.metadata is not None
    assert batch.metadata[0].as_py() == '{"date":"2024-01-01T00:00:00Z","id":"<urn:uuid:a>"}'
    with pytest.raises(ValueError, match="'title' is no key of a WARC record; use id, url, date"):
        SourceSettings(path="a", format="warc", metadata=("title",))


def test_records_that_cannot_be_used_cost_themselves(source: Writing, reading: Reading) -> None:
    records = [
        response(b"\xff\xff\xfe", number="a"),
        record("response", b"\r\n", number="b"),
        record("response", b"", number="c"),
        response(gzip.compress(PAGE.encode())[:-20], number="d", more="Content-Encoding: gzip\r\n"),
        record("conversion", b"\xff\xff", number="e", Content_Type="text/plain"),
        response(b"x" * (8 * 2**20 + 1), number="f"),
        response(PAGE.encode(), number="g"),
    ]
    path = source("a.warc", b"".join(records))
    rows, faults = reading(SourceSettings(path=str(path)))
    assert [row[1] for row in rows][-1] == BODY
    found = {fault.reason for fault in faults.kept}
    assert found == {"encoding_unknown", "record_broken", "document_too_long"}
    offsets = [sum(map(len, records[:number])) for number in range(len(records))]
    assert all(fault.offset in offsets for fault in faults.kept)


def damaged() -> list[tuple[bytes, str]]:
    plain = b"".join(RECORDS)
    packed = b"".join(map(gzip.compress, RECORDS))
    third = sum(map(len, RECORDS[:3]))
    return [
        (plain[: third - 30], "file_truncated"),
        (packed[:-200], "file_truncated"),
        (plain.replace(b"Content-Length: ", b"Content-Length: 1", 1), "file_broken"),
        (plain[:third] + b"no record\r\n" * 9 + plain[third:], "file_broken"),
        (b"no warc\r\n" * 100, "file_broken"),
        (b"", "file_broken"),
    ]


@pytest.mark.parametrize(("data", "reason"), damaged())
def test_a_damaged_archive_is_one_fault(source: Writing, reading: Reading, data: bytes, reason: str) -> None:
    name = "a.warc.gz" if data.startswith(b"\x1f\x8b") else "a.warc"
    path, good = source(name, data), source("b.txt", b"other")
    rows, faults = reading(SourceSettings(path=(str(path), str(good))))
    assert rows[-1][1] == "other"
    assert [row[1] for row in rows[:-1]] == TEXTS[: len(rows) - 1]
    assert faults.count == 1
    assert faults.kept[0].reason == reason


def test_a_gzip_bomb_in_a_response_is_cut_off(source: Writing, reading: Reading) -> None:
    bomb = io.BytesIO()
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    for _ in range(200):
        bomb.write(packer.compress(bytes(2**20)))
    bomb.write(packer.flush())
    path = source("a.warc", response(bomb.getvalue(), more="Content-Encoding: gzip\r\n") + response(PAGE.encode()))
    rows, faults = reading(SourceSettings(path=str(path)))
    assert ([row[1] for row in rows], faults.reasons) == ([BODY], {"document_too_long": 1})
