"""A set of numbers as bits, and the place of each among them: 17/16 bits for every number there could be."""

import numpy as np
import numpy.typing as npt

from ixigen_data.core.kernels import inlined, kernel

WORDS_PER_COUNT = 8  # of 64 bits

Words = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.int64]


@kernel
def set_bits(words: Words, numbers: Numbers) -> None:
    """Put numbers into the set."""
    for number in numbers:
        words[number >> 6] |= np.uint64(1) << np.uint64(number & 63)


@kernel
def have_bits(words: Words, numbers: Numbers, found: npt.NDArray[np.bool_]) -> None:
    """Tell of each number whether it is in the set."""
    for place in range(len(numbers)):
        number = numbers[place]
        found[place] = (words[number >> 6] >> np.uint64(number & 63)) & np.uint64(1) != 0


@kernel
def count_bits(words: Words, counts: npt.NDArray[np.uint32]) -> int:
    """Count what is in the set before every WORDS_PER_COUNT-th word, and in all of it."""
    total = 0
    for place in range(len(words)):
        if place % WORDS_PER_COUNT == 0:
            counts[place // WORDS_PER_COUNT] = total
        total += _ones(words[place])
    return total


@kernel
def rank_bits(words: Words, counts: npt.NDArray[np.uint32], numbers: Numbers, ranks: Numbers) -> None:
    """Tell of each number how many in the set are less.

    Args:
        counts: of `count_bits`.
        ranks: out, one for each of `numbers`.
    """
    for place in range(len(numbers)):
        number = numbers[place]
        word = number >> 6
        less = int(counts[word // WORDS_PER_COUNT])
        for before in range(word - word % WORDS_PER_COUNT, word):
            less += _ones(words[before])
        below = (np.uint64(1) << np.uint64(number & 63)) - np.uint64(1)
        ranks[place] = less + _ones(words[word] & below)


@inlined
def _ones(word: np.uint64) -> int:
    """Count the ones of a word, in all its bytes at once (Warren, Hacker's Delight, 2012, 5-1)."""
    word = word - ((word >> np.uint64(1)) & np.uint64(0x5555555555555555))
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return int((word * np.uint64(0x0101010101010101)) >> np.uint64(56))
