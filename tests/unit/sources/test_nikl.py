"""모두의 말뭉치: documents of paragraphs and of utterances, and what is wrong with one of them."""

import json
from pathlib import Path

import pytest

from ixigen_data.core.errors import SourceError
from ixigen_data.sources.files import list_files
from ixigen_data.sources.settings import SourceSettings
from tests.unit.sources.conftest import Reading
from tests.unit.sources.korean_layouts import in_json, in_zip, nikl, nikl_spoken, nikl_written

NEWS = nikl([nikl_written(1, "기사 제목", "첫 문단.", "둘째 문단."), nikl_written(2, "다른 제목", "본문.")])
TALK = nikl(
    [
        nikl_spoken(
            "SDRW1.1",
            ("S1", "어디 갔어?", "어디 갔어?"),
            ("S2", "", "{laughing}"),
            ("S2", "그 제주도.", "-그- 그 제주도~."),
            ("S2", "name1 씨랑.", "&name1& 씨랑."),
        )
    ],
    "SDRW1",
)
TEXTS = ["기사 제목\n첫 문단.\n둘째 문단.", "다른 제목\n본문."]


def settings_for(path: Path, **keys: str | tuple[str, ...]) -> SourceSettings:
    return SourceSettings.model_validate({"path": str(path), "format": "nikl", **keys})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
@pytest.mark.parametrize("indent", [None, 2])
def test_written_documents(tmp_path: Path, reading: Reading, encoding: str, indent: int | None) -> None:
    data = in_json(NEWS, encoding, indent)
    (tmp_path / "NWRW1900000001.json").write_bytes(data)
    rows, faults = reading(settings_for(tmp_path / "*.json"))
    assert [row[:2] for row in rows] == [("NWRW1900000001.1", TEXTS[0]), ("NWRW1900000001.2", TEXTS[1])]
    assert all(data[offset:].lstrip().startswith(b"{") for _, _, _, offset in rows)
    assert faults.count == 0
    assert reading(settings_for(tmp_path / "*.json", encoding=encoding.removesuffix("-sig")))[0] == rows


def test_dialogues(tmp_path: Path, reading: Reading) -> None:
    (tmp_path / "SDRW1.json").write_bytes(in_json(TALK))
    read = [
        reading(settings_for(tmp_path / "*.json", **keys))[0][0][:2]
        for keys in ({}, {"speakers": "drop"}, {"form": "original"})
    ]
    assert read == [
        ("SDRW1.1", "화자1: 어디 갔어?\n화자2: 그 제주도. name1 씨랑."),
        ("SDRW1.1", "어디 갔어?\n그 제주도. name1 씨랑."),
        ("SDRW1.1", "화자1: 어디 갔어?\n화자2: {laughing} -그- 그 제주도~. &name1& 씨랑."),
    ]


def test_a_document_that_is_an_object_is_the_files_only_one(tmp_path: Path, reading: Reading) -> None:
    document = nikl_spoken("SBRW21.1", ("A", "개의합니다.", "개의합니다."), ("B", "이의 없습니다.", "이의 없습니다."))
    (tmp_path / "SBRW21.json").write_bytes(in_json(nikl(document, "SBRW21")))
    rows, _ = reading(settings_for(tmp_path / "*.json"))
    assert rows == [("SBRW21.1", "화자1: 개의합니다.\n화자2: 이의 없습니다.", 0, 0)]


def test_inside_archives_nothing_but_the_json_files_is_read(tmp_path: Path, reading: Reading) -> None:
    members = {"corpus/NWRW1.json": in_json(NEWS), "SDRW1.JSON": in_json(TALK), "readme.pdf": b"%PDF", "a.txt": b"x"}
    path = in_zip(tmp_path / "nikl.zip", members)
    rows, faults = reading(settings_for(path), batch_bytes=1)
    assert [row[0] for row in rows] == ["SDRW1.1", "NWRW1900000001.1", "NWRW1900000001.2"]
    assert faults.count == 0
    with pytest.raises(SourceError, match=r"no member matches \*\*/\*.json, \*\*/\*.JSON in"):
        list_files("news", settings_for(in_zip(tmp_path / "sound.zip", {"a.wav": b"x"})))


def metadata_of(path: Path, *keys: str) -> list[object]:
    from ixigen_data.sources.faults import Faults
    from ixigen_data.sources.read import read_documents
    from ixigen_data.sources.spans import plan_spans

    settings = settings_for(path, metadata=keys)
    spans = [span for task in plan_spans(list_files("news", settings), settings) for span in task]
    batches = [batch.metadata for batch in read_documents(settings, spans, Faults())]
    return [json.loads(text) for metadata in batches if metadata is not None for text in metadata.to_pylist()]


def test_metadata_is_the_documents_own_else_the_files(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(in_json(NEWS, "cp949"))
    told = {"title": "합성 신문 2019년 기사 1", "date": "20190101", "category": "신문 > 인터넷 기반 신문"}
    keys = ("title", "date", "category", "nothing")
    assert metadata_of(tmp_path / "a.json", *keys) == [told, told | {"title": "합성 신문 2019년 기사 2"}]
    (tmp_path / "b.json").write_bytes(in_json(TALK))
    assert metadata_of(tmp_path / "b.json", "setting.relation", "topic") == [
        {"setting.relation": "친구", "topic": "여행지"}
    ]


def broken(data: bytes) -> bytes:
    """Documents with one thing wrong each, between two that are right."""
    bodies = [
        b'{"id": "1", "paragraph": [{"id": "1.1", "form": NaN}]}',
        b'{"id": "2", "paragraph": [{"id": "2.1", "form": "\\ud800"}]}',
        b'{"id": "3", "paragraph": [{"id": "3.1", "form": 5}]}',
        b'{"id": "4", "paragraph": {"form": "x"}}',
        b'{"id": "5", "utterance": [{"speaker_id": "a"}]}',
        b'{"id": "6", "metadata": {}}',
        b'"7"',
        b'{"id": "8", "paragraph": ' + b"[" * 5000 + b"]" * 5000 + b"}",
        b'{"id": "9", "paragraph": [{"form": "\xff\xfe"}]}',
    ]
    head, first, second = data.partition(b'{"id": "NWRW1900000001.1"')
    return head + b", ".join([*bodies, first + second])


def test_what_is_wrong_with_a_document_costs_that_one_alone(tmp_path: Path, reading: Reading) -> None:
    data = broken(in_json(NEWS))
    (tmp_path / "a.json").write_bytes(data)
    rows, faults = reading(settings_for(tmp_path / "a.json"))
    assert [row[1] for row in rows] == TEXTS
    assert [(fault.reason, fault.detail) for fault in faults.kept[2:7]] == [
        ("text_not_string", "paragraph[0].form is a number"),
        ("layout_unknown", "paragraph is an object, not a list"),
        (
            "text_missing",
            "utterance[0] has no standard_form or form or original_form or dialect_form; it has the keys speaker_id",
        ),
        ("text_missing", "no paragraph and no utterance in a document; it has the keys id, metadata"),
        ("layout_unknown", "document is a string, not an object"),
    ]
    others = [faults.kept[number].reason for number in (0, 1, 7, 8)]
    assert others == ["json_broken", "lone_surrogate", "json_broken", "encoding_unknown"]
    assert all(data[fault.offset or 0 :].startswith((b'{"id": "', b'"7"')) for fault in faults.kept)


def test_a_file_that_ends_in_the_middle_gives_what_was_whole(tmp_path: Path, reading: Reading) -> None:
    data = in_json(NEWS)
    (tmp_path / "a.json").write_bytes(data[: data.index("다른 제목".encode())])
    rows, faults = reading(settings_for(tmp_path / "a.json"))
    assert [row[1] for row in rows] == TEXTS[:1]
    (fault,) = faults.kept
    assert fault.reason == "file_truncated"
    assert f"it ends inside the item that begins at byte {fault.offset}" in fault.detail


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({"utterance": []}, "no document in the file; it has the keys utterance; for the layouts of AI Hub"),
        ([{"form": "x"}], "the file is a list, not an object"),
        ({}, "no document in the file; it has no keys"),
    ],
)
def test_another_layout_is_told(tmp_path: Path, reading: Reading, value: object, told: str) -> None:
    (tmp_path / "a.json").write_bytes(in_json(value))
    rows, faults = reading(settings_for(tmp_path / "a.json"))
    assert rows == []
    assert [fault.reason for fault in faults.kept] == ["layout_unknown"]
    assert told in faults.kept[0].detail


def test_files_without_documents_and_empty_files(tmp_path: Path, reading: Reading) -> None:
    (tmp_path / "a.json").write_bytes(in_json(nikl([])))
    (tmp_path / "b.json").write_bytes(b"")
    (tmp_path / "c.json").write_bytes(b" \n")
    rows, faults = reading(settings_for(tmp_path / "*.json"))
    assert rows == []
    assert [(Path(fault.source_file).name, fault.reason) for fault in faults.kept] == [("c.json", "json_broken")]
