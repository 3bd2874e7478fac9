"""Token stores by bucket; small ones are kept in memory, so that tiny buckets cost no opening of files."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ixigen_data.core.documents import Int64s
from ixigen_data.tokens.buckets import BUCKETS, UInt64s
from ixigen_data.tokens.gather_kernel import Tokens
from ixigen_data.tokens.store import TokenStore
from ixigen_data.tokens.token_files import TokenType, keys_of, tokens_of

# A store is kept whole up to here: 4 bytes a token and some 60 a document.
KEPT_TOKENS = 16 << 20
KEPT_DOCUMENTS = 1 << 20


@dataclass(frozen=True)
class BucketDocuments:
    """Documents of one bucket by key; every array has one entry a document."""

    hi: UInt64s
    lo: UInt64s
    tokens: Int64s


class BucketReader:
    """Reads a token store bucket by bucket, and looks up the documents that a lineage names."""

    def __init__(self, store: TokenStore) -> None:
        self._store = store
        self.bucket_tokens = store.bucket_tokens
        self.bucket_documents = store.bucket_documents
        self._first_document = np.concatenate([[0], np.cumsum(store.bucket_documents)])
        self._first_token = np.concatenate([[0], np.cumsum(store.bucket_tokens)])
        self._kept = self._first_token[-1] <= KEPT_TOKENS and self._first_document[-1] <= KEPT_DOCUMENTS

    def index(self, bucket: int) -> BucketDocuments:
        """Return the documents of a bucket."""
        if not self._kept:
            found = self._store.index(bucket)
            return BucketDocuments(found.hi, found.lo, found.tokens)
        chosen = slice(*self._first_document[bucket : bucket + 2])
        hi, lo, tokens = self._columns
        return BucketDocuments(hi[chosen], lo[chosen], tokens[chosen])

    def read_tokens(self, bucket: int) -> Tokens:
        """Return the tokens of a bucket, its documents one behind the other."""
        if not self._kept:
            return self._store.read_tokens(bucket)
        return self._tokens[slice(*self._first_token[bucket : bucket + 2])]

    def look_up(self, bucket: Int64s, row: Int64s) -> tuple[pa.Array, npt.NDArray[np.int32]]:
        """Return id and file number of documents, by bucket and row; both (n,)."""
        if self._kept:
            table, rows = self._table, self._first_document[bucket] + row
        else:
            buckets, place = np.unique(bucket, return_inverse=True)
            table = pa.concat_tables([self._store.index(number).table for number in buckets.tolist()])
            rows = np.concatenate([[0], np.cumsum(self.bucket_documents[buckets])])[place] + row
        taken = table.select(["id", "file"]).take(pa.array(rows))
        return taken.column("id").combine_chunks(), taken.column("file").to_numpy()

    @cached_property
    def _table(self) -> pa.Table:
        return self._store.index(0, BUCKETS).table.combine_chunks()

    @cached_property
    def _columns(self) -> tuple[UInt64s, UInt64s, Int64s]:
        return *keys_of(self._table), tokens_of(self._table)

    @cached_property
    def _tokens(self) -> Tokens:
        return self._store.read_tokens(0, BUCKETS)


def open_stores(folders: Mapping[str, str], dtype: TokenType) -> dict[str, BucketReader]:
    """Return a reader for each source's store folder."""
    return {source: BucketReader(TokenStore.open(folder, dtype)) for source, folder in folders.items()}
