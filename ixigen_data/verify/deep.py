"""The windows against the sources: documents drawn by hash, read again, and looked for token by token.

A recount proves that a dataset agrees with itself; this proves, of a sample, that it holds what its sources hold.
Nothing that wrote the shards is used: raw files, the rules of cleaning and the reference tokenizer are.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from pydantic import BaseModel, Field

from ixigen_data.core.errors import DedupError, ShardError, SourceError, TokenizerError
from ixigen_data.core.progress import Progress, Silent
from ixigen_data.dedup.lines.frequent import FrequentLines, nothing_frequent
from ixigen_data.shards.lineage_search import in_parallel
from ixigen_data.shards.lines import published_lines
from ixigen_data.shards.manifest import Manifest
from ixigen_data.sources.files import list_files
from ixigen_data.tokens.reference import ReferenceBackend
from ixigen_data.tokens.tokenizer import Tokenizer, open_tokenizer
from ixigen_data.verify.draw import Dataset, Reference, draw_documents
from ixigen_data.verify.findings import Problem
from ixigen_data.verify.judge import Evidence, wrong_documents
from ixigen_data.verify.pieces import Piece, find_pieces, wrong_tokens
from ixigen_data.verify.reread import FileJob, Reread, Variant, jobs_for, read_again, recipe_of

STAGE = "reread"
DOCUMENTS = 300


class SourceCheck(BaseModel):
    """What was looked at of one source."""

    files: int = 0  # read through
    documents: int = 0  # compared with their windows
    dropped: int = 0  # that cleaning drops, and that were looked for in every window
    pieces: int = 0
    tokens: int = 0
    unchecked: str | None = None  # why some or all of it could not be checked
    changed: str | None = None  # how its files differ from those of the build, in number or bytes


class DeepCheck(BaseModel):
    """What was found when documents were read again."""

    problems: list[Problem] = Field(default_factory=list)
    sources: dict[str, SourceCheck] = Field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether every source could be checked, and nothing is wrong."""
        return not self.problems and not any(source.unchecked for source in self.sources.values())


def verify_deep(
    url: str, progress: Progress | None = None, workers: int = 1, documents: int = DOCUMENTS, seed: int = 0
) -> DeepCheck:
    """Return what about `documents` documents, drawn from all sources, say of the dataset at `url`.

    Relative paths of the recipe begin at the current folder, as they did in the build. The shards must agree with the
    manifest: `verify` first. Memory: the texts of the documents, and a batch of a source a worker.

    Raises:
        ShardError: there is no manifest, it holds no recipe or no lineage, or a shard cannot be read.
    """
    manifest = Manifest.load(url)
    if not manifest.lineage:
        raise ShardError(f"{url}: has no lineage, so its documents cannot be found")
    dataset = Dataset(url, manifest, progress or Silent(), workers)
    sources = [source for part in manifest.parts for source in part.sources]
    try:
        settings, variants = recipe_of(manifest)
    except DedupError as error:  # other items would drop other documents
        return _unchecked(sources, str(error))
    try:
        tokenizer = open_tokenizer(settings)
        backend = ReferenceBackend(tokenizer)
    except TokenizerError as error:
        return _unchecked(sources, str(error))
    if tokenizer.fingerprint != manifest.tokenizer.fingerprint:
        return _unchecked(sources, f"{tokenizer.path} is another tokenizer now: its fingerprint differs")
    return _Deep(dataset, variants, tokenizer, backend, seed, published_lines(url, manifest)).check(documents)


def _unchecked(sources: Sequence[str], why: str) -> DeepCheck:
    return DeepCheck(sources={source: SourceCheck(unchecked=why) for source in sources})


@dataclass(frozen=True)
class _Deep:
    """The steps of a check."""

    dataset: Dataset
    variants: Mapping[str, tuple[Variant, ...]]
    tokenizer: Tokenizer
    backend: ReferenceBackend
    seed: int
    lines: Mapping[str, FrequentLines]  # cut from the documents of a source

    def check(self, documents: int) -> DeepCheck:
        found = DeepCheck()
        drawn = draw_documents(self.dataset, documents, self.seed)
        jobs = [job for source in self._sources() for job in self._jobs(source, drawn.get(source, []), found)]
        evidence = self._evidence(jobs, found)
        candidates = {
            reference: [record.tokens for record in evidence.kept(reference) if record.tokens is not None]
            for reference in evidence.records
        }
        placed = find_pieces(self.dataset, evidence.records)
        pieces: dict[Reference, list[Piece]] = defaultdict(list)
        for some in placed.values():
            for piece in some:
                pieces[piece.reference].append(piece)
        known = {file: [piece for piece in some if candidates[piece.reference]] for file, some in placed.items()}
        found.problems += wrong_tokens(self.dataset, known, candidates)
        found.problems += wrong_documents(self.dataset.manifest, Evidence(evidence.records, pieces))
        _count(found, evidence, pieces)
        return found

    def _sources(self) -> list[str]:
        return [source for part in self.dataset.manifest.parts for source in part.sources]

    def _jobs(self, source: str, drawn: Sequence[Reference], found: DeepCheck) -> list[FileJob]:
        """Return the files of a source to read, after noting which are gone or changed."""
        check = found.sources.setdefault(source, SourceCheck())
        if source not in self.variants:
            check.unchecked = "the manifest's recipe does not name it"
            return []
        jobs: list[FileJob] = []
        lacking: set[str] | None = None  # of every variant: an earlier recipe may have read other files
        for variant in self.variants[source]:
            try:
                files = list_files(source, variant.settings)
            except SourceError as error:
                check.unchecked = str(error)
                continue
            if variant is self.variants[source][0]:
                check.changed = self._changed(source, len(files), sum(file.size_bytes for file in files))
            chosen, gone = jobs_for(source, variant, drawn, files, self.seed)
            lacking = set(gone) if lacking is None else lacking & set(gone)
            jobs += chosen
        if lacking:
            check.unchecked = f"{len(lacking):,} of its files are gone, {min(lacking)} among them"
        check.files = len({job.file.url for job in jobs})
        return jobs

    def _changed(self, source: str, files: int, size_bytes: int) -> str | None:
        record = self.dataset.manifest.sources.get(source)
        if record is None or (record.files, record.bytes) == (files, size_bytes):
            return None
        return f"{files:,} files, {size_bytes:,} bytes; built from {record.files:,} files, {record.bytes:,} bytes"

    def _evidence(self, jobs: Sequence[FileJob], found: DeepCheck) -> Evidence:
        """Read files through; note what cannot be read, and documents that are in their files no more."""
        progress = self.dataset.progress
        progress.begin(STAGE, sum(job.file.size_bytes for job in jobs), "bytes")
        records: dict[Reference, list[Reread]] = defaultdict(list)
        wanted: dict[Reference, bool] = {}
        for job, read in in_parallel(self._read, jobs, self.dataset.workers):
            progress.advance(STAGE, job.file.size_bytes)
            if isinstance(read, str):
                found.sources[job.source].unchecked = read
                continue
            for record in read:
                if not any(_same(record, other) for other in records[record.reference]):
                    records[record.reference].append(record)
            wanted |= dict.fromkeys(_wanted(job), True)
        progress.end(STAGE)
        for reference in wanted:
            if not records.get(reference):
                message = f"document {reference.document!r} of {reference.source}: is not in its file any more"
                found.problems.append(Problem(file=reference.file, message=message))
        return Evidence({reference: some for reference, some in records.items() if some}, {})

    def _read(self, job: FileJob) -> list[Reread] | str:
        try:
            frequent = self.lines.get(job.source, nothing_frequent())
            return read_again(job, self.tokenizer, self.backend, self.seed, frequent)
        except SourceError as error:
            return str(error)


def _wanted(job: FileJob) -> list[Reference]:
    return [Reference(job.source, job.name, document) for document in sorted(job.wanted)]


def _same(one: Reread, other: Reread) -> bool:
    if one.tokens is None or other.tokens is None:
        return one.tokens is other.tokens
    return one.key == other.key and np.array_equal(one.tokens, other.tokens)


def _count(found: DeepCheck, evidence: Evidence, pieces: Mapping[Reference, Sequence[Piece]]) -> None:
    for reference in evidence.records:
        check = found.sources[reference.source]
        if not evidence.kept(reference):
            check.dropped += 1
        elif some := pieces.get(reference):
            check.documents += 1
            check.pieces += len(some)
            check.tokens += sum(piece.tokens for piece in some)
