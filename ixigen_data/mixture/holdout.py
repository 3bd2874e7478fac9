"""Documents kept out of training for evaluation, chosen by content alone.

The documents of a part with the lowest keys are held out, until they fill the windows asked for. Keys are hashes of
content, so the choice is a fair sample, the same for every seed, every mixture and every order of the sources.
"""

from collections.abc import Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict

from ixigen_data.core.documents import Bools
from ixigen_data.core.errors import SupplyError
from ixigen_data.mixture.supply import Int64s, SourceStore, UInt64s
from ixigen_data.tokens.buckets import BUCKETS


class Holdout(BaseModel):
    """The hold-out of one part: every document whose key is at most `last_key`, and none else."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    last_key: str  # 32 hexadecimal digits
    windows: int
    documents: int
    tokens: int  # of those documents; what exceeds the windows is left unused

    @property
    def bucket(self) -> int:
        """The last bucket that holds any of the documents."""
        return int(self.last_key, 16) >> 116

    def holds(self, hi: UInt64s, lo: UInt64s) -> Bools:
        """Return which documents, by key, are held out."""
        last_hi, last_lo = (np.uint64(int(half, 16)) for half in (self.last_key[:16], self.last_key[16:]))
        return np.asarray((hi < last_hi) | ((hi == last_hi) & (lo <= last_lo)), np.bool_)


def hold_out(path: str, stores: Sequence[SourceStore], tokens: int, seq_len: int) -> Holdout | None:
    """Return the hold-out of a part: the fewest documents, lowest keys first, that fill ceil(tokens / seq_len) windows.

    Documents of equal content, in whichever source, are all on one side. None where `tokens` is 0.

    Args:
        path: the part's, for the message.

    Raises:
        SupplyError: the part's sources have too few tokens.
    """
    if tokens == 0:
        return None
    windows = -(-tokens // seq_len)
    by_bucket = sum((store.bucket_tokens for store in stores), np.zeros(BUCKETS, np.int64))
    cumulative = np.cumsum(by_bucket)
    bucket = int(np.searchsorted(cumulative, windows * seq_len))
    if bucket == BUCKETS:
        raise SupplyError(
            f"part {path!r}: the hold-out of {tokens:,} tokens takes {windows:,} windows of {seq_len:,}, but its "
            f"sources have {int(cumulative[-1]):,} tokens in all; lower holdout.tokens or add to its sources"
        )
    before = int(cumulative[bucket] - by_bucket[bucket])
    documents_before = int(sum(store.bucket_documents[:bucket].sum() for store in stores))
    last_key, documents, held = _within(stores, bucket, windows * seq_len - before)
    return Holdout(last_key=last_key, windows=windows, documents=documents_before + documents, tokens=before + held)


def _within(stores: Sequence[SourceStore], bucket: int, missing: int) -> tuple[str, int, int]:
    """Return key, number and tokens of the lowest documents of a bucket that hold `missing` tokens or more."""
    indexes = [store.index(bucket) for store in stores]
    hi = np.concatenate([index.hi for index in indexes])
    lo = np.concatenate([index.lo for index in indexes])
    tokens = np.concatenate([index.tokens for index in indexes])
    rows = np.lexsort((lo, hi))
    last = rows[int(np.searchsorted(np.cumsum(tokens[rows]), missing))]
    held = (hi < hi[last]) | ((hi == hi[last]) & (lo <= lo[last]))
    return f"{int(hi[last]):016x}{int(lo[last]):016x}", int(held.sum()), int(tokens[held].sum())


def held_up_to(stores: Sequence[SourceStore], last_key: str) -> Holdout:
    """Return the hold-out of all documents with keys up to `last_key`, none of which is to be written."""
    border = Holdout(last_key=last_key, windows=0, documents=0, tokens=0)
    tokens = documents = 0
    for store in stores:
        index = store.index(border.bucket)
        held = border.holds(index.hi, index.lo)
        tokens += int(store.bucket_tokens[: border.bucket].sum() + index.tokens[held].sum())
        documents += int(store.bucket_documents[: border.bucket].sum() + held.sum())
    return border.model_copy(update={"tokens": tokens, "documents": documents})


def training_tokens(store: SourceStore, holdout: Holdout | None) -> Int64s:
    """Return the tokens of a source that are not held out, by bucket: (4096,)."""
    tokens = store.bucket_tokens.astype(np.int64)
    if holdout is not None:
        index = store.index(holdout.bucket)
        tokens[: holdout.bucket] = 0
        tokens[holdout.bucket] -= int(index.tokens[holdout.holds(index.hi, index.lo)].sum())
    return tokens
