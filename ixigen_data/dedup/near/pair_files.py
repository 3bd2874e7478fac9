"""Pairs of documents that are alike, as the pairs stage hands them on: `00003.pairs.npy`, one file a task."""

import numpy as np
import numpy.typing as npt

from ixigen_data.core.arrays import read_records, write_array
from ixigen_data.core.files import join
from ixigen_data.dedup.near.signed_corpus import Numbers, SignedCorpus

PAIR = np.dtype(
    [
        ("chunk", "<u4"),  # of the document that comes first in the corpus
        ("row", "<u4"),
        ("later_chunk", "<u4"),
        ("later_row", "<u4"),
        ("slots", "<u2"),  # that are equal
    ]
)
Pairs = npt.NDArray[np.void]


def pair_file(task: int) -> str:
    """Return the name of a task's pairs."""
    return f"{task:05d}.pairs.npy"


def write_pairs(folder: str, task: int, pairs: Pairs) -> dict[str, int]:
    """Write a task's pairs, `PAIR` records by the first document, then the later; return the file's size by its name.

    A pair stands once in a file, and may stand in the files of several tasks.
    """
    assert pairs.dtype == PAIR
    return {pair_file(task): write_array(join(folder, pair_file(task)), pairs)}


def read_pairs(folder: str, task: int) -> Pairs:
    """Return a task's `PAIR` records; a local file is mapped."""
    return read_records(join(folder, pair_file(task)), PAIR)


def pairs_of(corpus: SignedCorpus, documents: Numbers, matches: Numbers) -> Pairs:
    """Return `PAIR` records, sorted and each once, of matches, of which some may be found more than once.

    Args:
        documents: ascending numbers.
        matches: (3, matches) two documents' places in `documents`, equal slots.
    """
    one, other = np.minimum(matches[0], matches[1]), np.maximum(matches[0], matches[1])
    both = (one << 32) | other
    order = np.argsort(both)
    order = order[np.diff(both[order], prepend=-1) != 0]
    chunks, rows = corpus.places_of(documents)
    pairs = np.empty(len(order), PAIR)
    for names, places in ((("chunk", "row"), one[order]), (("later_chunk", "later_row"), other[order])):
        pairs[names[0]], pairs[names[1]] = chunks[places], rows[places]
    pairs["slots"] = matches[2][order]
    return pairs
