"""AI Hub 100 and 571: dialogues whose utterances stand beside them."""

from pathlib import Path

import pytest

from ixigen_data.core.errors import SourceError
from ixigen_data.sources.settings import SourceSettings
from tests.unit.sources.conftest import Reading
from tests.unit.sources.korean_layouts import in_json, in_zip, telephone
from tests.unit.sources.test_aihub import metadata_of

SPEAKERS = [("s1", "상담사1"), ("s2", "고객1")]
PATHS = [("s1", "KtelSpeech/Train/D60/0001.txt"), ("s2", "KtelSpeech/Train/D60/0002.txt")]
PATHS += [("s2", "KtelSpeech/Train/D60/0003.txt")]
CALL = in_json(telephone(SPEAKERS, PATHS, inline=False))
TEXTS = {"0001.txt": "네 상담사입니다.", "0002.txt": "(오쥐)/(5G) 요금제요.", "0003.txt": "바꿀게요.\n"}
EXPECTED = "상담사: 네 상담사입니다.\n고객: (오쥐)/(5G) 요금제요. 바꿀게요."


def settings_for(path: Path, **keys: str) -> SourceSettings:
    return SourceSettings.model_validate({"path": str(path), "format": "aihub", **keys})


def test_texts_in_the_file(tmp_path: Path, reading: Reading) -> None:
    value = telephone(SPEAKERS, [("s1", "네."), ("s3", "여보세요."), ("s3", "네?")], inline=True)
    (tmp_path / "a.json").write_bytes(in_json(value))
    rows, faults = reading(settings_for(tmp_path / "a.json"))
    assert [row[:2] for row in rows] == [("a.json", "상담사: 네.\n화자1: 여보세요. 네?")]
    assert faults.count == 0
    assert metadata_of(tmp_path / "a.json", "category") == [{"category": "통신"}]


@pytest.mark.parametrize("folder", ["KtelSpeech/Train/D60/", "Train/D60/", "D60/", "labels/"])
@pytest.mark.parametrize("encoding", ["utf-8", "cp949"])
def test_texts_beside_the_file(tmp_path: Path, reading: Reading, folder: str, encoding: str) -> None:
    texts = {f"{folder}{name}": text.encode(encoding) for name, text in TEXTS.items()}
    path = in_zip(tmp_path / "call.zip", {"labels/call.json": CALL} | texts)
    rows, faults = reading(settings_for(path))
    assert [row[1] for row in rows] == [EXPECTED]
    assert faults.count == 0
    for name, data in ({"labels/call.json": CALL} | texts).items():
        (tmp_path / "tree" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "tree" / name).write_bytes(data)
    rows, faults = reading(settings_for(tmp_path / "tree" / "**" / "*.json"))
    assert [row[:2] for row in rows] == [("labels/call.json", EXPECTED)]
    assert faults.count == 0


@pytest.mark.parametrize(
    "path",
    [
        "KtelSpeech/9999.txt",
        "../secret.txt",
        "/etc/../secret.txt",
        "s3://corp/secret.txt",
        "a\0b",
        "x" * 300,
        "/",
        "D60",
    ],
)
def test_what_is_not_beside_the_file_is_told(tmp_path: Path, reading: Reading, path: str) -> None:
    (tmp_path / "secret.txt").write_text("비밀")
    (tmp_path / "tree" / "D60").mkdir(parents=True)
    (tmp_path / "tree" / "a.json").write_bytes(in_json(telephone(SPEAKERS, [("s1", path)], inline=False)))
    (tmp_path / "tree" / "b.json").write_bytes(in_json(telephone(SPEAKERS, [("s1", "네.")], inline=True)))
    archive = in_zip(tmp_path / "call.zip", {"a.json": in_json(telephone(SPEAKERS, [("s1", path)], inline=False))})
    rows, faults = reading(settings_for(tmp_path / "tree" / "*.json"))
    assert [row[1] for row in rows] == ["상담사: 네."]
    _, more = reading(settings_for(archive))
    for fault in [*faults.kept, *more.kept]:
        assert fault.reason == "text_missing"
        assert fault.detail == f"no {path[:255]} beside the file, with or without its first folders"
    assert faults.count == more.count == 1


@pytest.mark.parametrize(
    ("data", "reason", "told"),
    [
        (b"\xff\xfe\xff", "encoding_unknown", "1.txt: not UTF-8 and not cp949"),
        (b"x" * (2**20 + 1), "document_too_long", "1.txt: an utterance of more than 1.0 MiB"),
    ],
)
def test_what_is_wrong_with_an_utterance(tmp_path: Path, reading: Reading, data: bytes, reason: str, told: str) -> None:
    (tmp_path / "a.json").write_bytes(in_json(telephone(SPEAKERS, [("s1", "1.txt")], inline=False)))
    (tmp_path / "1.txt").write_bytes(data)
    _, faults = reading(settings_for(tmp_path / "a.json"))
    assert [(fault.reason, fault.detail) for fault in faults.kept] == [(reason, told)]


def test_a_disk_that_fails_ends_the_build(tmp_path: Path, reading: Reading) -> None:
    (tmp_path / "a.json").write_bytes(in_json(telephone(SPEAKERS, [("s1", "loop.txt")], inline=False)))
    (tmp_path / "loop.txt").symlink_to("loop.txt")
    with pytest.raises(
        SourceError, match=r"reading failed: .*loop.txt.*; start again when the disk or the store answers"
    ):
        reading(settings_for(tmp_path / "a.json"))


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({"dataSet": []}, "dataSet is a list, not an object"),
        ({"dataSet": {"dialogs": {}}}, "dataSet.dialogs is an object, not a list"),
        ({"dataSet": {"dialogs": [{"speaker": "s1"}]}}, "dataSet.dialogs[0] has no textPath; it has the keys speaker"),
        ({"dataSet": {"dialogs": [{"text": 5}]}}, "dataSet.dialogs[0].text is a number"),
    ],
)
def test_another_shape_is_told(tmp_path: Path, reading: Reading, value: object, told: str) -> None:
    (tmp_path / "a.json").write_bytes(in_json(value))
    rows, faults = reading(settings_for(tmp_path / "a.json"))
    assert rows == []
    assert [fault.detail for fault in faults.kept] == [told]
