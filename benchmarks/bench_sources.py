"""Readers: datatrove's and ours, of the same files, from bytes on the disk to documents in memory.

Both must give the documents that were written: theirs are measured in characters, ours in bytes, as each holds them. Of
web archives both extract the text, with the same
extractor in a process of its own, whose time counts. Ours checks stamps and keeps the place of every record besides.
"""

import csv
import hashlib
import io
import resource
import sys
import tempfile
import types
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import zstandard
from pydantic import JsonValue, TypeAdapter
from rich.console import Console
from rich.table import Table

from benchmarks.harness import CORPORA, Figures, Work, measure, write_results
from ixigen_data.core.documents import text_buffers
from ixigen_data.sources.faults import Faults
from ixigen_data.sources.files import list_files
from ixigen_data.sources.read import read_documents
from ixigen_data.sources.settings import SourceSettings
from ixigen_data.sources.spans import plan_spans

STATUTES, REVIEWS, PAGES = (
    CORPORA / "ko_general" / name for name in ("law-00", "nsmc_reviews", "libreoffice_help_html")
)
SIZES = {"statutes": (15 << 20, 60 << 20), "reviews": (4 << 20, 16 << 20), "pages": (1 << 20, 4 << 20)}
CORPUS = {"statutes": STATUTES, "reviews": REVIEWS, "pages": PAGES}
TABLES = ("jsonl", "jsonl.zst", "csv", "parquet", "arrow")
FORMATS = {"statutes": TABLES, "reviews": TABLES, "pages": ("warc.gz",)}
GOAL = 1.0  # of what is read: never slower; the extraction of pages is the same code on both sides


def datatrove(path: str) -> Work:
    """The peer: datatrove 0.10.1's own readers."""
    from datatrove.utils.logging import logger

    logger.disable("datatrove")
    documents, tables = _peer(path), ".warc" not in path

    def work() -> JsonValue:
        before, count, chars = _seconds_of_children(), 0, 0
        for document in documents():
            count += 1
            chars += len(document.text) if tables else len(document.text.encode())
        return {
            "documents": count,
            "chars" if tables else "bytes": chars,
            "children_seconds": _seconds_of_children() - before,
        }

    return work


def ixigen(path: str) -> Work:
    """Ours, as a task of the clean stage reads."""
    keys = {} if ".warc" in path else {"id": "id"}
    settings = SourceSettings.model_validate({"path": path, **keys})
    spans = [span for task in plan_spans(list_files("bench", settings), settings) for span in task]
    for _ in read_documents(settings, spans[:1], Faults()):  # compiles the kernels
        break

    def work() -> JsonValue:
        before, count, size = _seconds_of_children(), 0, 0
        for batch in read_documents(settings, spans, Faults(strict=True)):
            # Pages without text are dropped by the chain, and by datatrove's extractor.
            text = batch.text.filter(pc.not_equal(batch.text, "")) if ".warc" in path else batch.text
            _, offsets = text_buffers(text)
            count += len(text)
            size += int(offsets[-1] - offsets[0])
        return {"documents": count, "bytes": size, "children_seconds": _seconds_of_children() - before}

    return work


def _seconds_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _peer(path: str) -> Callable[[], Iterator[types.SimpleNamespace]]:
    from datatrove.pipeline.extractors import Trafilatura
    from datatrove.pipeline.readers import CSVReader, IpcReader, JsonlReader, ParquetReader, WarcReader

    folder, name = str(Path(path).parent), Path(path).name
    if name.endswith(".warc.gz"):
        # It asks for libmagic, which these files, whose pages are told, give it no use for.
        sys.modules.setdefault("magic", types.ModuleType("magic"))
        sys.modules.setdefault("cchardet", types.ModuleType("cchardet"))
        WarcReader._requires_dependencies = ["warcio"]  # noqa: SLF001 - the list of what it asks for
        reader = WarcReader(folder, glob_pattern=name)
        extractor = Trafilatura(favour_precision=False, deduplicate=False, timeout=60)
        return lambda: extractor.run(reader.run())
    csv.field_size_limit(2**30)  # as it is, a statute of more than 128 KiB ends its run
    kinds = {"jsonl": JsonlReader, "csv": CSVReader, "parquet": ParquetReader, "arrow": IpcReader}
    kind = kinds[name.removesuffix(".zst").rpartition(".")[2]]
    return kind(folder, glob_pattern=name).run


@dataclass(frozen=True)
class Comparison:
    """Both readers on one file."""

    corpus: str
    format: str
    text_bytes: int
    stored_bytes: int
    same_documents: bool
    times_datatrove: float  # of CPU-seconds
    contenders: dict[str, Figures]


def main(quick: bool) -> bool:
    """Measure every format at two sizes and print a table; return whether documents agree and the mark is met."""
    results = [
        compare(folder, corpus, form, size // 8 if quick else size)
        for folder in [tempfile.mkdtemp()]
        for corpus, forms in FORMATS.items()
        for form in forms
        for size in SIZES[corpus]
    ]
    show(results)
    same = all(result.same_documents for result in results)
    if quick:
        return same
    path = write_results("sources", TypeAdapter(list[Comparison]).dump_python(results, mode="json"))
    print(f"figures: {path}")
    return same and all(result.times_datatrove >= GOAL for result in results if result.corpus != "pages")


def compare(folder: str, corpus: str, form: str, size: int) -> Comparison:
    """Return the figures of both readers on one corpus in one format."""
    records = read_records(CORPUS[corpus].with_suffix(".jsonl.zst"), size)
    path = Path(folder) / f"{corpus}-{size}.{form}"
    WRITERS[form](path, records)
    runs = {one.__name__: _whole_cost(measure(one, str(path))) for one in (datatrove, ixigen)}
    size_bytes, chars = (sum(map(len, texts)) for texts in _texts(records))
    expected = (
        {"documents": len(records), "bytes": size_bytes, "chars": chars} if form in TABLES else _told(runs["datatrove"])
    )
    same = all(expected[key] == told for run in runs.values() for key, told in _told(run).items())
    return Comparison(
        corpus,
        form,
        size_bytes,
        path.stat().st_size,
        same,
        runs["datatrove"].cpu_seconds / runs["ixigen"].cpu_seconds,
        runs,
    )


def _texts(records: Sequence[dict[str, str]]) -> tuple[list[bytes], list[str]]:
    texts = [record["text"] for record in records]
    return [text.encode() for text in texts], texts


def _told(run: Figures) -> dict[str, JsonValue]:
    """Return what a contender says it has read."""
    assert isinstance(run.result, dict)
    return {key: told for key, told in run.result.items() if key != "children_seconds"}


def _whole_cost(run: Figures) -> Figures:
    """Return figures with the CPU time of the extraction's process in them."""
    assert isinstance(run.result, dict)
    children = run.result["children_seconds"]
    assert isinstance(children, float)
    return run.model_copy(update={"cpu_seconds": run.cpu_seconds + children})


def show(results: Sequence[Comparison]) -> None:
    """Print the figures."""
    table = Table("corpus", "format", "text", "reader", "CPU s", "MB/s", "× datatrove", "peak RSS", title="Readers")
    for result in results:
        size, peer = f"{result.text_bytes / 1e6:.1f} MB", result.contenders["datatrove"]
        for name, run in result.contenders.items():
            times, rate = peer.cpu_seconds / run.cpu_seconds, result.text_bytes / 1e6 / run.cpu_seconds
            figures = f"{run.cpu_seconds:.2f}", f"{rate:.0f}", f"{times:.1f}", f"{run.peak_bytes / 1e6:.0f} MB"
            table.add_row(result.corpus, result.format, size, name, *figures)
    Console().print(table)
    for result in results:
        if not result.same_documents:
            print(f"{result.corpus}, {result.format}, {result.text_bytes / 1e6:.1f} MB: THE DOCUMENTS DIFFER")


def read_records(corpus: Path, limit_bytes: int) -> list[dict[str, str]]:
    """Return whole records from the start of a corpus, and again where it is too small, up to a size in UTF-8."""
    with corpus.open("rb") as stream:
        lines = zstandard.ZstdDecompressor().stream_reader(stream).read().splitlines()
    records: list[dict[str, str]] = []
    size = 0
    while True:
        for line in lines:
            # datatrove's csv reader keeps no other line ends, and none of its readers an empty document.
            text = orjson.loads(line)["text"].replace("\r\n", "\n")
            if not text:
                continue
            size += len(text.encode())
            if size > limit_bytes:
                return records
            records.append({"id": str(len(records)), "text": text})


def _lines(records: Sequence[dict[str, str]]) -> bytes:
    return b"".join(orjson.dumps(record) + b"\n" for record in records)


def _write_csv(path: Path, records: Sequence[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, ["id", "text"])
        writer.writeheader()
        writer.writerows(records)


def _write_arrow(path: Path, records: Sequence[dict[str, str]]) -> None:
    table = pa.Table.from_pylist(list(records))
    with pa.ipc.new_file(str(path), table.schema) as writer:
        writer.write_table(table, max_chunksize=1000)


def _write_warc(path: Path, records: Sequence[dict[str, str]]) -> None:
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    with path.open("wb") as stream:
        writer = WARCWriter(stream, gzip=True)
        for record in records:
            http = StatusAndHeaders("200 OK", [("Content-Type", "text/html; charset=utf-8")], protocol="HTTP/1.1")
            url = f"http://example.kr/{hashlib.sha256(record['id'].encode()).hexdigest()}"
            told = {"WARC-Identified-Payload-Type": "text/html"}
            body = io.BytesIO(record["text"].encode())
            writer.write_record(
                writer.create_warc_record(url, "response", body, http_headers=http, warc_headers_dict=told)
            )


WRITERS: dict[str, Callable[[Path, Sequence[dict[str, str]]], object]] = {
    "jsonl": lambda path, records: path.write_bytes(_lines(records)),
    "jsonl.zst": lambda path, records: path.write_bytes(zstandard.compress(_lines(records))),
    "csv": _write_csv,
    "parquet": lambda path, records: pq.write_table(pa.Table.from_pylist(list(records)), path, row_group_size=10_000),
    "arrow": _write_arrow,
    "warc.gz": _write_warc,
}
