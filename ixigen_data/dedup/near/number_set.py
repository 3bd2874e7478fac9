"""A set of documents by number, as bits: 134 MB for 10^9 documents."""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from ixigen_data.dedup.drops import drops_of
from ixigen_data.dedup.near.bits_kernel import WORDS_PER_COUNT, count_bits, have_bits, rank_bits, set_bits
from ixigen_data.dedup.near.signed_corpus import Numbers, SignedCorpus


class NumberSet:
    """Numbers below a limit, in no order."""

    def __init__(self, limit: int) -> None:
        words = limit // 64 + 1
        self._words = np.zeros(words, np.uint64)
        self._counts = np.zeros(words // WORDS_PER_COUNT + 1, np.uint32)

    def add(self, numbers: Numbers) -> None:
        """Put numbers into the set."""
        set_bits(self._words, numbers)

    def holds(self, numbers: Numbers) -> npt.NDArray[np.bool_]:
        """Return of each number whether it is in the set."""
        found = np.empty(len(numbers), np.bool_)
        have_bits(self._words, numbers, found)
        return found

    def close(self) -> int:
        """Return how many numbers there are; only now `ranks` can tell, and no more may be added."""
        return count_bits(self._words, self._counts)

    def ranks(self, numbers: Numbers) -> Numbers:
        """Return how many numbers of the set are less than each of `numbers`."""
        found = np.empty(len(numbers), np.int64)
        rank_bits(self._words, self._counts, numbers, found)
        return found


@lru_cache(maxsize=1)
def dropped_before(corpus: SignedCorpus, folder: str) -> NumberSet:
    """Return the documents that a finished stage drops; kept for the next task of the same process."""
    dropped = NumberSet(corpus.documents)
    for drops in drops_of(folder):
        dropped.add(corpus.numbers_of(drops["chunk"], drops["row"]))
    return dropped
