"""Files inside zip archives: what is read, and what is refused."""

import gzip
import io
import os
import struct
import zipfile
from pathlib import Path

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ixigen_data.core.errors import SourceError
from ixigen_data.sources import archives
from ixigen_data.sources.expansion import expansion
from ixigen_data.sources.faults import Faults
from ixigen_data.sources.files import list_files
from ixigen_data.sources.read import read_documents
from ixigen_data.sources.settings import SourceSettings
from ixigen_data.sources.spans import plan_spans
from tests.unit.sources.conftest import Reading, lines_of


def packed(path: Path, members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def table_bytes() -> tuple[bytes, bytes]:
    parquet, arrow = io.BytesIO(), io.BytesIO()
    table = pa.table({"text": ["표"]})
    pq.write_table(table, parquet)
    with pa.ipc.new_file(arrow, table.schema) as writer:
        writer.write_table(table)
    return parquet.getvalue(), arrow.getvalue()


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_every_format_is_read_inside_an_archive(tmp_path: Path, reading: Reading, method: int) -> None:
    parquet, arrow = table_bytes()
    lines = lines_of([{"text": f"줄 {number}"} for number in range(100)])
    members = {
        "a/lines.jsonl": lines,
        "b/lines.jsonl.gz": gzip.compress(lines),
        "c.csv": b"text\ncsv\n",
        "d.parquet": parquet,
        "e.arrow": arrow,
        "f.md": b"md",
        ".hidden.txt": b"no",
        "__MACOSX/._f.md": b"no",
        "folder/": b"",
    }
    path = packed(tmp_path / "corp.zip", members, method)
    rows, faults = reading(SourceSettings(path=str(path)), batch_bytes=500)
    assert [row[1] for row in rows] == [f"줄 {number}" for number in range(100)] * 2 + ["csv", "표", "표", "md"]
    assert (rows[0][0], rows[-1][0]) == ("lines.jsonl@0", "corp.zip!/f.md")
    assert faults.count == 0
    rows, _ = reading(SourceSettings(path=str(path), members=("*.csv", "a/**/*.jsonl")), batch_bytes=500)
    assert len(rows) == 101


def test_members_are_files_of_their_own(tmp_path: Path) -> None:
    path = packed(tmp_path / "corp.zip", {"a.jsonl": b'{"text": "a"}\n' * 1000, "b.jsonl": b""})
    settings = SourceSettings(path=str(tmp_path / "*.zip"))
    first, second = list_files("calls", settings)
    assert (first.url, second.url) == (f"{path}!/a.jsonl", f"{path}!/b.jsonl")
    assert first.size_bytes < 200
    assert first.stamp == second.stamp == str(path.stat().st_mtime_ns)
    assert expansion(first.url) == pytest.approx(14_000 / first.size_bytes)
    spans = [span for task in plan_spans([first, second], settings, 10) for span in task]
    assert [(span.start, span.stop) for span in spans] == [(0, None)] * 2


def test_a_fault_names_member_and_line_and_the_others_go_on(tmp_path: Path, reading: Reading) -> None:
    path = packed(tmp_path / "corp.zip", {"a.jsonl": b'{"text": "a"}\n{\n', "b.jsonl": b'{"text": "b"}\n'})
    rows, faults = reading(SourceSettings(path=str(path)))
    assert [row[1] for row in rows] == ["a", "b"]
    assert [str(fault).partition(" (")[0] for fault in faults.kept] == [f"{path}!/a.jsonl, line 2: json_broken"]


def test_names_in_korean_encodings(tmp_path: Path, reading: Reading) -> None:
    path = packed(tmp_path / "corp.zip", {"XXXX/YYYY.txt": b"cp949", "한글/utf8.txt": b"utf-8"})
    data = path.read_bytes().replace(b"XXXX/YYYY", "한글/파일".encode("cp949"))
    path.write_bytes(data)
    rows, faults = reading(SourceSettings(path=str(path), members="한글/*.txt"))
    assert [row[:2] for row in rows] == [("corp.zip!/한글/utf8.txt", "utf-8"), ("corp.zip!/한글/파일.txt", "cp949")]
    assert faults.count == 0


def test_unsafe_names_are_set_aside_whatever_the_pattern(tmp_path: Path, reading: Reading) -> None:
    names = ["../../etc/cron.txt", "/abs.txt", "C:\\w.txt", "a/../../b.txt", "ok.txt"]
    path = packed(tmp_path / "corp.zip", dict.fromkeys(names, b"x"))
    rows, faults = reading(SourceSettings(path=str(path), members="ok*"))
    assert [row[0] for row in rows] == ["corp.zip!/ok.txt"]
    assert faults.reasons == {"member_unsafe": 4}
    assert "its name leads out of the archive; pack it with a plain name" in str(faults.kept[0])
    assert sorted(tmp_path.iterdir()) == [path]


def test_bombs_are_refused(tmp_path: Path, reading: Reading) -> None:
    path = packed(tmp_path / "corp.zip", {"bomb.txt": bytes(65 * 2**20), "ok.txt": b"ok"})
    rows, faults = reading(SourceSettings(path=str(path)))
    assert [row[1] for row in rows] == ["ok"]
    assert [fault.reason for fault in faults.kept] == ["zip_bomb"]
    assert faults.kept[0].detail.endswith("that unpack to 65.0 MiB; if it is meant, unpack it first")


def test_members_that_share_bytes_are_refused(tmp_path: Path, reading: Reading) -> None:
    path = packed(tmp_path / "corp.zip", {"a.txt": b"x" * 1000, "b.txt": b"y" * 1000}, zipfile.ZIP_STORED)
    data = bytearray(path.read_bytes())
    central = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 1)
    struct.pack_into("<I", data, central + 42, 10)  # b's local header now lies inside a
    path.write_bytes(data)
    rows, faults = reading(SourceSettings(path=str(path)))
    assert [row[1] for row in rows] == ["x" * 1000]
    assert [(fault.reason, fault.detail) for fault in faults.kept] == [
        ("zip_bomb", "it shares its bytes with another member")
    ]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_members_that_cannot_be_read_cost_themselves(tmp_path: Path, reading: Reading) -> None:
    path = tmp_path / "corp.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("damaged.txt", "locked.txt", "method.txt", "ok.txt", "twice.txt", "twice.txt"):
            archive.writestr(name, os.urandom(500).hex())
        infos = {info.filename: info for info in archive.infolist()}
    data = bytearray(path.read_bytes())
    start = infos["damaged.txt"].header_offset + 60
    data[start : start + 20] = bytes(20)
    for name, place, value in (("locked.txt", 8, 1), ("method.txt", 10, 9)):
        central = data.index(b"PK\x01\x02")
        while data[central + 46 : central + 46 + len(name)] != name.encode():
            central = data.index(b"PK\x01\x02", central + 1)
        struct.pack_into("<H", data, central + place, value)
    path.write_bytes(data)
    rows, faults = reading(SourceSettings(path=str(path)))
    assert [row[0] for row in rows] == ["corp.zip!/ok.txt"]
    assert {Path(fault.source_file).name: fault.reason for fault in faults.kept} == {
        "damaged.txt": "file_broken",
        "locked.txt": "member_encrypted",
        "method.txt": "member_unreadable",
        "twice.txt": "member_twice",
    }


def test_an_archive_that_is_cut_is_one_fault(tmp_path: Path, reading: Reading) -> None:
    whole = packed(tmp_path / "b.zip", {"b.txt": b"b"})
    for data in (whole.read_bytes()[:-5], b"", b"PK\x03\x04" + bytes(100), b"no zip at all" * 10):
        (tmp_path / "a.zip").write_bytes(data)
        rows, faults = reading(SourceSettings(path=str(tmp_path / "*.zip")))
        assert [row[1] for row in rows] == ["b"]
        assert [(Path(fault.source_file).name, fault.reason) for fault in faults.kept] == [("a.zip", "file_broken")]


def test_a_table_too_large_to_hold_is_a_fault(
    tmp_path: Path, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "TABLE_LIMIT_BYTES", 100)
    path = packed(tmp_path / "corp.zip", {"a.parquet": table_bytes()[0], "b.txt": b"b"})
    rows, faults = reading(SourceSettings(path=str(path)))
    assert ([row[1] for row in rows], faults.reasons) == (["b"], {"member_too_large": 1})


def test_patterns_that_fit_nothing_are_mistakes(tmp_path: Path) -> None:
    path = packed(tmp_path / "corp.zip", {"a.bin": b"a"})
    (tmp_path / "a.jsonl").write_bytes(b"{}\n")
    with pytest.raises(SourceError, match=r"corp\.zip!/a\.bin: the name does not tell the format; set format"):
        list_files("calls", SourceSettings(path=str(path)))
    with pytest.raises(SourceError, match=r"source calls: no member matches \*\*/\*\.json in .*corp\.zip"):
        list_files("calls", SourceSettings(path=str(path), members="**/*.json"))
    with pytest.raises(SourceError, match=r"members is set, but no file's name ends in \.zip; leave members out"):
        list_files("calls", SourceSettings(path=str(tmp_path / "*.jsonl"), members="*"))


def test_an_archive_that_changes_under_the_reader_ends_the_task(tmp_path: Path) -> None:
    path = packed(tmp_path / "corp.zip", {"a.jsonl": b'{"text": "a"}\n' * 100, "b.jsonl": b'{"text": "b"}\n'})
    settings = SourceSettings(path=str(path))
    (spans,) = plan_spans(list_files("calls", settings), settings)
    batches = read_documents(settings, spans, Faults(), 100)
    next(batches)
    os.utime(path, ns=(1, 1))
    with pytest.raises(SourceError, match=r"a\.jsonl: the file changed while it was read"):
        list(batches)


def test_an_archive_behind_a_url(tmp_path: Path, reading: Reading) -> None:
    path = packed(tmp_path / "corp.zip", {"a/b.jsonl": b'{"text": "a"}\n', "c.parquet": table_bytes()[0]})
    fsspec.filesystem("memory").pipe_file("/zipped/corp.zip", path.read_bytes())
    rows, faults = reading(SourceSettings(path="memory://zipped/*.zip"))
    assert [row[1] for row in rows] == ["a", "표"]
    assert faults.count == 0
