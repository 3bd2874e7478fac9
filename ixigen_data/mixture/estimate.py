"""What a source will give, and what it will take, estimated from a sample of it, before anything is built."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ixigen_data.clean.chain import Chain, rules_for
from ixigen_data.clean.keys import document_keys
from ixigen_data.core.documents import Documents, Int64s, text_buffers
from ixigen_data.core.errors import TokenizerError
from ixigen_data.core.ledger import Account
from ixigen_data.core.steps import Rule
from ixigen_data.mixture.sample import is_paged, sample_source
from ixigen_data.sources.files import list_files
from ixigen_data.sources.settings import SourceSettings
from ixigen_data.sources.spans import plan_spans
from ixigen_data.tokens.backend import Backend
from ixigen_data.tokens.fast import FastBackend
from ixigen_data.tokens.reference import ReferenceBackend
from ixigen_data.tokens.tokenizer import Tokenizer

# A tokenizer's cache misses new words, and their number grows more slowly than the text (Heaps' law): with this power,
# by seven corpora encoded whole and their first 8 MB (0.2 for standards with much boilerplate to 0.95 for reviews).
_NEW_WORDS_POWER = 0.7

_Item = TypeVar("_Item")


@dataclass(frozen=True)
class SourceEstimate:
    """One source, scaled up from its sample. Seconds are those of one processor of this machine, for the whole source.

    Copies were looked for in what was read: where that is all, none but those of other sources and those that cleaning
    makes are missing; else supply can be smaller.
    """

    source: str
    files: int
    stored_bytes: int
    text_bytes: int  # cleaned
    packed_bytes: int  # cleaned, as the work folder keeps it
    documents: int  # without copies
    tokens: int  # without copies; EOS and BOS included
    copies: int  # documents found equal to an earlier one
    tasks: int  # of the clean stage
    longest_task: float  # ratio of the source
    read_seconds: float
    clean_seconds: float
    encode_seconds: float
    sampled: float  # ratio of the source that was read, in (0, 1]


@dataclass(frozen=True)
class Tools:
    """What text is encoded with; an estimate needs no proof that it is what a build would take."""

    tokenizer: Tokenizer
    backend: Backend


def open_tools(tokenizer: Tokenizer) -> Tools:
    """Return the backend that a build would most likely use, ready to be timed."""
    backend: Backend
    try:
        backend = FastBackend(tokenizer)
    except TokenizerError:
        backend = ReferenceBackend(tokenizer)
    backend.encode(pa.array(["a"], pa.large_string()))
    return Tools(tokenizer, backend)


def estimate_source(
    name: str, settings: SourceSettings, rules: Sequence[Rule], tools: Tools, deduplicate: bool = True
) -> SourceEstimate:
    """Return what a source will give and take.

    Raises:
        SourceError: it is missing, empty or unreadable.
    """
    files = list_files(name, settings)
    clock = time.perf_counter if is_paged(files, settings) else time.process_time  # pages have a process of their own
    read, sample = _Read(), _Sample(Chain(rules_for(rules, name, settings.language)), tools)
    sampled = 0.0
    next(sample_source(files, settings), None)  # loads the kernels
    began = clock()
    for piece in sample_source(files, settings):
        read.add(piece.documents, clock() - began)
        sampled += piece.ratio
        if piece.chosen:
            sample.add(piece.documents)
        began = clock()
    sampled = min(1.0, sampled)
    stored = sum(file.size_bytes for file in files)
    scale = 1 / sampled if sampled else 0.0
    grown = scale * read.size_bytes / sample.raw_bytes if sample.raw_bytes else 0.0
    kept = read.first_ones() if deduplicate else (1.0, 1.0)
    bodies = 1 if tools.tokenizer.bos_id is None else 2
    documents = round(read.documents * scale * sample.kept_ratio * kept[0])
    tasks = [sum(span.size_bytes for span in task) for task in plan_spans(files, settings)]
    return SourceEstimate(
        source=name,
        files=len(files),
        stored_bytes=stored,
        text_bytes=round(sample.text_bytes * grown),
        packed_bytes=round(sample.packed_bytes * grown),
        documents=documents,
        tokens=round(sample.tokens * grown * kept[1]) + bodies * documents,
        copies=round(sum(map(len, read.sizes)) * (1 - kept[0])),
        tasks=len(tasks),
        longest_task=max(tasks, default=0) / max(1, stored),
        read_seconds=read.seconds * scale,
        clean_seconds=sample.clean_seconds * grown,
        encode_seconds=sample.encode_seconds(grown),
        sampled=sampled,
    )


@dataclass
class _Read:
    """What was read of a source."""

    size_bytes: int = 0
    documents: int = 0
    seconds: float = 0.0
    keys: list[np.ndarray[tuple[int], np.dtype[np.uint64]]] = field(default_factory=list)
    sizes: list[Int64s] = field(default_factory=list)

    def add(self, batch: Documents, seconds: float) -> None:
        _, offsets = text_buffers(batch.text)
        self.size_bytes += int(offsets[-1] - offsets[0])
        self.seconds += seconds
        # White documents are all alike, and dropped before copies are looked for.
        inked = np.asarray(pc.invert(pc.utf8_is_space(batch.text))) & (np.diff(offsets) > 0)
        self.documents += len(batch)
        self.keys.append(document_keys(batch.text)[inked, 0])
        self.sizes.append(np.diff(offsets)[inked])

    def first_ones(self) -> tuple[float, float]:
        """Return the ratio of documents, and of bytes, that equal no earlier document."""
        sizes = np.concatenate([np.zeros(0, np.int64), *self.sizes])
        if not len(sizes):
            return 1.0, 1.0
        first = np.unique(np.concatenate(self.keys), return_index=True)[1]
        return len(first) / len(sizes), float(sizes[first].sum() / sizes.sum())


@dataclass
class _Sample:
    """What was cleaned and encoded of it."""

    chain: Chain
    tools: Tools
    raw_bytes: int = 0
    raw_documents: int = 0
    text_bytes: int = 0
    packed_bytes: int = 0
    documents: int = 0
    tokens: int = 0  # without EOS and BOS
    clean_seconds: float = 0.0
    first_seconds: float = 0.0  # of encoding
    again_seconds: float = 0.0  # of encoding the same once more, when every word is known

    def add(self, batch: Documents) -> None:
        if not self.raw_bytes:
            self.chain.run(batch, Account())  # loads the kernels
        (kept, _), seconds = _timed(lambda: self.chain.run(batch, Account()))
        self.clean_seconds += seconds
        (ids, _), seconds = _timed(lambda: self.tools.backend.encode(kept.text))
        self.first_seconds += seconds
        self.again_seconds += _timed(lambda: self.tools.backend.encode(kept.text))[1]
        _, offsets = text_buffers(batch.text)
        data, kept_offsets = text_buffers(kept.text)
        text = data[kept_offsets[0] : kept_offsets[-1]]
        self.raw_bytes += int(offsets[-1] - offsets[0])
        self.raw_documents += len(batch)
        self.text_bytes += len(text)
        self.packed_bytes += len(pa.compress(text.tobytes(), codec="lz4", asbytes=True))
        self.documents += len(kept)
        self.tokens += len(ids)

    @property
    def kept_ratio(self) -> float:
        """Documents that cleaning keeps, by those that were read."""
        return self.documents / max(1, self.raw_documents)

    def encode_seconds(self, grown: float) -> float:
        """Return what encoding so much more text takes."""
        new = max(0.0, self.first_seconds - self.again_seconds)
        return (self.first_seconds - new) * grown + new * math.pow(grown, _NEW_WORDS_POWER)


def _timed(work: Callable[[], _Item]) -> tuple[_Item, float]:
    began = time.process_time()
    return work(), time.process_time() - began
