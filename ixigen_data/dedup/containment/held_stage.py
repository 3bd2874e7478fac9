"""The stage near/held: documents of a chunk to the longer documents that hold them."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel

from ixigen_data.core.arrays import read_array, write_array
from ixigen_data.core.digests import digest_value
from ixigen_data.core.files import join
from ixigen_data.dedup.containment.held_kernel import count_shared, name_suspects
from ixigen_data.dedup.containment.holders_stage import read_holders
from ixigen_data.dedup.containment.kept import Kept
from ixigen_data.dedup.containment.short import ShortDocuments
from ixigen_data.engine.completion import read_plan
from ixigen_data.engine.stage import Outcome, Task

BYTES = 2
_ERRORS, _SHORT_OF = 1.5, 0.1  # standard errors, and how far below the ratio they may reach
HELD = np.dtype(
    [
        ("document", "<i8"),  # numbers, see `SignedCorpus`
        ("holder", "<i8"),
        ("size", "<u4"),  # of the document, in shingles
        ("holder_size", "<u4"),
        ("ratio", "<f4"),  # of the document's samples that the holder has
    ]
)

Numbers = npt.NDArray[np.int64]


class ChunkNumber(BaseModel):
    """A task: the documents of a chunk."""

    chunk: int


class HeldStage:
    """Finds which longer documents hold the documents of a chunk, at least by the ratio asked for.

    A task writes `00003.held.npy`: `HELD` records by (document, holder).
    """

    name = "near/held"
    unit = "documents"

    def __init__(self, ratio: float, kept: Kept, holders_folder: str, upstream: Sequence[str]) -> None:
        """`upstream`: the mark of near/holders."""
        self._ratio = ratio
        self._kept = kept
        self._holders_folder = holders_folder
        self.fingerprint = digest_value(["near/held", BYTES, ratio, list(upstream)])

    def tasks(self) -> Sequence[Task]:
        """Return one task a chunk of the sources; documents of indexes stay where they are."""
        first = self._kept.signed.num_indexed_chunks
        return [
            Task(
                index=index,
                name=f"{place.source} {place.stem}",
                work=place.documents,
                payload=ChunkNumber(chunk=first + index).model_dump(),
            )
            for index, place in enumerate(self._kept.signed.places[first:])
        ]

    def outputs(self, folder: str) -> str:
        """Return `folder`."""
        return folder

    def run(self, task: Task, folder: str) -> Outcome:
        """Write which documents of a chunk are held."""
        chunk = ChunkNumber.model_validate(task.payload).chunk
        rows = np.arange(self._kept.signed.places[chunk].documents, dtype=np.uint32)
        sizes = self._kept.sizes(chunk, rows)
        stays = self._kept.keepers.holds(self._kept.signed.starts[chunk] + rows)
        short = ShortDocuments.of(self._kept.sketch(chunk), np.where(stays, 0, sizes), self._ratio)
        found = [np.zeros(0, HELD), *self._held(short, *self._suspects(short, chunk))]
        held = np.concatenate(found)
        held["size"] = sizes[held["document"]]
        held["document"] += self._kept.signed.starts[chunk]
        held = held[np.lexsort((held["holder"], held["document"]))]
        name = f"{task.index:05d}.held.npy"
        return Outcome(files={name: write_array(join(folder, name), held)})

    def _suspects(self, short: ShortDocuments, chunk: int) -> tuple[Numbers, Numbers]:
        """Return pairs to look at, by (holder, short document): places among the short documents, and numbers."""
        holders = read_holders(self._holders_folder, chunk)
        counts, starts = holders.counts[short.records], holders.starts[short.records]
        order = np.lexsort((counts, np.repeat(np.arange(len(short)), np.diff(short.borders))))
        arguments = short.borders, short.spare, counts[order], starts[order]
        suspects = np.empty((2, name_suspects(*arguments, np.empty((2, 0), np.int64))), np.int64)
        name_suspects(*arguments, suspects)
        pairs = np.unique(np.stack([holders.documents[suspects[1]], suspects[0]], axis=1), axis=0)
        return pairs[:, 1], pairs[:, 0]

    def _held(self, short: ShortDocuments, documents: Numbers, holders: Numbers) -> Iterator[npt.NDArray[np.void]]:
        """Yield `HELD` records of the pairs that have the ratio, without sizes of the held, which are told by row."""
        signed = self._kept.signed
        borders = np.searchsorted(holders, signed.starts)
        for chunk, (first, last) in enumerate(pairwise(borders.tolist())):
            if first == last:
                continue
            which, rows = documents[first:last], holders[first:last] - signed.starts[chunk]
            spans = np.stack([short.borders[which], short.borders[which + 1], short.spare[which]])
            shared = np.empty(len(which), np.int64)
            count_shared(self._kept.sketch(chunk), rows, spans, short.hashes, shared)
            samples = spans[1] - spans[0]
            holds = np.flatnonzero(shared >= 0)
            holds = holds[is_certain(shared[holds], samples[holds], self._ratio)]
            records = np.zeros(len(holds), HELD)
            records["document"], records["holder"] = short.rows[which[holds]], holders[first:last][holds]
            records["holder_size"] = self._kept.sizes(chunk, rows[holds].astype(np.uint32))
            records["ratio"] = shared[holds] / samples[holds]
            yield records


def is_certain(shared: Numbers, samples: Numbers, ratio: float) -> npt.NDArray[np.bool_]:
    """Return of which pairs the true ratio is almost surely less by a tenth than the one asked for, at most.

    There the lower end of the interval of 1.5 standard errors around `shared` of `samples` stands (Wilson, 1927).
    Of many pairs that hold .75, some have nine of their ten samples in common; without this they would be chosen.

    >>> is_certain(np.array([8, 9, 16, 18, 117]), np.array([8, 10, 16, 19, 128]), 0.9).tolist()
    [False, False, True, True, True]
    """
    counts, part = samples.astype(np.float64), shared / samples
    squared = _ERRORS**2 / counts
    middle = part + squared / 2
    width = _ERRORS * np.sqrt(part * (1 - part) / counts + squared / (4 * counts))
    return np.asarray((middle - width) / (1 + squared) >= ratio - _SHORT_OF - 1e-9, np.bool_)


def read_held(folder: str) -> npt.NDArray[np.void]:
    """Return the `HELD` records of a finished stage by (document, holder)."""
    tasks = read_plan(folder).tasks
    lists = [read_array(join(folder, f"{task.index:05d}.held.npy")).view(HELD) for task in tasks]
    return np.concatenate([np.zeros(0, HELD), *lists])
