"""The layouts of AI Hub, told apart by their shape."""

import json
from pathlib import Path

import pytest

from ixigen_data.sources.faults import Faults
from ixigen_data.sources.files import list_files
from ixigen_data.sources.read import read_documents
from ixigen_data.sources.settings import SourceSettings
from ixigen_data.sources.spans import plan_spans
from tests.unit.sources.conftest import Reading
from tests.unit.sources.korean_layouts import (
    BOOK,
    CONTEXTS,
    ROWS,
    SUMMARIES,
    WEB,
    dialect,
    in_json,
    in_zip,
    meeting,
    nikl,
)

MEETING = meeting(("A", "(오쥐)/(5G) 건은요"), ("A", "b/ 다음 주"), ("B", "네"))
DIALECT = dialect(("1", "무엇이야?", "뭐꼬?"), ("2", "몰라.", "모린다."))


def settings_for(path: Path, **keys: str | tuple[str, ...]) -> SourceSettings:
    return SourceSettings.model_validate({"path": str(path), "format": "aihub", **keys})


def metadata_of(path: Path, *keys: str) -> list[object]:
    settings = settings_for(path, metadata=keys)
    spans = [span for task in plan_spans(list_files("a", settings), settings) for span in task]
    batches = [batch.metadata for batch in read_documents(settings, spans, Faults())]
    return [json.loads(text) for metadata in batches if metadata is not None for text in metadata.to_pylist()]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (MEETING, [("M1", "화자1: (오쥐)/(5G) 건은요 b/ 다음 주\n화자2: 네")]),
        (DIALECT, [("DGGB1", "화자1: 무엇이야?\n화자2: 몰라.")]),
        (
            WEB,
            [
                ("a.json@53", "요금제 안내\n5G\n월 69,000원입니다.\n위약금은 없습니다."),
                ("a.json@168", "공지\n점검합니다."),
            ],
        ),
        (BOOK, [("a.json", "첫 문장이다. 둘째 문장이다.\n새 문단이다.")]),
        (ROWS, [("r1", "제1조 목적\n제2조 정의")]),
        (CONTEXTS, [("a.json@31", "첫 지문.\n둘째.")]),
        (SUMMARIES, [("S1", "첫 문장. 둘째 문장.\n새 문단.")]),
    ],
    ids=["464", "118-122", "624", "653", "110", "89", "97"],
)
def test_layouts(
    tmp_path: Path, reading: Reading, value: object, expected: list[tuple[str, str]], encoding: str
) -> None:
    (tmp_path / "a.json").write_bytes(in_json(value, encoding))
    rows, faults = reading(settings_for(tmp_path / "*.json"))
    assert [row[1] for row in rows] == [text for _, text in expected]
    if encoding == "utf-8":
        assert [row[0] for row in rows] == [name for name, _ in expected]
    assert faults.count == 0


def test_dialects_as_they_are_spoken(tmp_path: Path, reading: Reading) -> None:
    (tmp_path / "a.json").write_bytes(in_json(DIALECT))
    rows, _ = reading(settings_for(tmp_path / "a.json", form="original"))
    assert rows[0][1] == "화자1: 뭐꼬?\n화자2: 모린다."


def test_several_layouts_in_one_archive(tmp_path: Path, reading: Reading) -> None:
    members = {"1/a.json": in_json(BOOK, "cp949"), "2/b.json": in_json(ROWS), "2/b.wav": b"RIFF", "c.json": b""}
    rows, faults = reading(settings_for(in_zip(tmp_path / "aihub.zip", members)))
    assert [row[0] for row in rows] == ["aihub.zip!/1/a.json", "r1"]
    assert faults.count == 0


def test_metadata(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(in_json(SUMMARIES))
    assert metadata_of(tmp_path / "a.json", "title", "date", "category", "name") == [
        {"title": "합성 기사", "date": "2019-01-01", "category": "종합", "name": "합성 요약"}
    ]
    (tmp_path / "a.json").write_bytes(in_json(MEETING))
    assert metadata_of(tmp_path / "a.json", "title", "topic") == [{"title": "합성 회의"}]
    (tmp_path / "a.json").write_bytes(in_json(WEB))
    assert metadata_of(tmp_path / "a.json", "title", "header.name")[1] == {"title": "공지", "header.name": "합성 웹"}


@pytest.mark.parametrize(
    ("value", "reason", "told"),
    [
        (nikl({}), "layout_unknown", "the file has the keys id, metadata, document; AI Hub's layouts have a list"),
        (nikl({}), "layout_unknown", "documents with text (97, 99); format: nikl reads this one"),
        ({"items": []}, "layout_unknown", "the file has the keys items; AI Hub's layouts have a list of turns (98)"),
        ({"items": []}, "layout_unknown", "for others set format: json"),
        ({"data": [{"body": 1}]}, "layout_unknown", "an item of data has the keys body, but neither rows (110) nor"),
        ({"data": {"rows": []}}, "layout_unknown", "the file has the keys data; AI Hub's layouts"),
        ({"documents": [{"text": "x"}]}, "layout_unknown", "documents.text is a string, not a list; set format: json"),
        (
            {"SJML": {"text": [{"url": "x"}]}},
            "text_missing",
            "no title, subtitle or content in a page; it has the keys",
        ),
        ({"paragraphs": [{"text": "x"}]}, "layout_unknown", "paragraphs[0].sentences is null, not a list"),
        ({"utterance": [5]}, "layout_unknown", "utterance[0] is a number, not an object"),
        ([["x"]], "layout_unknown", "an item is a list, not an object"),
        ("x", "layout_unknown", "the file is a string, not an object"),
        ({f"k{n}": 0 for n in range(20)}, "layout_unknown", "k10, k11 and 8 more; AI Hub"),
    ],
)
def test_what_fits_no_layout_is_told(tmp_path: Path, reading: Reading, value: object, reason: str, told: str) -> None:
    (tmp_path / "a.json").write_bytes(in_json(value))
    rows, faults = reading(settings_for(tmp_path / "a.json"))
    assert rows == []
    assert [fault.reason for fault in faults.kept] == [reason]
    assert told in faults.kept[0].detail


@pytest.mark.parametrize("value", [[], {"data": []}, {"documents": [], "name": "x"}, {"SJML": {"text": []}}])
def test_empty_lists_hold_no_documents(tmp_path: Path, reading: Reading, value: object) -> None:
    (tmp_path / "a.json").write_bytes(in_json(value))
    assert reading(settings_for(tmp_path / "a.json"))[1].count == 0
