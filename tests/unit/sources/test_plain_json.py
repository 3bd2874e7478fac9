"""JSON files of one record, and of a list of them."""

import gzip
from pathlib import Path

import pytest

from ixigen_data.sources.settings import SourceSettings
from tests.unit.sources.conftest import Reading
from tests.unit.sources.korean_layouts import in_json, in_zip


def settings_for(path: Path, **keys: str | None) -> SourceSettings:
    return SourceSettings.model_validate({"path": str(path), **keys})


def test_one_object_is_one_document(tmp_path: Path, reading: Reading) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.json").write_bytes(in_json({"text": "하나"}, "cp949", 2))
    (tmp_path / "2.json").write_bytes(in_json({"text": "둘", "id": "x"}, "utf-8-sig"))
    rows, faults = reading(settings_for(tmp_path / "**" / "*.json"))
    assert [row[:2] for row in rows] == [("2.json", "둘"), ("a/1.json", "하나")]
    assert [row[0] for row in reading(settings_for(tmp_path / "*.json", id="id"))[0]] == ["x"]
    assert faults.count == 0


def test_a_list_is_as_many_documents(tmp_path: Path, reading: Reading) -> None:
    data = in_json([{"text": "하나"}, {"body": "x"}, {"text": "둘"}])
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(data))
    rows, faults = reading(settings_for(tmp_path / "a.json.gz"), batch_bytes=1)
    assert [row[:2] for row in rows] == [("a.json.gz@1", "하나"), (f"a.json.gz@{data.rindex(b'{')}", "둘")]
    assert [str(fault) for fault in faults.kept] == [
        f"{tmp_path}/a.json.gz, at {data.index(b'{', 5)}: text_missing (no 'text' in the record, or null)"
    ]


@pytest.mark.parametrize("records", ["data.items", "목록"])
def test_records_lead_to_a_list(tmp_path: Path, reading: Reading, records: str) -> None:
    first, _, second = records.partition(".")
    items = [{"meta": {"body": "하나"}}, {"meta": {"body": "둘"}}]
    value = {"text": "x", "other": {"items": [1]}, first: {"n": 1, second: items} if second else items}
    path = in_zip(tmp_path / "a.zip", {"a.json": in_json(value, "cp949")})
    rows, faults = reading(settings_for(path, format="json", records=records, text="meta.body"))
    assert [row[1] for row in rows] == ["하나", "둘"]
    assert faults.count == 0


def test_a_key_with_a_dot_may_be_meant(tmp_path: Path, reading: Reading) -> None:
    (tmp_path / "a.json").write_bytes(in_json({"a.b": [{"text": "x"}]}))
    assert len(reading(settings_for(tmp_path / "a.json", format="json", records="a.b"))[0]) == 1


@pytest.mark.parametrize(
    ("data", "records", "reason", "told"),
    [
        (
            b'{"data": []}',
            None,
            "text_missing",
            "no 'text' in the file, or null; it has the keys data; name the text's",
        ),
        (b'{"text": 5}', None, "text_not_string", "'text' is a number"),
        (b"5", None, "layout_unknown", "the file is a number, not an object"),
        (b"[5]", None, "layout_unknown", "an item is a number, not an object"),
        (
            b'{"data": {}}',
            "data",
            "layout_unknown",
            "no list at 'data' in the file; it has the keys data; name the list",
        ),
        (b"[{}]", "data", "layout_unknown", "the file is a list, not an object; leave out records"),
        (b'{"text": "a"}\n{"text": "b"}\n', None, "json_broken", "where every line is a record, set format: jsonl"),
        (b"not json", None, "json_broken", "at character 0"),
        (b"\x80\x81\xff", None, "encoding_unknown", "not UTF-8 and not cp949"),
    ],
)
def test_what_does_not_fit_is_told(
    tmp_path: Path, reading: Reading, data: bytes, records: str | None, reason: str, told: str
) -> None:
    (tmp_path / "a.json").write_bytes(data)
    rows, faults = reading(settings_for(tmp_path / "a.json", format="json", records=records))
    assert rows == []
    assert [fault.reason for fault in faults.kept] == [reason]
    assert told in faults.kept[0].detail


@pytest.mark.parametrize("data", [b"[]", b'{"data": []}'])
def test_an_empty_list_has_no_documents(tmp_path: Path, reading: Reading, data: bytes) -> None:
    (tmp_path / "a.json").write_bytes(data)
    records = None if data == b"[]" else "data"
    assert reading(settings_for(tmp_path / "a.json", format="json", records=records))[1].count == 0
