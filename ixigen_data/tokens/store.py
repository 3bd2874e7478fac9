"""The token store of a source, read by bucket."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Self, cast

import numpy as np
import pyarrow as pa

from ixigen_data.core.documents import Int64s
from ixigen_data.engine.completion import read_outcomes
from ixigen_data.tokens.buckets import BUCKETS, UInt64s
from ixigen_data.tokens.gather_kernel import Tokens
from ixigen_data.tokens.store_stage import StoreSummary, documents_and_tokens
from ixigen_data.tokens.token_files import TokenType, keys_of, read_index, read_tokens, tokens_of


@dataclass(frozen=True)
class StoreIndex:
    """Documents of one bucket or of successive ones, by key; every array has one entry a document."""

    table: pa.Table  # key, tokens, id, file, offset[, metadata]

    def __len__(self) -> int:
        return len(self.table)

    @cached_property
    def _keys(self) -> tuple[UInt64s, UInt64s]:
        return keys_of(self.table)

    @property
    def hi(self) -> UInt64s:
        """Upper halves of the document keys."""
        return self._keys[0]

    @property
    def lo(self) -> UInt64s:
        """Lower halves of the document keys."""
        return self._keys[1]

    @cached_property
    def tokens(self) -> Int64s:
        """Tokens of each document, EOS and BOS included."""
        return tokens_of(self.table)

    @cached_property
    def start(self) -> Int64s:
        """Where each document begins, in tokens from the beginning of the first bucket."""
        starts: Int64s = self.tokens.cumsum() - self.tokens
        return starts


@dataclass(frozen=True)
class _Span:
    """A piece of a file of the store: first and past-the-last document and token."""

    stem: str
    documents: tuple[int, int]
    tokens: tuple[int, int]


class TokenStore:
    """A finished store stage. What each bucket holds is known without reading a file of it."""

    def __init__(self, folder: str, dtype: TokenType, files: tuple[StoreSummary, ...]) -> None:
        self._folder = folder
        self._dtype = dtype
        self._files = files
        self.bucket_documents, self.bucket_tokens = documents_and_tokens(files)  # (4096,) each
        # First document and first token of every bucket, counted over all files: (4097, 2).
        self._borders = np.zeros((BUCKETS + 1, 2), np.int64)
        np.cumsum(np.stack([self.bucket_documents, self.bucket_tokens], axis=1), axis=0, out=self._borders[1:])

    @classmethod
    def open(cls, folder: str, dtype: TokenType) -> Self:
        """Open the store in a stage folder; `dtype` is that of the tokenizer."""
        files = tuple(StoreSummary.model_validate(outcome.summary) for outcome in read_outcomes(folder))
        return cls(folder, dtype, files)

    @property
    def buckets_per_file(self) -> int:
        """How many successive buckets a file of the store holds."""
        return BUCKETS // len(self._files)

    def index(self, bucket: int, stop: int | None = None) -> StoreIndex:
        """Return the documents of a bucket, or of the buckets [bucket, stop)."""
        tables = [read_index(self._folder, span.stem, *span.documents) for span in self._spans(bucket, stop)]
        return StoreIndex(pa.concat_tables(tables))

    def read_tokens(self, bucket: int, stop: int | None = None) -> Tokens:
        """Return the tokens of a bucket, or of the buckets [bucket, stop), in the order of `index`."""
        spans = self._spans(bucket, stop)
        parts = [read_tokens(self._folder, span.stem, self._dtype, *span.tokens) for span in spans]
        return parts[0] if len(parts) == 1 else cast(Tokens, np.concatenate(parts))

    def read_piece(self, bucket: int, start: int, stop: int) -> Tokens:
        """Return the tokens [start, stop) of a bucket."""
        (span,) = self._spans(bucket, None)
        first, last = span.tokens
        assert 0 <= start <= stop <= last - first
        return read_tokens(self._folder, span.stem, self._dtype, first + start, first + stop)

    def indices(self) -> Iterator[StoreIndex]:
        """Yield the whole index, file by file, in order of keys."""
        for file in self._files:
            yield self.index(file.first_bucket, file.first_bucket + len(file.tokens))

    def _spans(self, bucket: int, stop: int | None) -> list[_Span]:
        """Return where the buckets [bucket, stop) lie, file by file."""
        stop = bucket + 1 if stop is None else stop
        per_file = self.buckets_per_file
        spans = []
        for file in self._files[bucket // per_file : -(-stop // per_file)]:
            ends = [max(bucket, file.first_bucket), min(stop, file.first_bucket + per_file)]
            borders = self._borders[ends] - self._borders[file.first_bucket]
            (document, token), (last_document, last_token) = borders.tolist()
            spans.append(_Span(file.stem, (document, last_document), (token, last_token)))
        return spans
