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
from ixigen_data.tokens.token_files import TokenType

# All stores that are opened together keep so much, the smallest first; of larger ones a bucket pays for its reading.
KEPT_TOKENS = 16 << 20  # 64 MB
KEPT_DOCUMENTS = 1 << 20  # 24 MB


@dataclass(frozen=True)
class BucketDocuments:
    """Documents of one bucket by key; every array has one entry a document."""

    hi: UInt64s
    lo: UInt64s
    tokens: Int64s


class BucketReader:
    """Reads a token store bucket by bucket, and looks up the documents that a lineage names.

    Args:
        keep_documents: read the keys and lengths of all documents at the first need, and keep them.
        keep_tokens: the same for all tokens.
    """

    def __init__(self, store: TokenStore, keep_documents: bool, keep_tokens: bool) -> None:
        self._store = store
        self._keep_documents = keep_documents
        self._keep_tokens = keep_tokens
        self.bucket_tokens = store.bucket_tokens
        self.bucket_documents = store.bucket_documents
        self._first_document = np.concatenate([[0], np.cumsum(store.bucket_documents)])
        self._first_token = np.concatenate([[0], np.cumsum(store.bucket_tokens)])

    def index(self, bucket: int) -> BucketDocuments:
        """Return the documents of a bucket."""
        if not self._keep_documents:
            found = self._store.index(bucket)
            return BucketDocuments(found.hi, found.lo, found.tokens)
        chosen = slice(*self._first_document[bucket : bucket + 2])
        hi, lo, tokens = self._columns
        return BucketDocuments(hi[chosen], lo[chosen], tokens[chosen])

    def read_tokens(self, bucket: int) -> Tokens:
        """Return the tokens of a bucket, its documents one behind the other."""
        if not self._keep_tokens:
            return self._store.read_tokens(bucket)
        return self._tokens[slice(*self._first_token[bucket : bucket + 2])]

    def look_up(self, bucket: Int64s, row: Int64s) -> tuple[pa.ChunkedArray, npt.NDArray[np.int32]]:
        """Return id and file number of documents, by bucket and row; both (n,)."""
        rows = self._first_document[bucket] + row
        number = bucket // self._store.buckets_per_file
        order = np.argsort(number, kind="stable")
        ids, files = [], np.empty(len(rows), np.int32)
        # File by file: each is mapped once, and let go when what was asked for has been copied.
        for mine in np.split(order, np.flatnonzero(np.diff(number[order])) + 1):
            if len(mine) == 0:
                continue
            first = int(bucket[mine].min())
            table = self._store.index(first, int(bucket[mine].max()) + 1).table
            taken = table.select(["id", "file"]).take(pa.array(rows[mine] - self._first_document[first]))
            ids.append(taken.column("id"))
            files[mine] = taken.column("file").to_numpy()
        by_file = pa.chunked_array([chunk for column in ids for chunk in column.chunks], pa.large_string())
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order))
        return by_file.take(pa.array(place)), files

    @cached_property
    def _columns(self) -> tuple[UInt64s, UInt64s, Int64s]:
        """Upper and lower halves of the keys, and tokens, of all documents."""
        files = [(index.hi, index.lo, index.tokens) for index in self._store.indices()]
        hi, lo, tokens = (np.concatenate(columns) for columns in zip(*files, strict=True))
        return hi, lo, tokens

    @cached_property
    def _tokens(self) -> Tokens:
        return self._store.read_tokens(0, BUCKETS)


def open_stores(folders: Mapping[str, str], dtype: TokenType) -> dict[str, BucketReader]:
    """Return a reader for each source's store folder."""
    stores = {source: TokenStore.open(folder, dtype) for source, folder in folders.items()}
    documents = _kept({source: int(store.bucket_documents.sum()) for source, store in stores.items()}, KEPT_DOCUMENTS)
    tokens = _kept({source: int(store.bucket_tokens.sum()) for source, store in stores.items()}, KEPT_TOKENS)
    return {source: BucketReader(store, source in documents, source in tokens) for source, store in stores.items()}


def _kept(sizes: Mapping[str, int], limit: int) -> set[str]:
    """Return the smallest sources whose sizes sum to no more than `limit`."""
    sources = sorted(sizes, key=lambda source: sizes[source])
    sums = np.cumsum([sizes[source] for source in sources])
    return set(sources[: int(np.searchsorted(sums, limit, side="right"))])
