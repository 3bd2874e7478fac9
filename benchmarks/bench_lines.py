"""Frequent lines: counted while documents are cleaned, found, and cut; and datatrove's three steps of the same kind.

The peer is its sentence deduplication told to split at line ends, one line a span: it takes every line that stood
anywhere before, headings and brackets included, where ours takes what a share of all documents begins or ends with. So
rates compare, results do not; both tell how much of the text they take. Its words are what white space parts.
"""

import tempfile
from collections.abc import Sequence

import numpy as np
from pydantic import JsonValue, TypeAdapter
from rich.console import Console
from rich.table import Table

from benchmarks.harness import CORPORA, Work, measure, write_results
from benchmarks.rule_runs import Comparison, batches, texts_of
from ixigen_data.clean.chunks import ChunkWriter, text_bytes
from ixigen_data.core.documents import Documents
from ixigen_data.dedup.lines.frequent import FrequentLines
from ixigen_data.dedup.lines.sidecar import LineCounts
from ixigen_data.dedup.lines.stage import LinesInputs, LinesStage, read_frequent
from ixigen_data.dedup.lines.strip import strip
from ixigen_data.dedup.settings import LinesSettings
from ixigen_data.engine.completion import complete_task, gather_outcomes, plan_tasks
from ixigen_data.engine.stage import Outcome, Stage, Task

CORPUS = {
    "law": "ko_general/law-00",
    "nsmc_reviews": "ko_general/nsmc_reviews",
    "help pages": "ko_general/libreoffice_help_html",
    "rfc": "en_telecom/rfc",
}
SIZES = (12 << 20, 48 << 20)
PEER_SHARE = 8  # how much less the peer is given: its rate does not grow with the input
GOAL = 20  # times the peer's rate, all steps together
STEPS = ("count", "find", "cut")
SETTINGS = {"edges": LinesSettings(), "anywhere": LinesSettings(where="anywhere", min_share=0.001)}
PEER = "datatrove"


def datatrove(corpus: str, size: int) -> Work:
    """The peer: hashes of all lines, those that stood before, texts without them."""
    from datatrove.data import Document
    from datatrove.pipeline.dedup import (
        SentDedupConfig,
        SentenceDedupFilter,
        SentenceDedupSignature,
        SentenceFindDedups,
    )
    from datatrove.utils.logging import logger

    from benchmarks.datatrove_path import Spaces

    logger.disable("datatrove")
    texts, words = texts_of(CORPORA / f"{CORPUS[corpus]}.jsonl.zst", size), Spaces("kor")
    config = SentDedupConfig(
        n_sentences=1, split_sentences=False, only_dedup_in_index=False, min_doc_words=0, min_num_sentences=0
    )

    def work() -> JsonValue:
        with tempfile.TemporaryDirectory() as folder:
            documents = [Document(text=text, id=str(number)) for number, text in enumerate(texts)]
            SentenceDedupSignature(f"{folder}/hashes", config=config, language=words).run(iter(documents))
            SentenceFindDedups(f"{folder}/hashes", f"{folder}/found", config=config).run()
            cut = SentenceDedupFilter(f"{folder}/found", config=config, language=words)
            left = sum(len(document.text.encode()) for document in cut.run(iter(documents)))
        return {"text_bytes": _size(texts), "cut_bytes": _size(texts) - left}

    return work


def ixigen(corpus: str, size: int, step: str, where: str) -> Work:
    """Ours: one step, as the stages of a build do it; the steps before it are preparation."""
    cleaned = _Cleaned(list(batches(texts_of(CORPORA / f"{CORPUS[corpus]}.jsonl.zst", size))), SETTINGS[where])
    folder = tempfile.mkdtemp(prefix="lines-")
    cleaned.count(folder)
    if step == "count":
        return lambda: cleaned.count(folder)
    inputs = LinesInputs(_finish(cleaned, f"{folder}/clean"), lambda _: np.zeros(0, np.uint32))
    stage = LinesStage("web", SETTINGS[where], inputs, [])
    frequent = read_frequent(_finish(stage, f"{folder}/warm"))
    if step == "find":
        return lambda: {"frequent": len(read_frequent(_finish(stage, f"{folder}/lines")))}
    cleaned.cut(frequent)
    return lambda: cleaned.cut(frequent)


class _Cleaned:
    """The clean stage of a build: batches written as they are, their lines listed beside them."""

    name, unit, fingerprint = "clean/web", "bytes", "0"

    def __init__(self, given: list[Documents], settings: LinesSettings) -> None:
        self._given = given
        self._settings = settings

    def tasks(self) -> Sequence[Task]:
        return [Task(index=0, name="clean", work=1)]

    def outputs(self, folder: str) -> str:
        return folder

    def run(self, task: Task, folder: str) -> Outcome:
        with ChunkWriter(folder, task.index, (LineCounts(self._settings),)) as writer:
            for batch in self._given:
                writer.add(batch)
        return Outcome(files=writer.files, summary=writer.summary([]).model_dump(mode="json"))

    def count(self, folder: str) -> JsonValue:
        """List the lines of all batches."""
        listed = LineCounts(self._settings).open()
        for batch in self._given:
            listed.add(batch.text)
        return {"file_bytes": sum(listed.write(folder, "lines").values())}

    def cut(self, frequent: FrequentLines) -> JsonValue:
        """Cut frequent lines from all batches."""
        whole = sum(text_bytes(batch.text) for batch in self._given)
        left = sum(text_bytes(strip(batch.text, frequent).text) for batch in self._given)
        return {"text_bytes": whole, "cut_bytes": whole - left}


def _finish(stage: Stage, folder: str) -> str:
    """Run every task of a stage, and return its folder."""
    tasks = plan_tasks(stage, folder)
    for task in tasks:
        complete_task(stage, task.index, folder)
    gather_outcomes(folder, tasks)
    return folder


def main(quick: bool) -> bool:
    """Measure every corpus at two sizes and print a table; return whether the mark is met."""
    sizes = [size // 8 for size in SIZES[:1]] if quick else SIZES
    results = [compare(corpus, size) for corpus in CORPUS for size in sizes]
    show(results)
    if quick:
        return True
    path = write_results("lines", TypeAdapter(list[Comparison]).dump_python(results, mode="json"))
    print(f"figures: {path}")
    return all(ratio(result, where) >= GOAL for result in results for where in SETTINGS)


def compare(corpus: str, size: int) -> Comparison:
    """Return the figures of the peer and of each of our steps, at the edges and anywhere."""
    texts = texts_of(CORPORA / f"{CORPUS[corpus]}.jsonl.zst", size)
    few = texts_of(CORPORA / f"{CORPUS[corpus]}.jsonl.zst", size // PEER_SHARE)
    names = [f"{where}, {step}" for where in SETTINGS for step in STEPS]
    runs = {PEER: measure(datatrove, corpus, size // PEER_SHARE)}
    for name in names:
        where, step = name.split(", ")
        runs[name] = measure(ixigen, corpus, size, step, where)
    return Comparison(corpus, {PEER: _size(few), **dict.fromkeys(names, _size(texts))}, runs)


def ratio(result: Comparison, where: str) -> float:
    """Return how many times the peer's rate all of our steps together reach."""
    seconds = sum(result.contenders[f"{where}, {step}"].cpu_seconds for step in STEPS)
    return result.text_bytes[f"{where}, cut"] / 1e6 / seconds / result.rate(PEER)


def _size(texts: list[str]) -> int:
    return sum(len(text.encode()) for text in texts)


def show(results: list[Comparison]) -> None:
    """Print the figures."""
    table = Table("corpus", "text", "step", "CPU s", "MB/s", "× the peer", "peak RSS", "result", title="Lines")
    for each in results:
        for name, run in each.contenders.items():
            where = name.split(", ")[0]
            table.add_row(
                each.corpus,
                f"{each.text_bytes[name] / 1e6:.1f} MB",
                name,
                f"{run.cpu_seconds:.3f}",
                f"{each.rate(name):.0f}",
                f"{ratio(each, where):.0f}, all steps" if name.endswith("cut") else "",
                f"{run.peak_bytes / 1e6:.0f} MB",
                _told(TypeAdapter(dict[str, int]).validate_python(run.result), each.text_bytes[name]),
            )
    Console(width=140).print(table)


def _told(result: dict[str, int], size: int) -> str:
    """Return what a step did, in words."""
    if "cut_bytes" in result:
        return f"{result['cut_bytes'] / result['text_bytes']:.2%} cut"
    if "file_bytes" in result:
        return f"{result['file_bytes'] / size:.2%} of the text's bytes"
    return f"{result['frequent']:,} lines"
