"""JSON lines: what is a document, what is a fault, and where each lies."""

import json
from pathlib import Path

import pytest

from ixigen_data.core.errors import SourceError
from ixigen_data.sources.faults import Faults
from ixigen_data.sources.files import list_files
from ixigen_data.sources.read import read_documents
from ixigen_data.sources.settings import SourceSettings
from ixigen_data.sources.spans import plan_spans
from tests.unit.sources.conftest import Reading, Writing

GOOD = b'{"text": "\xea\xb0\x80"}'


def test_documents_keep_order_ids_and_offsets(source: Writing, reading: Reading) -> None:
    path = source(
        "a.jsonl", [{"text": "하나", "id": "x"}, {"text": "two\n", "id": 7}, {"id": None, "text": "세 \U0001f600"}]
    )
    rows, faults = reading(SourceSettings(path=str(path), id="id"))
    second = len('{"text": "하나", "id": "x"}\n'.encode())
    third = second + len(b'{"text": "two\\n", "id": 7}\n')
    assert rows == [("x", "하나", 0, 0), ("7", "two\n", 0, second), (f"a.jsonl@{third}", "세 \U0001f600", 0, third)]
    assert faults.count == 0


def test_default_id_is_the_files_name_and_the_lines_offset(source: Writing, reading: Reading) -> None:
    path = source("deep/b.jsonl", GOOD + b"\n" + GOOD)
    rows, _ = reading(SourceSettings(path=str(path)))
    assert [row[0] for row in rows] == ["b.jsonl@0", "b.jsonl@16"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"text": "cut', "json_broken"),
        (b"{}}", "json_broken"),
        (b'{"text": "a"} {"text": "b"}', "json_broken"),
        (b'{"text": "a",}', "json_broken"),
        (b'{"text": "tab\t"}', "json_broken"),
        (b'{"text": "a", "n": 01}', "json_broken"),
        (b'{"text": "a", "n": NaN}', "json_broken"),
        (b'{"text": "a" "n": 1}', "json_broken"),
        (b'{"text": "\\x"}', "json_broken"),
        (b'["text"]', "json_broken"),
        (b'"text"', "json_broken"),
        (b"5", "json_broken"),
        (b"null", "json_broken"),
        (b'{"body": "a"}', "text_missing"),
        (b'{"text": null}', "text_missing"),
        (b'{"inner": {"text": "a"}}', "text_missing"),
        (b'{"text": 5}', "text_not_string"),
        (b'{"text": ["a"]}', "text_not_string"),
        (b'{"text": {"text": "a"}}', "text_not_string"),
        (b'{"text": "\\ud800"}', "lone_surrogate"),
        (b'{"text": "a", "other": "\\udc00"}', "lone_surrogate"),
        (b'{"text": "\xff\xff"}', "encoding_unknown"),
    ],
)
def test_a_bad_line_is_one_fault_with_its_place(source: Writing, reading: Reading, line: bytes, reason: str) -> None:
    path = source("c.jsonl", GOOD + b"\n" + line + b"\n" + GOOD + b"\n")
    rows, faults = reading(SourceSettings(path=str(path)))
    assert [row[1] for row in rows] == ["가", "가"]
    assert rows[1][3] == 16 + len(line) + 1
    assert faults.reasons == {reason: 1}
    assert (faults.kept[0].line, faults.kept[0].offset, faults.kept[0].source_file) == (2, 16, str(path))


def test_faults_hold_no_text_that_was_found(source: Writing, reading: Reading) -> None:
    path = source("c.jsonl", b'{"text": "secret \xff"}\n{"secret": 1}\n{"text": secret}\n')
    _, faults = reading(SourceSettings(path=str(path)))
    assert faults.count == 3
    assert all("secret" not in fault.detail for fault in faults.kept)


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_ends_blank_lines_and_byte_order_marks(
    source: Writing, reading: Reading, ending: bytes, last: bool, mark: bytes
) -> None:
    data = mark + ending.join([GOOD, b"", b"  \t", GOOD]) + (ending if last else b"")
    rows, faults = reading(SourceSettings(path=str(source("d.jsonl", data))))
    assert [row[1] for row in rows] == ["가", "가"]
    assert faults.count == 0


def test_cp949_lines_stand_among_utf8_lines(source: Writing, reading: Reading) -> None:
    korean = '{"text": "먹었엌ㅋㅋ 한글"}'.encode("cp949")
    rows, faults = reading(SourceSettings(path=str(source("e.jsonl", GOOD + b"\n" + korean + b"\n" + GOOD))))
    assert [row[1] for row in rows] == ["가", "먹었엌ㅋㅋ 한글", "가"]
    assert faults.count == 0


def test_an_encoding_that_is_named_is_the_only_one(source: Writing, reading: Reading) -> None:
    path = source("e.jsonl", GOOD + b"\n" + '{"text": "한"}'.encode("cp949"))
    rows, faults = reading(SourceSettings(path=str(path), encoding="utf-8"))
    assert ([row[1] for row in rows], faults.reasons) == (["가"], {"encoding_unknown": 1})
    rows, _ = reading(SourceSettings(path=str(path), encoding="cp949"))
    assert rows[-1][1] == "한"


def test_the_last_of_equal_keys_counts(source: Writing, reading: Reading) -> None:
    path = source("f.jsonl", b'{"text": "a", "text": "b"}\n{"t\\u0065xt": "c", "text": "d"}\n')
    rows, _ = reading(SourceSettings(path=str(path)))
    assert [row[1] for row in rows] == ["b", "d"]


def test_keys_may_be_paths_unless_a_key_has_that_name(source: Writing, reading: Reading) -> None:
    inner = {"body": "inner", "n": 1}
    records = [{"meta": inner}, {"meta.body": "outer", "meta": {"body": "inner"}}, {"meta": "no object"}]
    path = source("g.jsonl", records)
    rows, faults = reading(SourceSettings(path=str(path), text="meta.body", id="meta.n"))
    assert [row[:2] for row in rows] == [("1", "inner"), (f"g.jsonl@{rows[1][3]}", "outer")]
    assert faults.reasons == {"text_missing": 1}


def test_metadata_is_one_object_in_the_recipes_order(source: Writing) -> None:
    path = source("h.jsonl", [{"text": "a", "b": [1, {"c": "가"}], "a": None}, {"text": "b", "a": 1.5}])
    settings = SourceSettings(path=str(path), metadata=("b", "a"))
    (spans,) = plan_spans(list_files("calls", settings), settings)
    (batch,) = read_documents(settings, spans, Faults())
    assert batch.metadata is not None
    assert batch.metadata.to_pylist() == ['{"b":[1,{"c":"가"}]}', '{"a":1.5}']


def test_strict_stops_at_the_first_fault_with_its_line(source: Writing, reading: Reading) -> None:
    path = source("i.jsonl", GOOD + b"\n{\n")
    with pytest.raises(SourceError, match=r"i\.jsonl, line 2: json_broken \(.* at character 1\); leave out --strict"):
        reading(SourceSettings(path=str(path)), strict=True)


def test_line_numbers_are_the_files_whatever_the_span(source: Writing, reading: Reading) -> None:
    lines = [GOOD] * 400
    for bad in (3, 250, 399):
        lines[bad] = b"{"
    path = source("j.jsonl", b"\n".join(lines))
    _, faults = reading(SourceSettings(path=str(path)), task_bytes=700, batch_bytes=64)
    assert [fault.line for fault in faults.kept] == [4, 251, 400]


def test_counts_stay_exact_beyond_the_examples_kept(source: Writing) -> None:
    path = source("k.jsonl", b"{\n" * 50)
    settings = SourceSettings(path=str(path))
    faults = Faults(keep=3)
    (spans,) = plan_spans(list_files("calls", settings), settings)
    assert list(read_documents(settings, spans, faults)) == []
    assert (faults.count, len(faults.kept)) == (50, 3)


def test_a_file_without_lines_gives_nothing(source: Writing, reading: Reading, tmp_path: Path) -> None:
    source("a.jsonl", b"\n\n")
    source("b.jsonl", b"")
    rows, faults = reading(SourceSettings(path=str(tmp_path / "*.jsonl")))
    assert (rows, faults.count) == ([], 0)


def test_real_reviews_come_out_as_the_json_parser_reads_them(corpora: Path, tmp_path: Path, reading: Reading) -> None:
    import zstandard

    with (corpora / "ko_general" / "nsmc_reviews.jsonl.zst").open("rb") as stream:
        data = zstandard.ZstdDecompressor().stream_reader(stream).read(2**20)
    data = data[: data.rindex(b"\n") + 1]
    path = tmp_path / "reviews.jsonl"
    path.write_bytes(data)
    rows, faults = reading(SourceSettings(path=str(path), id="id"), batch_bytes=100_000)
    expected = [json.loads(line) for line in data.splitlines()]
    assert [row[:2] for row in rows] == [(record["id"], record["text"]) for record in expected]
    assert faults.count == 0


def test_ids_may_be_hostile_or_stand_twice(source: Writing, reading: Reading) -> None:
    ids = ["../../etc/passwd", "<script>alert(1)</script>", "a\nb\0", "twice", "twice", ""]
    path = source("a.jsonl", [{"id": identity, "text": "글"} for identity in ids])
    rows, faults = reading(SourceSettings(path=str(path), id="id"))
    assert [row[0] for row in rows] == ids
    assert len({row[3] for row in rows}) == len(ids), "their places tell them apart"
    assert faults.count == 0
