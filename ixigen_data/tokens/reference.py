"""The reference backend: Hugging Face `tokenizers`. What it returns is right by definition."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import tokenizers

from ixigen_data.core.errors import TokenizerError
from ixigen_data.tokens.backend import Counts, Ids
from ixigen_data.tokens.tokenizer import Tokenizer

if TYPE_CHECKING:
    import pyarrow as pa

VERSION = tokenizers.__version__
# An Encoding keeps offsets and masks beside its ids, about 100 bytes a token: few documents are held at once.
_BATCH_CHARS = 1 << 20


class ReferenceBackend:
    """Encodes with `tokenizers`; about 2 MB of Korean a second."""

    name = "reference"

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = _load(tokenizer.plain_json, tokenizer.path)

    def encode(self, text: pa.LargeStringArray) -> tuple[Ids, Counts]:
        """Return the ids of all documents in a row, and how many each has."""
        rows: list[Ids] = []
        for batch in _batches(text.to_pylist()):
            encodings = self._tokenizer.encode_batch_fast(batch, add_special_tokens=False)
            rows += [np.array(encoding.ids, np.uint32) for encoding in encodings]
        counts = np.array([len(row) for row in rows], np.int64)
        return np.concatenate(rows) if rows else np.zeros(0, np.uint32), counts


def open_decoder(tokenizer: Tokenizer) -> Callable[[Sequence[int]], str]:
    """Return a function from ids to text that shows special tokens too."""
    loaded = _load(tokenizer.json, tokenizer.path)

    def decode(ids: Sequence[int]) -> str:
        return loaded.decode(list(ids), skip_special_tokens=False)

    return decode


def _load(data: bytes, path: str) -> tokenizers.Tokenizer:
    try:
        return tokenizers.Tokenizer.from_str(data.decode())
    except Exception as fault:  # the library raises bare Exception
        raise TokenizerError(f"tokenizer.path: {path} is refused by the tokenizers library: {fault}") from None


def _batches(texts: Sequence[str]) -> Iterable[list[str]]:
    batch: list[str] = []
    size = 0
    for text in texts:
        if batch and size + len(text) > _BATCH_CHARS:
            yield batch
            batch, size = [], 0
        batch.append(text)
        size += len(text)
    if batch:
        yield batch
