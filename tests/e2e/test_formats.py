"""Whatever files the documents stand in, the dataset is the same; hostile files cost themselves."""

import csv
import io
import json
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ixigen_data.clean.chunks import CleanSummary
from ixigen_data.engine.completion import read_outcomes
from ixigen_data.verify.dataset import verify
from tests.e2e.builds import ROOT, TINY, build, data_digests

FINANCE = ROOT / "tests" / "golden" / "sources" / "finance.jsonl"
PAGE = "<html><head><meta charset={charset}></head><body><article><p>{text}</p></article></body></html>"
TEXT = "요금제 변경은 매월 한 번만 할 수 있으며, 변경한 날부터 새 요금이 적용됩니다. 위약금은 남은 기간만큼 냅니다."


def good_records() -> list[dict[str, str]]:
    """The records of the tiny recipe's source that can be read."""
    records = []
    for line in FINANCE.read_bytes().splitlines():
        try:
            record = json.loads(line.decode())
        except (json.JSONDecodeError, UnicodeDecodeError):
            continue
        if isinstance(record, dict) and isinstance(record.get("text"), str):
            records.append({key: str(record[key]) for key in ("id", "text", "title") if key in record} | {"title": "x"})
    return records


def in_csv(records: list[dict[str, str]], delimiter: str = ",", encoding: str = "utf-8-sig") -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, ["title", "id", "text"], delimiter=delimiter)
    writer.writeheader()
    writer.writerows(records)
    return out.getvalue().encode(encoding)


def in_arrow(records: list[dict[str, str]], *, stream: bool) -> bytes:
    out = io.BytesIO()
    table = pa.Table.from_pylist(records)
    with (pa.ipc.new_stream if stream else pa.ipc.new_file)(out, table.schema) as writer:
        writer.write_table(table, max_chunksize=3)
    return out.getvalue()


def in_parquet(records: list[dict[str, str]]) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(records), out, row_group_size=3)
    return out.getvalue()


def in_zip(records: list[dict[str, str]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/1.csv", in_csv(records[:2]))
        archive.writestr("b/2.parquet", in_parquet(records[2:]))
    return out.getvalue()


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The digests of the tiny dataset, built from the records that every format can hold."""
    return digests_of(
        tmp_path_factory.mktemp("jsonl"),
        "a.jsonl",
        b"".join(json.dumps(record).encode() + b"\n" for record in good_records()),
    )


def digests_of(folder: Path, name: str, data: bytes) -> dict[str, str]:
    (folder / name).write_bytes(data)
    recipe = folder / "recipe.yaml"
    recipe.write_text(Path(TINY).read_text().replace("tests/golden/sources/finance.jsonl", str(folder / name), 1))
    build(recipe, folder)
    assert verify(str(folder / "out")).ok
    return data_digests(folder / "out")


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.arrow", "a.arrows", "a.parquet", "a.zip"])
def test_every_format_gives_the_same_shards(name: str, expected: dict[str, str], tmp_path: Path) -> None:
    records = good_records()
    kind = name.rpartition(".")[2]
    data = {
        "csv": lambda: in_csv(records),
        "tsv": lambda: in_csv(records, "\t", "utf-8"),
        "arrow": lambda: in_arrow(records, stream=False),
        "arrows": lambda: in_arrow(records, stream=True),
        "parquet": lambda: in_parquet(records),
        "zip": lambda: in_zip(records),
    }[kind]()
    assert digests_of(tmp_path, name, data) == expected


def hostile(folder: Path) -> None:
    """Write a tree in which few files are what their names say."""
    pages = {charset: PAGE.format(charset=charset, text=TEXT) for charset in ("utf-8", "euc-kr")}
    (folder / "good.html").write_text(pages["utf-8"])
    (folder / "korean.html").write_bytes(pages["euc-kr"].replace("매월", "매년").encode("cp949"))
    (folder / "binary.txt").write_bytes(bytes(range(256)) * 40)
    (folder / "empty.md").touch()
    (folder / "text.csv").write_bytes("text\n지침\n".encode("utf-16"))
    (folder / "stray.csv").write_bytes(f'text\n"open\n"{TEXT} 하나"\n'.encode())
    (folder / "table.parquet").write_bytes(in_parquet([{"text": TEXT}])[:-9])
    (folder / "batches.arrow").write_bytes(in_arrow([{"text": f"{TEXT} 셋"}], stream=True)[:-8])
    (folder / "crawl.warc").write_bytes(b"WARC/1.0\r\nContent-Length: 999\r\n\r\ncut")
    (folder / "broken.zip").write_bytes(b"PK\x03\x04" + bytes(50))
    with zipfile.ZipFile(folder / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.txt", bytes(70 * 2**20))
        archive.writestr("../../outside.txt", TEXT)
        archive.writestr("ok.txt", f"{TEXT} 둘 <|endoftext|>")


def test_hostile_files_are_set_aside_and_the_rest_is_built(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    hostile(tree)
    recipe = tmp_path / "recipe.yaml"
    text = Path(TINY).read_text().replace("tests/golden/sources/ko/*.md", f"{tree}/*", 1)
    recipe.write_text(text.replace("{part: finance, epochs: 2}", "384"))
    manifest = build(recipe, tmp_path)
    assert verify(str(tmp_path / "out")).ok
    (folder,) = (tmp_path / "work" / "clean" / "essays").iterdir()
    summaries = [CleanSummary.model_validate(outcome.summary) for outcome in read_outcomes(str(folder))]
    faults = {Path(fault.source_file).name: fault.reason for summary in summaries for fault in summary.faults}
    assert faults == {
        "batches.arrow": "file_truncated",
        "binary.txt": "encoding_unknown",
        "bomb.txt": "zip_bomb",
        "broken.zip": "file_broken",
        "crawl.warc": "file_truncated",
        "outside.txt": "member_unsafe",
        "stray.csv": "csv_broken",
        "table.parquet": "file_broken",
        "text.csv": "encoding_unknown",
    }
    account = manifest.documents["essays"]["clean"]
    assert (account.documents_in, account.documents_out, account.dropped) == (6, 5, {"empty": 1})
    assert not (tmp_path.parent / "outside.txt").exists()
