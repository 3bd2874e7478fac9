"""KsponSpeech: utterances in files of their own, in archives, and in lists."""

import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from ixigen_data.core.errors import SourceError
from ixigen_data.sources.faults import Faults
from ixigen_data.sources.files import list_files
from ixigen_data.sources.kspon import utterance
from ixigen_data.sources.read import read_documents
from ixigen_data.sources.settings import Encoding, SourceSettings
from ixigen_data.sources.spans import plan_spans
from tests.unit.sources.conftest import Reading, rows_of
from tests.unit.sources.korean_layouts import in_zip

UTTERANCE = "b/ 아/ 모+ 몬 소리야 (70%)/(칠 십 퍼센트) 확률이라니 n/"


def settings_for(path: Path, **keys: str) -> SourceSettings:
    return SourceSettings.model_validate({"path": str(path), "format": "kspon", **keys})


def members(count: int) -> dict[str, bytes]:
    folder = "KsponSpeech_01/KsponSpeech_0001"
    texts = {f"{folder}/KsponSpeech_{n:06}.txt": f"{UTTERANCE} {n}".encode("cp949") for n in range(count)}
    return texts | {name.replace(".txt", ".pcm"): b"\0\1" for name in texts}


def test_every_file_is_an_utterance(tmp_path: Path, reading: Reading) -> None:
    for name, data in members(3).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    rows, faults = reading(settings_for(tmp_path / "**" / "*.txt"), batch_bytes=1)
    texts = [f"{UTTERANCE} {number}" for number in range(3)]
    assert [row[1:] for row in rows] == [(text, number, 0) for number, text in enumerate(texts)]
    assert rows[0][0] == "KsponSpeech_01/KsponSpeech_0001/KsponSpeech_000000.txt"
    archive = in_zip(tmp_path / "KsponSpeech_01.zip", members(3))
    inside, more = reading(settings_for(archive))
    assert [row[1:] for row in inside] == [row[1:] for row in rows]
    assert inside[0][0] == "KsponSpeech_01.zip!/KsponSpeech_01/KsponSpeech_0001/KsponSpeech_000000.txt"
    assert (faults.count, more.count) == (0, 0)


def test_the_index_of_an_archive_is_read_once_for_all_tasks(
    tmp_path: Path, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ixigen_data.sources import archives, files

    path = in_zip(tmp_path / "a.zip", members(40))
    indexes: list[object] = []
    read_index = archives.read_index
    for module in (archives, files):
        monkeypatch.setattr(module, "read_index", lambda stream: indexes.append(stream) or read_index(stream))
    rows, _ = reading(settings_for(path), task_bytes=10_000)
    assert len(rows) == 40
    assert len(indexes) == 1


def test_by_place_or_by_index_the_rows_are_the_same(tmp_path: Path) -> None:
    broken = {"b.txt": b"\xff\xff", "c.txt": b"x" * (2**20 + 1), "d.txt": b"", "카.txt": "카".encode("cp949")}
    settings = settings_for(in_zip(tmp_path / "a.zip", members(5) | broken))
    (spans,) = plan_spans(list_files("calls", settings), settings)
    assert all(span.seek >= 0 for span in spans)
    by_place, by_index = Faults(), Faults()
    rows = rows_of(read_documents(settings, spans, by_place))
    assert rows_of(read_documents(settings, [replace(span, seek=-1) for span in spans], by_index)) == rows
    assert by_place.kept == by_index.kept
    assert [(fault.reason, fault.detail) for fault in by_place.kept] == [
        ("encoding_unknown", "not UTF-8 and not cp949"),
        ("document_too_long", "an utterance of more than 1.0 MiB; the name of a list ends in .trn"),
    ]
    assert [row[1] for row in rows[-2:]] == ["", "카"]


def test_members_that_are_not_safe_are_set_aside(tmp_path: Path, reading: Reading) -> None:
    path = in_zip(tmp_path / "a.zip", {"../x.txt": b"x", "bomb.txt": bytes(65 * 2**20), "ok.txt": b"ok"})
    rows, faults = reading(settings_for(path))
    assert [row[1] for row in rows] == ["ok"]
    assert faults.reasons == {"member_unsafe": 1, "zip_bomb": 1}


def test_an_archive_that_changed_ends_the_build(tmp_path: Path) -> None:
    settings = settings_for(in_zip(tmp_path / "a.zip", members(2)))
    (spans,) = plan_spans(list_files("calls", settings), settings)
    with zipfile.ZipFile(tmp_path / "a.zip", "a") as archive:
        archive.writestr("new.txt", "x")
    with pytest.raises(SourceError, match="the file changed before it was read; start again"):
        list(read_documents(settings, spans, Faults()))
    (tmp_path / "a.zip").unlink()
    with pytest.raises(SourceError, match=r"reading failed: .*; start again when the disk or the store answers"):
        list(read_documents(settings, spans, Faults()))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
def test_lists(tmp_path: Path, reading: Reading, encoding: str) -> None:
    lines = ["eval/1.pcm :: 네 :: 알겠습니다", "", "no path", " :: x", "eval/2.pcm :: 카"]
    data = "\r\n".join(lines).encode(encoding)
    (tmp_path / "eval.trn").write_bytes(data)
    (tmp_path / "z.txt").write_text("따로")
    rows, faults = reading(settings_for(tmp_path / "*"))
    assert [row[:2] for row in rows] == [("eval/1.pcm", "네 :: 알겠습니다"), ("eval/2.pcm", "카"), ("z.txt", "따로")]
    assert data[rows[1][3] :].startswith(b"eval/2.pcm")
    assert [fault.reason for fault in faults.kept] == ["line_broken"] * 2
    assert faults.kept[0].detail == "no 'path :: text'; for other lists set format: csv or jsonl"
    assert data[faults.kept[0].offset or 0 :].startswith(b"no path")


@pytest.mark.parametrize(
    ("data", "encoding", "expected"),
    [
        ("카".encode("cp949"), "auto", "카"),
        ("카".encode("cp949"), "utf-8", "ī"),
        ("카 café".encode(), "auto", "카 café"),
        (b"ok", "auto", "ok"),
        ("é".encode() + b"!", "auto", "챕!"),
        (b"", "auto", ""),
    ],
)
def test_short_texts_in_cp949(data: bytes, encoding: Encoding, expected: str) -> None:
    assert utterance(data, encoding) == expected
