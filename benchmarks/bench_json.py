"""JSON corpora: one file of documents in the layout of 모두의 말뭉치, from bytes on the disk to documents in memory.

The peers parse: ijson item by item with its C library, json of the standard library the file as a whole, as scripts
for these corpora do. Ours checks every item by itself, keeps the place of each, and makes columns. In a third file one
item in a hundred is broken: ours tells each and goes on; what the peers give then is in the table.
"""

import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import orjson
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

LAW = CORPORA / "ko_general" / "law-00.jsonl.zst"
SIZES = (32 << 20, 128 << 20)
BROKEN_EVERY = 100
# Of memory: at four times the file, ours may take so much more.
GOAL_MEMORY = 1.25


def ijson(path: str) -> Work:
    """A peer: ijson's items, by yajl."""
    peer = import_module("ijson")

    def work() -> JsonValue:
        count = size = 0
        try:
            with open(path, "rb") as stream:
                for document in peer.items(stream, "document.item"):
                    count += 1
                    size += len("\n".join(part["form"] for part in document["paragraph"]).encode())
        except peer.JSONError:
            pass  # all that it gives
        return {"documents": count, "bytes": size}

    return work


def stdlib(path: str) -> Work:
    """A peer: the file as a whole."""

    def work() -> JsonValue:
        try:
            documents = json.loads(Path(path).read_bytes())["document"]
        except json.JSONDecodeError:
            documents = []
        texts = ["\n".join(part["form"] for part in document["paragraph"]).encode() for document in documents]
        return {"documents": len(texts), "bytes": sum(map(len, texts))}

    return work


def ixigen(path: str) -> Work:
    """Ours, as a task of the clean stage reads."""
    settings = SourceSettings(path=path, format="nikl")
    spans = [span for task in plan_spans(list_files("bench", settings), settings) for span in task]
    next(read_documents(settings, spans, Faults()))  # compiles the kernel

    def work() -> JsonValue:
        count = size = 0
        for batch in read_documents(settings, spans, Faults()):
            _, offsets = text_buffers(batch.text)
            count += len(batch)
            size += int(offsets[-1] - offsets[0])
        return {"documents": count, "bytes": size}

    return work


@dataclass(frozen=True)
class Comparison:
    """All contenders on one file."""

    file_bytes: int
    documents: int
    broken: int
    contenders: dict[str, Figures]


def main(quick: bool) -> bool:
    """Measure two sizes and a file with faults, and print a table; return whether the documents are all there."""
    sizes = [size // 16 if quick else size for size in SIZES]
    with tempfile.TemporaryDirectory() as folder:
        results = [compare(Path(folder), size, broken=False) for size in sizes]
        results.append(compare(Path(folder), sizes[0], broken=True))
    show(results)
    ours = [result.contenders["ixigen"] for result in results]
    told = [TypeAdapter(dict[str, int]).validate_python(run.result)["documents"] for run in ours]
    complete = told == [result.documents - result.broken for result in results]
    if quick:
        return complete
    print(f"figures: {write_results('json', TypeAdapter(list[Comparison]).dump_python(results, mode='json'))}")
    return complete and ours[1].peak_bytes <= GOAL_MEMORY * ours[0].peak_bytes


def compare(folder: Path, size: int, *, broken: bool) -> Comparison:
    """Return the figures of all contenders on one file."""
    path = folder / f"{size}{'-broken' if broken else ''}.json"
    documents, wrong = write_corpus(path, size, broken=broken)
    contenders = [ijson, stdlib, ixigen]
    if find_spec("ijson") is None:
        print("ijson is not installed: it is left out")
        contenders.remove(ijson)
    runs = {one.__name__: measure(one, str(path)) for one in contenders}
    return Comparison(path.stat().st_size, documents, wrong, runs)


def write_corpus(path: Path, size: int, *, broken: bool) -> tuple[int, int]:
    """Write statutes in the layout, again and again up to a size; return how many documents, and how many broken."""
    count = wrong = 0
    with path.open("wb") as stream:
        stream.write(b'{"id": "WARW1", "metadata": {"title": "statutes"}, "document": [')
        for paragraphs in _statutes():
            if stream.tell() >= size:
                break
            parts = [{"id": f"WARW1.{count}.{n}", "form": form} for n, form in enumerate(paragraphs)]
            document = orjson.dumps({"id": f"WARW1.{count}", "metadata": {"date": "2020"}, "paragraph": parts})
            if broken and count % BROKEN_EVERY == BROKEN_EVERY // 2:
                document, wrong = document.replace(b'"2020"', b"NaN", 1), wrong + 1
            stream.write((b"," if count else b"") + document)
            count += 1
        stream.write(b"]}")
    return count, wrong


def _statutes() -> Iterator[Sequence[str]]:
    with LAW.open("rb") as stream:
        lines = zstandard.ZstdDecompressor().stream_reader(stream).read().splitlines()
    while True:
        for line in lines:
            yield orjson.loads(line)["text"].splitlines()


def show(results: Sequence[Comparison]) -> None:
    """Print the figures."""
    table = Table("file", "broken", "reader", "documents", "CPU s", "MB/s", "peak RSS", title="JSON corpora")
    for result in results:
        for name, run in result.contenders.items():
            told = TypeAdapter(dict[str, int]).validate_python(run.result)
            rate = f"{result.file_bytes / 1e6 / run.cpu_seconds:.0f}"
            file, broken = f"{result.file_bytes / 1e6:.0f} MB", str(result.broken)
            documents = f"{told['documents']:,} of {result.documents:,}"
            peak = f"{run.peak_bytes / 1e6:.0f} MB"
            table.add_row(file, broken, name, documents, f"{run.cpu_seconds:.2f}", rate, peak)
    Console().print(table)
