"""The audit stage: which backend encodes a source, settled on its own documents before it is tokenized."""

from collections.abc import Iterator, Sequence
from functools import lru_cache

import pyarrow as pa
from pydantic import BaseModel

from ixigen_data.clean.arrow_files import read_arrow
from ixigen_data.clean.chunks import list_chunks, text_bytes
from ixigen_data.core.digests import digest_value
from ixigen_data.core.errors import TokenizerError
from ixigen_data.core.files import join
from ixigen_data.core.samples import MAX_ID_CHARS, shorten
from ixigen_data.engine.completion import read_outcomes
from ixigen_data.engine.decisions import Origin
from ixigen_data.engine.guard import Guard
from ixigen_data.engine.stage import Outcome, Task
from ixigen_data.tokens import fast, reference
from ixigen_data.tokens.backend import Backend
from ixigen_data.tokens.backends import BackendName, open_fast, open_reference
from ixigen_data.tokens.battery import failed_cases
from ixigen_data.tokens.compare import differing_rows
from ixigen_data.tokens.settings import TokenizerSettings
from ixigen_data.tokens.tokenizer import Tokenizer, open_tokenizer

BYTES = 1
_TASK_BYTES = 16 << 30  # of cleaned text: 16 MB of sample, ten seconds of the reference backend
_MAX_EXAMPLES = 20


class AuditSummary(BaseModel):
    """What a comparison found, and what follows from it."""

    backend: BackendName
    reason: str  # in words, for the report
    documents: int = 0
    text_bytes: int = 0
    failed_cases: list[str] = []  # of the battery
    different: int = 0  # documents of the sample
    differences: list[str] = []  # their ids, the first few


class AuditStage:
    """Compares the fast backend with the reference on the battery and on a thousandth of a source's documents."""

    unit = "bytes"

    def __init__(self, source: str, settings: TokenizerSettings, clean_folder: str, upstream: Sequence[str]) -> None:
        """`upstream`: the fingerprints of the tokenizer and of the source's clean stage."""
        self.name = f"audit/{source}"
        self._settings = settings
        self._clean_folder = clean_folder
        versions = f"{reference.VERSION} {fast.VERSION}"
        self.fingerprint = digest_value(["audit", BYTES, settings.backend, versions, *upstream])

    def tasks(self) -> Sequence[Task]:
        """Return tasks of about 16 GiB of text each: one for most sources."""
        groups: list[tuple[list[str], int]] = []
        for chunk in list_chunks(self._clean_folder):
            if not groups or groups[-1][1] + chunk.text_bytes > _TASK_BYTES:
                groups.append(([], 0))
            stems, size = groups.pop()
            groups.append(([*stems, chunk.stem], size + chunk.text_bytes))
        return [
            Task(index=index, name=f"{self.name} {index}", work=size, payload=list(stems))
            for index, (stems, size) in enumerate(groups or [([], 0)])
        ]

    def outputs(self, folder: str) -> str:
        """Return `folder`."""
        return folder

    def run(self, task: Task, folder: str) -> Outcome:
        """Compare, and say which backend to take. A document that ends workers is not compared.

        Raises:
            Searched: nothing was to be compared, only such a document to be found.
        """
        assert isinstance(task.payload, list)
        guard = Guard(folder, task.index, _origin)
        stored = (join(self._clean_folder, f"{stem}.audit.arrow") for stem in task.payload)
        batches = (batch for url in stored for batch in read_arrow(url))
        samples = guard.documents(batches, lambda batch: text_bytes(batch.column("text")), "compare")
        summary = audit(open_tokenizer(self._settings), self._settings.backend, samples)
        return Outcome(files=guard.files, summary=summary.model_dump(mode="json"))


def audit(tokenizer: Tokenizer, wanted: str, samples: Iterator[pa.RecordBatch]) -> AuditSummary:
    """Return which backend encodes as the reference does, on the battery and on the samples."""
    truth = open_reference(tokenizer)  # what it cannot read is told now, not in the middle of a build
    if wanted == "reference":
        return AuditSummary(backend="reference", reason="the recipe asks for it")
    refusal = _refusal(tokenizer)
    if refusal is not None:
        return refusal
    summary = AuditSummary(backend="fast", reason="ids are identical on the battery and on all of the sample")
    for batch in samples:
        _compare(batch, summary, truth, open_fast(tokenizer))
    if summary.different:
        told = f"ids differ on {summary.different} of {summary.documents} documents, such as {summary.differences[0]}"
        return summary.model_copy(update={"backend": "reference", "reason": told})
    return summary


def backend_of(audit_folder: str) -> BackendName:
    """Return the backend that a finished audit settled on: the fast one if every task found it identical."""
    found = [AuditSummary.model_validate(outcome.summary).backend for outcome in read_outcomes(audit_folder)]
    return "fast" if all(backend == "fast" for backend in found) else "reference"


@lru_cache(maxsize=1)
def _refusal(tokenizer: Tokenizer) -> AuditSummary | None:
    """Return why the fast backend is out of the question, if it is. Kept: a worker audits several sources."""
    try:
        candidate = open_fast(tokenizer)
    except TokenizerError as fault:
        return AuditSummary(backend="reference", reason=str(fault))
    failed = failed_cases(tokenizer, open_reference(tokenizer), candidate)
    if not failed:
        return None
    told = f"ids differ on the battery: {', '.join(failed)}"
    return AuditSummary(backend="reference", reason=told, failed_cases=failed)


def _compare(batch: pa.RecordBatch, summary: AuditSummary, truth: Backend, candidate: Backend) -> None:
    text = batch.column("text")
    rows = differing_rows(text, truth, candidate)
    summary.documents += len(text)
    summary.text_bytes += text_bytes(text)
    summary.different += len(rows)
    room = _MAX_EXAMPLES - len(summary.differences)
    summary.differences += [batch.column("id")[row].as_py() for row in rows[:room]]


def _origin(batch: pa.RecordBatch, row: int) -> Origin:
    size_bytes = text_bytes(batch.slice(row, 1).column("text"))
    return Origin(id=shorten(batch.column("id")[row].as_py(), MAX_ID_CHARS), text_bytes=size_bytes)
