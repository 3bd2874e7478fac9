"""A token store in memory: documents are (key, tokens), a key is 128 bits."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xxhash


@dataclass(frozen=True)
class MemoryIndex:
    hi: npt.NDArray[np.uint64]
    lo: npt.NDArray[np.uint64]
    tokens: npt.NDArray[np.int64]


class MemoryStore:
    def __init__(self, documents: Iterable[tuple[int, Sequence[int]]], dtype: type = np.uint32) -> None:
        self.buckets: dict[int, list[tuple[int, Sequence[int]]]] = {}
        self.dtype = dtype
        for key, tokens in sorted(documents, key=lambda document: document[0]):
            self.buckets.setdefault(key >> 116, []).append((key, tokens))
        self.bucket_tokens = np.zeros(4096, np.int64)
        self.bucket_documents = np.zeros(4096, np.int64)
        for bucket, held in self.buckets.items():
            self.bucket_tokens[bucket] = sum(len(tokens) for _, tokens in held)
            self.bucket_documents[bucket] = len(held)

    def index(self, bucket: int) -> MemoryIndex:
        keys = [key for key, _ in self.buckets.get(bucket, [])]
        return MemoryIndex(
            np.array([key >> 64 for key in keys], np.uint64),
            np.array([key & (2**64 - 1) for key in keys], np.uint64),
            np.array([len(tokens) for _, tokens in self.buckets.get(bucket, [])], np.int64),
        )

    def read_tokens(self, bucket: int) -> npt.NDArray[np.uint32]:
        return np.array([token for _, tokens in self.buckets.get(bucket, []) for token in tokens], self.dtype)


def key_of(name: str, buckets: int = 4096) -> int:
    """Return a key that falls into the first `buckets` buckets."""
    digest = xxhash.xxh3_128_intdigest(name)
    return (digest >> 116) % buckets << 116 | digest & (2**116 - 1)


def store_of(name: str, lengths: Sequence[int], first_token: int = 0, buckets: int = 4096) -> MemoryStore:
    """Return a store of documents whose tokens are all different, counted from `first_token`."""
    documents = []
    for number, length in enumerate(lengths):
        documents.append((key_of(f"{name}{number}", buckets), range(first_token, first_token + length)))
        first_token += length
    return MemoryStore(documents)
