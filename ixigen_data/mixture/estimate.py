"""What a source will give, estimated from a sample of it, before anything is built."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from ixigen_data.clean.chain import Chain, rules_for
from ixigen_data.core.documents import Documents, text_buffers
from ixigen_data.core.errors import TokenizerError
from ixigen_data.core.files import open_read
from ixigen_data.core.ledger import Account
from ixigen_data.core.steps import Rule
from ixigen_data.sources.expansion import expansion
from ixigen_data.sources.faults import Faults
from ixigen_data.sources.files import SourceFile, list_files
from ixigen_data.sources.read import read_documents
from ixigen_data.sources.row_groups import open_table
from ixigen_data.sources.settings import SourceSettings, format_of
from ixigen_data.sources.spans import TASK_BYTES, Span, plan_spans
from ixigen_data.tokens.backend import Backend
from ixigen_data.tokens.fast import FastBackend
from ixigen_data.tokens.reference import ReferenceBackend
from ixigen_data.tokens.tokenizer import Tokenizer

WHOLE_BYTES = 8 << 20  # a source up to here is read whole
PLACES = 12  # of a larger one, this many places
_PLACE_BYTES = 512 << 10  # of text at each
_FILES = 512  # of a tree of small files, this many

_Item = TypeVar("_Item")

# Deduplication, token store, order, shards and recount beside reading, cleaning and tokenizing: 2.2 to 6.7 s, by a
# profile of a build from 56 MB of statutes.
_LATER_STAGES = 0.35


@dataclass(frozen=True)
class SourceEstimate:
    """One source, scaled up from its sample. Copies are not looked for, so supply can only be smaller."""

    source: str
    files: int
    stored_bytes: int
    text_bytes: int  # cleaned
    documents: int
    tokens: int  # EOS and BOS included
    cpu_seconds: float  # of the whole build
    sampled: float  # ratio of the source that was read, in (0, 1]


def open_fastest(tokenizer: Tokenizer) -> Backend:
    """Return the backend that a build would most likely use; an estimate needs no proof."""
    try:
        return FastBackend(tokenizer)
    except TokenizerError:
        return ReferenceBackend(tokenizer)


def estimate_source(
    name: str, settings: SourceSettings, rules: Sequence[Rule], tokenizer: Tokenizer, backend: Backend
) -> SourceEstimate:
    """Return what a source will give.

    Raises:
        SourceError: it is missing, empty or unreadable.
    """
    files = list_files(name, settings)
    stored = sum(file.size_bytes for file in files)
    chain = Chain(rules_for(rules, name, settings.language))
    began = time.process_time()
    documents = tokens = text_bytes = 0
    sampled = 0.0
    extra = 1 if tokenizer.bos_id is None else 2
    for batch, ratio in _sample(files, settings, stored):
        kept, _ = chain.run(batch, Account())
        ids, _ = backend.encode(kept.text)
        _, offsets = text_buffers(kept.text)
        documents += len(kept)
        tokens += len(ids) + extra * len(kept)
        text_bytes += int(offsets[-1] - offsets[0])
        sampled += ratio
    scale = 1 / sampled if sampled else 0.0
    seconds = (time.process_time() - began) * scale * (1 + _LATER_STAGES)
    return SourceEstimate(
        name,
        len(files),
        stored,
        round(text_bytes * scale),
        round(documents * scale),
        round(tokens * scale),
        seconds,
        min(1.0, sampled),
    )


def _sample(files: Sequence[SourceFile], settings: SourceSettings, stored: int) -> Iterator[tuple[Documents, float]]:
    """Yield batches from places spread over a source, each with the ratio of the source that it is."""
    if stored <= WHOLE_BYTES:
        spans = [span for task in plan_spans(files, settings) for span in task]
        batches = list(read_documents(settings, spans, Faults()))
        yield from ((batch, 1 / len(batches)) for batch in batches)
        return
    kind = format_of(files[0].url, settings)
    if kind == "text":
        chosen = _spread(files, _FILES)
        spans = [span for task in plan_spans(chosen, settings) for span in task]
        batches = list(read_documents(settings, spans, Faults()))
        ratio = sum(file.size_bytes for file in chosen) / stored / max(1, len(batches))
        yield from ((batch, ratio) for batch in batches)
        return
    task_bytes = max(_PLACE_BYTES, min(TASK_BYTES, stored // PLACES))
    spans = _spread([span for task in plan_spans(files, settings, task_bytes) for span in task], PLACES)
    for span in spans:
        for batch in islice(read_documents(settings, [span], Faults(), _PLACE_BYTES), 1):
            yield batch, _ratio_of_span(span, batch, kind) * span.size_bytes / stored


def _ratio_of_span(span: Span, batch: Documents, kind: str | None) -> float:
    """Return which part of a span its first batch is."""
    if kind == "parquet":
        with open_read(span.url) as stream:
            metadata = open_table(stream).metadata
        stop = metadata.num_row_groups if span.stop is None else span.stop
        rows = sum(int(metadata.row_group(group).num_rows) for group in range(span.start, stop))
        return len(batch) / max(1, rows)
    # From the first record to the last; the last one's own bytes count as one record more.
    read = int(batch.offset[-1] - batch.offset[0]) * len(batch) / max(1, len(batch) - 1)
    if len(batch) == 1:
        read = span.size_bytes
    return min(1.0, read / (span.size_bytes * expansion(span.url)))


def _spread(items: Sequence[_Item], most: int) -> list[_Item]:
    """Return up to `most` items, evenly spread."""
    step = max(1.0, len(items) / most)
    return [items[int(number * step)] for number in range(min(most, len(items)))]
