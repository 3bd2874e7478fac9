"""Encodes the documents of a chunk and puts them in the order of their keys."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import numpy as np
import pyarrow as pa

from ixigen_data.core.documents import Int64s, text_buffers
from ixigen_data.tokens.backend import Backend
from ixigen_data.tokens.gather_kernel import Tokens
from ixigen_data.tokens.literals import LiteralCounter
from ixigen_data.tokens.token_files import Runs, empty_index, keys_of
from ixigen_data.tokens.tokenizer import Tokenizer
from ixigen_data.tokens.words_kernel import count_words

_PIECE_BYTES = 8 << 20
_NOT_KEPT = ("text", "audit")  # columns of a chunk that the index does without


@dataclass(frozen=True)
class Encoded:
    """The documents of a chunk that were kept, encoded, in the order of the chunk."""

    tokens: Tokens
    counts: Int64s
    index: pa.Table  # key, id, file, offset[, metadata]
    text_bytes: int
    words: int  # runs without white space


def encode_chunk(
    batches: Iterator[pa.RecordBatch], tokenizer: Tokenizer, backend: Backend, literals: LiteralCounter
) -> Encoded:
    """Encode documents batch by batch, so that text is held 8 MiB at a time."""
    tokens: list[Tokens] = []
    counts: list[Int64s] = [np.zeros(0, np.int64)]
    index: list[pa.Table] = []
    text_bytes = words = 0
    for batch in batches:
        kept = [name for name in batch.schema.names if name not in _NOT_KEPT]
        index.append(pa.Table.from_batches([batch.select(kept)]))
        for piece in _pieces(batch.column("text")):
            literals.add(piece)
            ids, piece_counts = backend.encode(piece)
            tokens.append(cast(Tokens, ids.astype(tokenizer.dtype, copy=False)))
            counts.append(piece_counts)
            data, offsets = text_buffers(piece)
            text_bytes += int(offsets[-1] - offsets[0])
            words += count_words(data, offsets)
    table = pa.concat_tables(index or [empty_index().drop_columns("tokens")])
    return Encoded(_joined(tokens, tokenizer), np.concatenate(counts), table, text_bytes, words)


def sort_by_key(encoded: Encoded, tokenizer: Tokenizer) -> tuple[Runs, pa.Table]:
    """Return documents in the order of their keys, each between BOS and EOS; equal keys keep their order."""
    hi, lo = keys_of(encoded.index)
    order = np.lexsort((lo, hi))
    starts = np.cumsum(encoded.counts) - encoded.counts
    head = -1 if tokenizer.bos_id is None else tokenizer.bos_id
    runs = Runs(encoded.tokens, starts[order], encoded.counts[order], head, tokenizer.eos_id)
    return runs, encoded.index.take(pa.array(order))


def _joined(parts: list[Tokens], tokenizer: Tokenizer) -> Tokens:
    """Return the parts in one array; each is freed when it is copied, so that tokens are not held twice."""
    joined = np.empty(sum(map(len, parts)), tokenizer.dtype)
    place = len(joined)
    while parts:
        part = parts.pop()
        joined[place - len(part) : place] = part
        place -= len(part)
    return cast(Tokens, joined)


def _pieces(text: pa.LargeStringArray) -> Iterator[pa.LargeStringArray]:
    """Yield a column in slices of about 8 MiB, a longer document alone."""
    _, offsets = text_buffers(text)
    first = 0
    while first < len(text):
        last = int(np.searchsorted(offsets, offsets[first] + _PIECE_BYTES, "right")) - 1
        last = max(first + 1, last)
        yield text.slice(first, last - first)
        first = last
