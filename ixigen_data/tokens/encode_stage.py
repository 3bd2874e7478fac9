"""The tokenize stage: a chunk of cleaned documents to tokens, sorted by key."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import BaseModel

from ixigen_data.clean.chunks import list_chunks, read_documents_file, text_bytes
from ixigen_data.clean.source_files import source_files
from ixigen_data.core.digests import digest_value
from ixigen_data.core.ledger import Account, Ledger
from ixigen_data.core.lengths import histogram
from ixigen_data.core.samples import MAX_ID_CHARS, shorten, write_edits, write_samples
from ixigen_data.dedup.lines.stage import read_frequent
from ixigen_data.engine.decisions import Origin
from ixigen_data.engine.guard import Guard
from ixigen_data.engine.stage import Outcome, Task
from ixigen_data.tokens.audit import backend_of
from ixigen_data.tokens.backends import open_backend
from ixigen_data.tokens.encode import Encoded, encode_chunk, sort_by_key
from ixigen_data.tokens.kept import KeptDocuments
from ixigen_data.tokens.literals import LiteralCounter
from ixigen_data.tokens.settings import TokenizerSettings
from ixigen_data.tokens.token_files import borders_of, write_borders, write_documents
from ixigen_data.tokens.tokenizer import Tokenizer, open_tokenizer

BYTES = 2
Drops = Callable[[int], npt.NDArray[np.uint32]]


class TokenizeSummary(BaseModel):
    """What an encoded chunk holds."""

    stem: str
    documents: int
    tokens: int
    literal_specials: dict[str, int]  # by token
    lengths: dict[int, int]  # documents by tokens, in the bins of core/lengths.py


class ChunkTask(BaseModel):
    """The payload of a task: a chunk by its file stem, and its place among the source's chunks."""

    stem: str
    ordinal: int


@dataclass(frozen=True)
class TokenizeInputs:
    """Where a source's cleaned chunks and its audit lie, and what of a chunk deduplication dropped."""

    clean_folder: str
    audit_folder: str
    drops: Drops  # chunk, counted within the source, to rows in ascending order
    lines_folder: str | None = None  # of the stage that found the source's frequent lines


class TokenizeStage:
    """Encodes a source's chunks with the backend that its audit settled on."""

    unit = "bytes"

    def __init__(
        self, source: str, settings: TokenizerSettings, inputs: TokenizeInputs, upstream: Sequence[str]
    ) -> None:
        """`upstream`: the fingerprints of the tokenizer, the source's clean and audit stages, and deduplication."""
        self.name = f"tokenize/{source}"
        self._source = source
        self._settings = settings
        self._inputs = inputs
        self.fingerprint = digest_value(["tokenize", BYTES, settings.eos, settings.bos, *upstream])

    def tasks(self) -> Sequence[Task]:
        """Return one task a chunk."""
        return [
            Task(
                index=ordinal,
                name=f"{self.name} {chunk.stem}",
                work=chunk.text_bytes,
                payload=ChunkTask(stem=chunk.stem, ordinal=ordinal).model_dump(),
            )
            for ordinal, chunk in enumerate(list_chunks(self._inputs.clean_folder))
        ]

    def outputs(self, folder: str) -> str:
        """Return `folder`."""
        return folder

    def run(self, task: Task, folder: str) -> Outcome:
        """Encode one chunk.

        Raises:
            Searched: nothing was to be encoded, only a document to be found that ends workers.
        """
        chunk = ChunkTask.model_validate(task.payload)
        tokenizer = open_tokenizer(self._settings)
        backend = open_backend(tokenizer, backend_of(self._inputs.audit_folder))
        literals = LiteralCounter(tokenizer.specials)
        lines = self._inputs.lines_folder
        kept = KeptDocuments(self._source, None if lines is None else read_frequent(lines))
        guard = Guard(folder, task.index, self._origin)
        batches = read_documents_file(self._inputs.clean_folder, chunk.stem)
        documents = guard.documents(kept.batches(batches, self._inputs.drops(chunk.ordinal)), _text_bytes, backend.name)
        encoded = encode_chunk(documents, tokenizer, backend, literals)
        runs, index = sort_by_key(encoded, tokenizer)
        stem = f"{task.index:05d}"
        files = guard.files | write_documents(folder, stem, runs, index)
        files |= write_borders(folder, stem, borders_of(runs, index))
        files |= write_samples(folder, stem, kept.samples.chosen())
        files |= write_edits(folder, stem, kept.cuts.chosen())
        counts = runs.written_counts()
        summary = TokenizeSummary(
            stem=stem,
            documents=len(counts),
            tokens=int(counts.sum()),
            literal_specials=literals.found(),
            lengths=histogram(counts),
        )
        ledger = kept.ledger()
        ledger.add(self._ledger(encoded, tokenizer, summary))
        aside = len(guard.decisions)
        ledger.account("tokenize", self._source).add(Account(documents_in=aside, quarantined=aside))
        return Outcome(files=files, ledger=ledger, summary=summary.model_dump(mode="json"))

    def _origin(self, batch: pa.RecordBatch, row: int) -> Origin:
        return Origin(
            file=source_files(self._inputs.clean_folder)[batch.column("file")[row].as_py()],
            offset=batch.column("offset")[row].as_py(),
            id=shorten(batch.column("id")[row].as_py(), MAX_ID_CHARS),
            text_bytes=_text_bytes(batch.slice(row, 1)),
        )

    def _ledger(self, encoded: Encoded, tokenizer: Tokenizer, summary: TokenizeSummary) -> Ledger:
        ledger = Ledger()
        account = ledger.account("tokenize", self._source)
        account.documents_in = account.documents_out = summary.documents
        account.counts.update(
            tokens=summary.tokens,
            content_tokens=len(encoded.tokens),
            eos_tokens=summary.documents,
            bos_tokens=0 if tokenizer.bos_id is None else summary.documents,
            literal_specials=sum(summary.literal_specials.values()),
            text_bytes=encoded.text_bytes,
            words=encoded.words,
        )
        return ledger


def _text_bytes(batch: pa.RecordBatch) -> int:
    return text_bytes(batch.column("text"))
