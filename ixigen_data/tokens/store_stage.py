"""The store stage: a source's encoded chunks, merged bucket range by bucket range."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import pyarrow as pa
from pydantic import BaseModel

from ixigen_data.core.digests import digest_value
from ixigen_data.core.documents import Int64s
from ixigen_data.engine.completion import read_outcomes
from ixigen_data.engine.stage import Outcome, Task
from ixigen_data.tokens.buckets import BUCKETS, digest_of_keys
from ixigen_data.tokens.encode_stage import TokenizeSummary
from ixigen_data.tokens.gather_kernel import Tokens
from ixigen_data.tokens.token_files import (
    Runs,
    TokenType,
    borders_of,
    empty_index,
    keys_of,
    read_borders,
    read_index,
    read_tokens,
    tokens_of,
    write_documents,
)

BYTES = 2
# A merge holds its tokens once (64 MB at four bytes) and its index twice (of short reviews about 60 MB each time).
TOKENS_PER_FILE = 16 << 20


class StoreSummary(BaseModel):
    """What one file of a store holds: buckets from `first_bucket` on, with their documents and tokens."""

    stem: str
    first_bucket: int
    documents: list[int]
    tokens: list[int]
    digest: str  # of the set of its documents' keys


class BucketRange(BaseModel):
    """The payload of a task: the buckets [first, stop)."""

    first: int
    stop: int


class StoreStage:
    """Merges a source's encoded chunks into files of equal bucket ranges, documents by key."""

    unit = "tokens"

    def __init__(self, source: str, dtype: TokenType, tokenize_folder: str, upstream: Sequence[str]) -> None:
        """`dtype`: of the token files; `upstream`: the fingerprint of the source's tokenize stage."""
        self.name = f"store/{source}"
        self._dtype = dtype
        self._tokenize_folder = tokenize_folder
        self.fingerprint = digest_value(["store", BYTES, *upstream])

    def tasks(self) -> Sequence[Task]:
        """Return one task a file, a power of two of them, so that a file has about 8 to 16 M tokens."""
        total = sum(chunk.tokens for chunk in self._chunks)
        files = min(BUCKETS, 1 << (max(0, total - 1) // TOKENS_PER_FILE).bit_length())
        span = BUCKETS // files
        return [
            Task(
                index=index,
                name=f"{self.name} {index}",
                work=total // files,
                payload=BucketRange(first=index * span, stop=(index + 1) * span).model_dump(),
            )
            for index in range(files)
        ]

    def outputs(self, folder: str) -> str:
        """Return `folder`."""
        return folder

    def run(self, task: Task, folder: str) -> Outcome:
        """Write one file of the store."""
        buckets = BucketRange.model_validate(task.payload)
        tokens, index = self._read(buckets)
        counts = tokens_of(index)
        hi, lo = keys_of(index)
        order = np.lexsort((lo, hi))  # stable: equal keys keep the order of chunks
        runs = Runs(tokens, (np.cumsum(counts) - counts)[order], counts[order])
        stem = f"{task.index:05d}"
        index = index.drop_columns("tokens").take(pa.array(order))
        files = write_documents(folder, stem, runs, index)
        documents, sums = np.diff(borders_of(runs, index)[buckets.first : buckets.stop + 1], axis=0).T.tolist()
        digest = digest_of_keys(hi, lo)
        summary = StoreSummary(stem=stem, first_bucket=buckets.first, documents=documents, tokens=sums, digest=digest)
        return Outcome(files=files, summary=summary.model_dump())

    @cached_property
    def _chunks(self) -> list[TokenizeSummary]:
        return [TokenizeSummary.model_validate(outcome.summary) for outcome in read_outcomes(self._tokenize_folder)]

    def _read(self, buckets: BucketRange) -> tuple[Tokens, pa.Table]:
        """Return the tokens of a bucket range, chunk after chunk, and the rows that belong to them."""
        # borders: (chunks, 2, 2): first and last, document and token.
        chunks = self._chunks
        borders = [read_borders(self._tokenize_folder, chunk.stem)[[buckets.first, buckets.stop]] for chunk in chunks]
        tokens = np.empty(sum(int(border[1, 1] - border[0, 1]) for border in borders), self._dtype)
        rows: list[pa.Table] = []
        place = 0
        for chunk, border in zip(chunks, borders, strict=True):
            (row, token), (last_row, last_token) = border.tolist()
            rows.append(read_index(self._tokenize_folder, chunk.stem, row, last_row))
            size = last_token - token
            part = read_tokens(self._tokenize_folder, chunk.stem, self._dtype, token, last_token)
            tokens[place : place + size] = part
            place += size
        return tokens, pa.concat_tables(rows or [empty_index()])


def documents_and_tokens(summaries: Sequence[StoreSummary]) -> tuple[Int64s, Int64s]:
    """Return the documents and the tokens of every bucket of a store: (4096,) each."""
    documents, tokens = np.zeros(BUCKETS, np.int64), np.zeros(BUCKETS, np.int64)
    for summary in summaries:
        span = slice(summary.first_bucket, summary.first_bucket + len(summary.tokens))
        documents[span], tokens[span] = summary.documents, summary.tokens
    return documents, tokens
