"""Documents read again from their sources, cleaned as the recipe says, and encoded by the reference backend."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import xxhash
from pydantic import BaseModel, ValidationError

from ixigen_data.clean.chain import Chain, rules_for
from ixigen_data.clean.keys import document_keys
from ixigen_data.core.documents import Documents
from ixigen_data.core.errors import ShardError
from ixigen_data.core.files import without_secrets
from ixigen_data.core.ledger import Account
from ixigen_data.core.seeds import seed_for
from ixigen_data.core.settings import first_mistake
from ixigen_data.core.steps import Rule
from ixigen_data.dedup.lines.frequent import FrequentLines
from ixigen_data.dedup.lines.strip import BOILERPLATE_ONLY, strip
from ixigen_data.dedup.settings import DedupSettings
from ixigen_data.rules.settings import DEFAULT_RULES, AnyRule
from ixigen_data.shards.manifest import Manifest
from ixigen_data.sources.faults import Faults
from ixigen_data.sources.files import SourceFile
from ixigen_data.sources.read import read_documents
from ixigen_data.sources.settings import SourceSettings
from ixigen_data.sources.spans import plan_spans
from ixigen_data.tokens.backend import Ids
from ixigen_data.tokens.reference import ReferenceBackend
from ixigen_data.tokens.settings import TokenizerSettings
from ixigen_data.tokens.tokenizer import Tokenizer
from ixigen_data.verify.draw import Reference

_LARGE_BYTES = 64 * 2**20
_LARGE_FILES = 16  # of a source: a document is found by reading through its file
_MORE_FILES = 16  # small ones that the draw did not name: what was dropped is in no lineage


@dataclass(frozen=True)
class Variant:
    """How a recipe reads and cleans a source. A dataset that was continued may have had several recipes."""

    settings: SourceSettings
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Reread:
    """What a source gives for a reference: one record of that id."""

    reference: Reference
    tokens: Ids | None  # BOS and EOS included; None where cleaning drops it
    key: str  # xxh3_128 of the cleaned text; "" where it is dropped
    reason: str = ""  # why it is dropped


class _Sections(BaseModel):
    """What of a recipe decides a document's tokens; the rest decides where they stand."""

    tokenizer: TokenizerSettings
    sources: dict[str, SourceSettings]
    clean: tuple[AnyRule, ...] = DEFAULT_RULES
    dedup: DedupSettings = DedupSettings()

    def chain(self) -> tuple[Rule, ...]:
        """Return all that is done to a document, as `Recipe.chain` does."""
        return (*self.clean, *self.dedup.rules())


def recipe_of(manifest: Manifest) -> tuple[TokenizerSettings, dict[str, tuple[Variant, ...]]]:
    """Return the tokenizer of a dataset's recipe, and how each source was read: by the last recipe first.

    Raises:
        ShardError: a recipe in the manifest is none that this version can read.
        DedupError: an evaluation suite is gone, or is not what it was.
    """
    recipes = [manifest.recipe, *(entry.recipe for entry in reversed(manifest.generations) if entry.recipe is not None)]
    variants: dict[str, list[Variant]] = defaultdict(list)
    try:
        sections = [_Sections.model_validate(recipe) for recipe in recipes]
    except ValidationError as error:
        told = f"recipe.{first_mistake(error)}"
        if error.errors()[0]["type"] == "value_error":  # a check of ours, such as the one of a key: it says what to do
            raise ShardError(f"manifest.json: {told}") from None
        raise ShardError(f"manifest.json: {told}; the version of ixigen that built the dataset reads it") from None
    for section in sections:
        for name, settings in section.sources.items():
            variant = Variant(settings, rules_for(section.chain(), name, settings.language))
            if variant not in variants[name]:
                variants[name].append(variant)
    return sections[0].tokenizer, {name: tuple(found) for name, found in variants.items()}


@dataclass(frozen=True)
class FileJob:
    """One file to be read through: which of its documents are wanted, and how many others are looked at."""

    source: str
    variant: Variant
    file: SourceFile
    wanted: frozenset[str]  # ids
    probes: int  # further documents, chosen by the hash of their ids

    @property
    def name(self) -> str:
        """The file as lineage calls it."""
        return without_secrets(self.file.url)


def jobs_for(
    source: str, variant: Variant, drawn: Sequence[Reference], files: Iterable[SourceFile], seed: int
) -> tuple[list[FileJob], list[str]]:
    """Return the files of a source that are read, and those that lineage names and nobody has any more.

    At most 16 large files are read through; where that leaves drawn documents out, others of those files stand in.
    """
    listed = {without_secrets(file.url): file for file in files}
    wanted: dict[str, set[str]] = defaultdict(set)
    gone: dict[str, None] = {}
    large = 0
    for reference in drawn:
        file = listed.get(reference.file)
        if file is None:
            gone[reference.file] = None
        elif file.size_bytes <= _LARGE_BYTES or reference.file in wanted or large < _LARGE_FILES:
            large += file.size_bytes > _LARGE_BYTES and reference.file not in wanted
            wanted[reference.file].add(reference.document)
    for url in _more_files(listed, wanted, seed):
        wanted[url] = set()
    left_out = len(drawn) - sum(map(len, wanted.values()))
    probes = max(4, math.ceil(left_out / max(1, len(wanted))))
    jobs = [FileJob(source, variant, listed[url], frozenset(ids), probes) for url, ids in wanted.items()]
    return jobs, list(gone)


def _more_files(listed: Mapping[str, SourceFile], wanted: Mapping[str, set[str]], seed: int) -> list[str]:
    others = [url for url, file in listed.items() if url not in wanted and 0 < file.size_bytes <= _LARGE_BYTES]
    return sorted(others, key=lambda url: seed_for(seed, "verify", "files", url))[:_MORE_FILES]


def read_again(
    job: FileJob, tokenizer: Tokenizer, backend: ReferenceBackend, seed: int, frequent: FrequentLines
) -> list[Reread]:
    """Return what a file gives for the ids that are wanted and for some others, without the source's frequent lines.

    Raises:
        SourceError: the file is gone, changes while it is read, or cannot be reached.
    """
    chain = Chain(job.variant.rules)
    found = []
    for document, records in _records(job, seed):
        reference = Reference(job.source, job.name, document)
        for record in records:
            kept, dropped = chain.run(record, Account())
            if dropped:
                found.append(Reread(reference, None, "", dropped[0].reason))
                continue
            stripped = strip(kept.text, frequent)
            if not stripped.left.all():
                found.append(Reread(reference, None, "", BOILERPLATE_ONLY))
                continue
            ids, _ = backend.encode(stripped.text)
            high, low = document_keys(kept.text)[0].tolist()
            found.append(Reread(reference, _closed(ids, tokenizer), f"{high:016x}{low:016x}"))
    return found


def _closed(ids: Ids, tokenizer: Tokenizer) -> Ids:
    opening = [] if tokenizer.bos_id is None else [tokenizer.bos_id]
    return np.concatenate([np.array(opening, np.uint32), ids, np.array([tokenizer.eos_id], np.uint32)])


def _records(job: FileJob, seed: int) -> Iterator[tuple[str, list[Documents]]]:
    """Yield the ids that are wanted and the chosen others with all their records, one document a batch."""
    records: dict[str, list[Documents]] = defaultdict(list)
    others = _LowestIds(job.probes, seed)
    spans = [span for task in plan_spans([job.file], job.variant.settings) for span in task]
    for batch in read_documents(job.variant.settings, spans, Faults()):
        for row, document in enumerate(batch.id.to_pylist()):
            evicted = None
            if document not in job.wanted:
                chosen, evicted = others.offer(document)
                if not chosen:
                    continue
            if evicted is not None:
                records.pop(evicted, None)
            records[document].append(_alone(batch, row))
    yield from records.items()


def _alone(batch: Documents, row: int) -> Documents:
    """Return a document that does not keep its batch in memory."""
    one = batch.take(np.array([row]))
    return Documents(pa.array(one.text.to_pylist(), pa.large_string()), one.id, one.file, one.offset)


class _LowestIds:
    """The ids with the lowest hashes; all records of an id go the same way."""

    def __init__(self, count: int, seed: int) -> None:
        self._count = count
        self._seed = seed_for(seed, "verify", "probes")
        self._hashes: dict[str, int] = {}
        self._highest = ""

    def offer(self, document: str) -> tuple[bool, str | None]:
        """Return whether an id is among the lowest so far, and which other one it drives out."""
        if document in self._hashes:
            return True, None
        value = xxhash.xxh3_64_intdigest(document, self._seed)
        evicted = None
        if len(self._hashes) == self._count:
            if not self._count or value >= self._hashes[self._highest]:
                return False, None
            evicted = self._highest
            del self._hashes[evicted]
        self._hashes[document] = value
        self._highest = max(self._hashes, key=self._hashes.__getitem__)
        return True, evicted
