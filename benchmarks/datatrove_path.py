"""The whole path as datatrove and LLM-Foundry go it: raw JSON lines to shards, by their own steps.

Korean words are what white space parts in its filters and in its search for evaluation items, which is the least that
splitting can cost; its near-duplicates get its default, Kiwi. Its filters have the limits that they have for English,
which hardly a Korean document passes: they give their verdict on each, and all go on.
"""

import re
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import ClassVar

import numpy as np
import orjson
import zstandard
from datatrove.data import Document
from datatrove.pipeline.base import PipelineStep
from datatrove.pipeline.decont.n_grams import NGramsDecontFilter, NGramsDecontIndexer
from datatrove.pipeline.dedup import MinhashDedupBuckets, MinhashDedupCluster, MinhashDedupFilter, MinhashDedupSignature
from datatrove.pipeline.filters import (
    C4QualityFilter,
    FineWebQualityFilter,
    GopherQualityFilter,
    GopherRepetitionFilter,
)
from datatrove.pipeline.filters.base_filter import BaseFilter
from datatrove.pipeline.formatters import FTFYFormatter, PIIFormatter
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers import JsonlWriter
from datatrove.utils.logging import logger
from datatrove.utils.word_tokenizers import KiwiTokenizer, WordTokenizer

from benchmarks.bench_build import foundry
from benchmarks.harness import Work

_TASK = "suites"


class Spaces(WordTokenizer):  # type: ignore[misc]
    """Words are what white space parts, sentences what ends in a full stop."""

    sentence: ClassVar[re.Pattern[str]] = re.compile(r"[^.?!]+[.?!]*\s*")

    def word_tokenize(self, text: str) -> list[str]:
        return text.split()

    def sent_tokenize(self, text: str) -> list[str]:
        return self.sentence.findall(text)

    def span_tokenize(self, text: str) -> list[tuple[int, int]]:
        return [match.span() for match in self.sentence.finditer(text)]


class Verdicts(PipelineStep):  # type: ignore[misc]
    """Runs filters on every document and lets all of them pass."""

    name = "verdicts"

    def __init__(self, filters: list[BaseFilter]) -> None:
        super().__init__()
        self._filters = filters

    def run(self, data: Iterator[Document], *_: int) -> Iterator[Document]:
        for document in data:
            for each in self._filters:
                each.filter(document)
            yield document


def datatrove(path: str, tokenizer_folder: str, suites: Mapping[str, list[str]]) -> Work:
    """The peer.

    Args:
        suites: keys of the texts of evaluation items by the suite's file.
    """
    logger.disable("datatrove")
    folder = Path(tempfile.mkdtemp())
    spaces, kiwi = Spaces("kor"), KiwiTokenizer("cong")
    kiwi.word_tokenize("약관을 읽었다.")  # loads its model
    _write_index(folder / "index", spaces, suites)
    makers = (GopherRepetitionFilter, GopherQualityFilter, C4QualityFilter, FineWebQualityFilter)
    cleaning = [
        FTFYFormatter(),
        PIIFormatter(),
        Verdicts(
            [*(make(language=spaces) for make in makers), NGramsDecontFilter(str(folder / "index"), language=spaces)]
        ),
        JsonlWriter(str(folder / "clean"), "${rank}.jsonl", compression=None),
    ]
    convert = foundry(str(folder / "kept" / "00000.jsonl"), tokenizer_folder)

    def clean() -> None:
        _run([JsonlReader(str(Path(path).parent), glob_pattern=Path(path).name), *cleaning])

    def sign() -> None:
        _run([JsonlReader(str(folder / "clean")), MinhashDedupSignature(str(folder / "signatures"), language=kiwi)])

    def cluster() -> None:
        for bucket in range(14):
            MinhashDedupBuckets(str(folder / "signatures"), str(folder / "buckets")).run(None, bucket, 14)
        MinhashDedupCluster(str(folder / "buckets"), str(folder / "removed")).run(None, 0, 1)
        kept = JsonlWriter(str(folder / "kept"), "${rank}.jsonl", compression=None)
        _run([JsonlReader(str(folder / "clean")), MinhashDedupFilter(str(folder / "removed")), kept])

    steps = {"clean": clean, "sign": sign, "cluster": cluster, "shards": convert}
    return lambda: {name: _seconds(step) for name, step in steps.items()}


def _seconds(step: Callable[[], object]) -> float:
    start = time.process_time()
    step()
    return time.process_time() - start


def _run(steps: list[PipelineStep]) -> None:
    data = None
    for step in steps:
        data = step.run(data, 0, 1)
    for _ in data or ():
        pass


def _write_index(folder: Path, words: WordTokenizer, suites: Mapping[str, list[str]]) -> None:
    """Write the index of evaluation items as its indexer does, which asks for lighteval to read others besides."""
    NGramsDecontIndexer._requires_dependencies = []  # noqa: SLF001 - the list of what it asks for
    indexer = NGramsDecontIndexer(str(folder), language=words)
    hashes: set[int] = set()
    for file, keys in suites.items():
        with Path(file).open("rb") as stream:
            lines = zstandard.ZstdDecompressor().stream_reader(stream).read().splitlines()
        for item in map(orjson.loads, lines):
            hashes.update(number for key in keys for number in indexer.compute_hashes(item[key]))
    folder.mkdir()
    np.array(sorted(hashes), indexer.config.hash_config.np_descr).tofile(folder / f"{_TASK}.index.hashes")
