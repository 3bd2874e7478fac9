"""Drop lists: which rows of which chunks go, and for which others.

A stage writes one list a task, `00003.drops.npy`: `DROP` records by (chunk, row). Chunks are numbered as in places.py.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cache

import numpy as np
import numpy.typing as npt

from ixigen_data.core.arrays import between, read_records, write_array
from ixigen_data.core.files import join
from ixigen_data.dedup.places import Corpus
from ixigen_data.engine.completion import read_plan

EXACT, NEAR, CONTAINED = 0, 1, 2  # kinds: the same text; alike; held by a longer one
REASONS = ("exact_duplicate", "near_duplicate", "contained")  # by kind, as the ledger calls them
# Where the keeper is of an earlier dataset; of an index.
INDEX_REASONS = ("exact_duplicate_of_index", "near_duplicate_of_index", "contained_in_index")
DROP = np.dtype(
    [
        ("chunk", "<u4"),
        ("row", "<u4"),
        ("keeper_chunk", "<u4"),
        ("keeper_row", "<u4"),
        ("kind", "u1"),
        ("similarity", "<f4"),  # estimated, to the keeper; 1 for the same text
    ]
)
Drops = npt.NDArray[np.void]


def drop_file(task: int) -> str:
    """Return the name of a task's drop list."""
    return f"{task:05d}.drops.npy"


def write_drops(folder: str, task: int, drops: Drops) -> dict[str, int]:
    """Write a task's drop list, `DROP` records by (chunk, row); return the file's size in bytes by its name."""
    assert drops.dtype == DROP
    return {drop_file(task): write_array(join(folder, drop_file(task)), drops)}


def drops_by_chunk(folders: Sequence[str], corpus: Corpus, source: str) -> Callable[[int], npt.NDArray[np.uint32]]:
    """Return what gives the rows to drop of a source's chunks, counted within the source; ascending rows.

    Args:
        folders: of the finished stages that drop.
    """

    @cache
    def first_chunk() -> int:
        return next((number for number, place in enumerate(corpus.places()) if place.source == source), 0)

    def drops(ordinal: int) -> npt.NDArray[np.uint32]:
        found = [read_drops(folder, first_chunk() + ordinal)["row"] for folder in folders]
        return np.unique(np.concatenate(found)) if found else np.zeros(0, np.uint32)

    return drops


def reasons_of(drops: Drops, num_indexed: int) -> Counter[str]:
    """Return how many documents are dropped for each reason.

    Args:
        num_indexed: chunks of indexes; their numbers come first, so a smaller number is a keeper's of an index.
    """
    of_index = drops["keeper_chunk"] < num_indexed
    names = (*REASONS, *INDEX_REASONS)
    counts = np.bincount(drops["kind"] + of_index * len(REASONS), minlength=len(names)).tolist()
    return Counter({name: count for name, count in zip(names, counts, strict=True) if count})


def drops_of(folder: str) -> Iterator[Drops]:
    """Yield the drop list of each task of a finished stage; a local one is mapped."""
    for task in read_plan(folder).tasks:
        yield read_records(join(folder, drop_file(task.index)), DROP)


def read_drops(folder: str, chunk: int) -> Drops:
    """Return the `DROP` records of one chunk, by row, of a finished stage."""
    records = []
    for task in read_plan(folder).tasks:
        drops = read_records(join(folder, drop_file(task.index)), DROP)
        records.append(between(drops, "chunk", chunk, chunk + 1))
    found = np.concatenate(records) if records else np.zeros(0, DROP)
    return found[np.argsort(found["row"], kind="stable")]
