"""The similarity of texts as it is, pair by pair: what estimates are judged by, and quick enough for some thousands."""

import unicodedata
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

SHINGLE = 5  # characters
_FACTOR = np.uint64(0x9E3779B97F4A7C15)


def exact_similarity(texts: Sequence[str]) -> npt.NDArray[np.float64]:
    """Return the Jaccard similarity of all pairs of texts: (texts, texts).

    Shingles are hashed to 64 bits; a text is a row of bits over all shingles that there are, and pairs are counted by
    words of 64 bits.
    """
    sets = [_shingles(text) for text in texts]
    vocabulary = np.unique(np.concatenate(sets))
    bits = np.zeros((len(sets), (len(vocabulary) + 63) // 64 * 8), np.uint8)
    held = np.zeros(bits.shape[1] * 8, np.bool_)
    for row, found in enumerate(sets):
        held[:] = False
        held[np.searchsorted(vocabulary, found)] = True
        bits[row] = np.packbits(held)
    words, sizes = bits.view(np.uint64), np.array([len(found) for found in sets])
    similarity = np.eye(len(sets))
    for row in range(len(sets) - 1):
        common = np.bitwise_count(words[row] & words[row + 1 :]).sum(axis=1, dtype=np.int64)
        similarity[row, row + 1 :] = common / np.maximum(sizes[row] + sizes[row + 1 :] - common, 1)
    return np.maximum(similarity, similarity.T)


def _shingles(text: str) -> npt.NDArray[np.uint64]:
    """Return the set of hashes of runs of characters, without case, white space and punctuation."""
    folded = unicodedata.normalize("NFC", text).lower()
    points = np.array([ord(char) for char in folded if char.isalnum()], np.uint64)
    hashes = np.zeros(max(0, len(points) - SHINGLE + 1), np.uint64)
    for place in range(SHINGLE):
        hashes = hashes * _FACTOR + points[place : place + len(hashes)]
    return np.unique(hashes)
