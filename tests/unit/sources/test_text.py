"""Text trees: one file, one document."""

import gzip
from pathlib import Path

import pytest

from ixigen_data.sources import text
from ixigen_data.sources.settings import SourceSettings
from tests.unit.sources.conftest import Reading, Writing


def test_a_tree_gives_one_document_a_file_with_its_path_as_id(
    source: Writing, reading: Reading, tmp_path: Path
) -> None:
    source("t/b/나.md", "둘\r\n".encode())
    source("t/a.md", b"\xef\xbb\xbfone")
    source("t/empty.md", b"")
    source("t/c.md.gz", gzip.compress("셋".encode()))
    rows, faults = reading(SourceSettings(path=(str(tmp_path / "t/**/*.md"), str(tmp_path / "t/c.md.gz"))))
    assert rows == [("a.md", "one", 0, 0), ("b/나.md", "둘\r\n", 1, 0), ("c.md.gz", "셋", 2, 0), ("empty.md", "", 3, 0)]
    assert faults.count == 0


def test_cp949_files_are_decoded_and_others_are_faults(source: Writing, reading: Reading, tmp_path: Path) -> None:
    source("a.txt", "간장 공장 공장장".encode("cp949"))
    source("b.txt", b"\xff\xfea\x00")
    source("c.txt", b"cut \xea")
    rows, faults = reading(SourceSettings(path=str(tmp_path / "*.txt")))
    assert rows == [("a.txt", "간장 공장 공장장", 0, 0)]
    assert faults.reasons == {"encoding_unknown": 2}
    assert faults.kept[0].detail == "not UTF-8 and not cp949"


def test_an_enormous_file_is_a_fault(source: Writing, reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "LINE_LIMIT_BYTES", 100)
    rows, faults = reading(SourceSettings(path=str(source("a.txt", b"x" * 101))))
    assert (rows, faults.reasons) == ([], {"document_too_long": 1})


def test_many_small_files_come_in_few_batches(tmp_path: Path) -> None:
    from ixigen_data.sources.faults import Faults
    from ixigen_data.sources.files import list_files
    from ixigen_data.sources.read import read_documents
    from ixigen_data.sources.spans import plan_spans

    for number in range(300):
        (tmp_path / f"{number:03d}.txt").write_text(f"{number:0100d}")
    settings = SourceSettings(path=f"{tmp_path}/*.txt")
    (spans,) = plan_spans(list_files("calls", settings), settings)
    sizes = [len(batch) for batch in read_documents(settings, spans, Faults(), batch_bytes=20_000)]
    assert sum(sizes) == 300
    assert len(sizes) < 6


def test_a_binary_file_is_no_text_whatever_its_name(source: Writing, reading: Reading) -> None:
    source("tree/numbers.txt", b"\x01\0\0\0" * 100)
    source("tree/utf16.txt", "plain".encode("utf-16-le"))
    source("tree/picture.txt", b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    root = source("tree/stray.txt", b"a\0" + b"b" * 200).parent
    rows, faults = reading(SourceSettings(path=f"{root}/*"))
    assert [row[0] for row in rows] == ["stray.txt"]
    assert faults.reasons == {"not_text": 2, "encoding_unknown": 1}
