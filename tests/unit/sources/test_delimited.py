"""csv and tsv: quoted newlines, encodings, and rows that are no rows."""

import csv
import gzip
import io
import json
from pathlib import Path

import pytest

from ixigen_data.core.errors import SourceError
from ixigen_data.sources import delimited
from ixigen_data.sources.faults import Faults
from ixigen_data.sources.files import list_files
from ixigen_data.sources.read import read_documents
from ixigen_data.sources.settings import SourceSettings
from ixigen_data.sources.spans import plan_spans
from tests.unit.sources.conftest import Reading, Writing

Told = tuple[int | None, int | None, str]


def told(faults: Faults) -> list[Told]:
    return [(fault.line, fault.offset, fault.reason) for fault in faults.kept]


def written(rows: list[list[str]], delimiter: str = ",") -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue().encode()


def test_quoted_newlines_commas_and_quotes(source: Writing, reading: Reading) -> None:
    texts = ["첫 줄\n둘째 줄", 'a,"b",c', "", " 빈칸 ", '"', "\r\n", "끝"]
    path = source("a.csv", written([["n", "text"], *([str(row), text] for row, text in enumerate(texts))]))
    for batch_bytes in (1, 7, 2**20):
        rows, faults = reading(SourceSettings(path=str(path)), batch_bytes=batch_bytes)
        assert [row[1] for row in rows] == texts
        assert faults.count == 0
    data = path.read_bytes()
    assert [data[row[3] : row[3] + 1].decode() for row in rows] == [str(number) for number in range(len(texts))]
    assert rows[0][0] == f"a.csv@{rows[0][3]}"


def test_columns_are_chosen_by_name(source: Writing) -> None:
    data = written([["id", "body", "date", "x"], ["7", "글", "2024-01-01", ""], ["", "둘", "", "y"]])
    path = source("a.csv", b"\xef\xbb\xbf\r\n" + data)
    settings = SourceSettings(path=str(path), text="body", id="id", metadata=("x", "date"))
    (spans,) = plan_spans(list_files("calls", settings), settings)
    (batch,) = read_documents(settings, spans, Faults())
    assert batch.text.to_pylist() == ["글", "둘"]
    assert batch.id.to_pylist() == ["7", ""]
    assert batch.metadata is not None
    assert [json.loads(row) for row in batch.metadata.to_pylist()] == [
        {"x": "", "date": "2024-01-01"},
        {"x": "y", "date": ""},
    ]


def test_cp949_and_mixed_rows(source: Writing, reading: Reading) -> None:
    lines = ["본문,번호", "똠방각하,1", "펲시콜라,2"]
    path = source("a.csv", "\r\n".join(lines).encode("cp949"))
    for encoding in ("auto", "cp949"):
        rows, faults = reading(SourceSettings(path=str(path), text="본문", encoding=encoding))
        assert [row[1] for row in rows] == ["똠방각하", "펲시콜라"]
    path = source("b.csv", b"text\n" + "가\n".encode() + "나\n".encode("cp949") + b"\xff\xff\n" + "다\n".encode())
    rows, faults = reading(SourceSettings(path=str(path)))
    assert [row[1] for row in rows] == ["가", "나", "다"]
    assert told(faults) == [(4, 12, "encoding_unknown")]
    rows, faults = reading(SourceSettings(path=str(path), encoding="utf-8"))
    assert [fault.line for fault in faults.kept] == [3, 4]


def test_what_is_no_row_costs_its_line_alone(source: Writing, reading: Reading) -> None:
    lines = ["n,text", "1,a", "2", "3,b,c", '4,"d" e', "", '5,"f\ng"', '6,h"i', '7,"never closed', "8,j"]
    path = source("a.csv", ("\n".join(lines) + "\n").encode())
    for batch_bytes in (1, 2**20):
        rows, faults = reading(SourceSettings(path=str(path)), batch_bytes=batch_bytes)
        assert [row[1] for row in rows] == ["a", "f\ng", 'h"i', "j"]
        found = sorted((fault.line or 0, fault.reason) for fault in faults.kept)
        assert found == [(3, "row_ragged"), (4, "row_ragged"), (5, "csv_broken"), (10, "csv_broken")]
    assert "fields: 3; the header has 2" in {fault.detail for fault in faults.kept}
    with pytest.raises(SourceError, match=r"a\.csv, line 3: row_ragged \(fields: 1; the header has 2\)"):
        reading(SourceSettings(path=str(path)), strict=True)


def test_a_tsv_whose_quotes_are_text_is_cut_anywhere(source: Writing, reading: Reading) -> None:
    lines = ["id\ttext", *(f'{number}\t"글 {number}' for number in range(200)), "ragged"]
    path = source("a.tsv", ("\n".join(lines) + "\n").encode())
    settings = SourceSettings(path=str(path), quotes=False, id="id")
    for task_bytes in (50, 700, 2**20):
        rows, faults = reading(settings, task_bytes=task_bytes, batch_bytes=300)
        assert [(row[0], row[1]) for row in rows] == [(str(number), f'"글 {number}') for number in range(200)]
        assert [(fault.line, fault.reason) for fault in faults.kept] == [(202, "row_ragged")]
    assert len(plan_spans(list_files("calls", settings), settings, 50)) > 30
    quoted = SourceSettings(path=str(path))
    assert len(plan_spans(list_files("calls", quoted), quoted, 50)) == 1, "a quote may hide a newline"


def test_compressed_files_and_one_that_is_cut(source: Writing, reading: Reading) -> None:
    data = written([["text"], *([f"글\n{number}"] for number in range(5000))])
    packed = gzip.compress(data)
    whole, cut = source("a.csv.gz", packed), source("b.csv.gz", packed[:-500])
    rows, faults = reading(SourceSettings(path=(str(whole), str(cut))), batch_bytes=1000)
    assert [row[1] for row in rows[:5000]] == [f"글\n{number}" for number in range(5000)]
    assert 5000 < len(rows) < 10_000
    assert faults.reasons == {"file_truncated": 1}


@pytest.mark.parametrize("quoted", [True, False])
def test_a_record_that_is_too_long_is_passed_over(
    source: Writing, reading: Reading, monkeypatch: pytest.MonkeyPatch, quoted: bool
) -> None:
    monkeypatch.setattr(delimited, "LINE_LIMIT_BYTES", 1000)
    long = "x" * 5000 if not quoted else '"' + 'x\n""' * 2500 + '"'
    path = source("a.csv", f"n,text\n1,a\n2,{long}\n3,b\n".encode())
    rows, faults = reading(SourceSettings(path=str(path)), batch_bytes=300)
    assert [row[1] for row in rows] == ["a", "b"]
    assert told(faults) == [(3, 11, "line_too_long")]
    assert rows[1][3] == path.read_bytes().index(b"3,b")


def test_a_quote_that_is_open_beyond_the_limit_tells_what_is_lost(
    source: Writing, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delimited, "LINE_LIMIT_BYTES", 1000)
    path = source("a.csv", b'n,text\n1,a\n2,"' + b"x\n" * 3000)
    rows, faults = reading(SourceSettings(path=str(path)), batch_bytes=300)
    assert [row[1] for row in rows] == ["a"]
    assert [str(fault).partition(": ")[2] for fault in faults.kept] == [
        "csv_broken (a quote is never closed: 5.9 KiB behind it are not read)"
    ]


@pytest.mark.parametrize(
    ("data", "settings", "message"),
    [
        (b"id,body\n1,a\n", {}, r"a\.csv: no column 'text'; the columns are: id, body"),
        (b"text,text\n1,a\n", {}, r"a\.csv: column 'text' stands twice in the header; rename one"),
    ],
)
def test_a_header_that_does_not_fit_is_a_mistake(
    source: Writing, reading: Reading, data: bytes, settings: dict[str, object], message: str
) -> None:
    path = source("a.csv", data)
    with pytest.raises(SourceError, match=message):
        reading(SourceSettings.model_validate({"path": str(path), **settings}))


def test_files_that_are_no_csv_are_one_fault_each(source: Writing, reading: Reading) -> None:
    paths = [
        source("a.csv", "text\n가\n".encode("utf-16")),
        source("b.csv", bytes(range(256)) * 10),
        source("c.csv", b'text,"open\n1,2\n'),
        source("d.csv", b"x" * (2**20 + 9)),
        source("e.csv", b"\n\n"),
        source("f.csv", b"text\nlast\n"),
    ]
    rows, faults = reading(SourceSettings(path=tuple(map(str, paths))))
    assert [row[1] for row in rows] == ["last"]
    found = [(Path(fault.source_file).name, fault.reason) for fault in faults.kept]
    assert found == [
        ("a.csv", "encoding_unknown"),
        ("b.csv", "file_broken"),
        ("c.csv", "csv_broken"),
        ("d.csv", "line_too_long"),
    ]
