"""The stage near/holders: sampled shingles of all documents to the longer documents that hold them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel

from ixigen_data.core.arrays import read_array, write_array
from ixigen_data.core.digests import digest_value
from ixigen_data.core.files import join
from ixigen_data.core.ledger import Ledger
from ixigen_data.dedup.containment.holders_kernel import FEW, MEMBER, MOST, name_holders
from ixigen_data.dedup.containment.kept import Kept
from ixigen_data.dedup.containment.sketch import SAMPLED, asks, between
from ixigen_data.engine.completion import read_plan
from ixigen_data.engine.stage import Outcome, Task

BYTES = 1
RECORDS_PER_PARTITION = 4_000_000  # 12 bytes a record, 32 a member, as much again while sorting: about 400 MB


class HashRange(BaseModel):
    """A task: the hashes from `first` to before `stop`."""

    first: int
    stop: int


class HoldersStage:
    """Tells of every sampled shingle of a document which longer documents hold it; see `name_holders`.

    A task writes, for the records of its range of hashes by (chunk, hash, row):

    - `00003.counts.npy` uint8 (records,): how many they are, MOST + 1 for more than MOST
    - `00003.holders.npy` int64 (holders,): the numbers of those that are named
    - `00003.starts.npy` int64 (chunks + 1, 2): where a chunk begins in the two
    """

    name = "near/holders"
    unit = "samples"

    def __init__(self, kept: Kept, upstream: Sequence[str]) -> None:
        """`upstream`: the marks of the clean stages and of those that drop."""
        self._kept = kept
        self.fingerprint = digest_value(["near/holders", BYTES, list(kept.corpus.clean_folders), list(upstream)])

    def tasks(self) -> Sequence[Task]:
        """Return one task a range of hashes, as many as keep one in memory."""
        records = sum(len(self._kept.sketch(chunk)) for chunk in range(len(self._kept.signed.places)))
        parts = max(1, -(-records // RECORDS_PER_PARTITION))
        borders = [SAMPLED * number // parts for number in range(parts + 1)]
        return [
            Task(
                index=number,
                name=f"partition {number}",
                work=records // parts,
                payload=HashRange(first=borders[number], stop=borders[number + 1]).model_dump(),
            )
            for number in range(parts)
        ]

    def outputs(self, folder: str) -> str:
        """Return `folder`."""
        return folder

    def run(self, task: Task, folder: str) -> Outcome:
        """Write the holders of the shingles of a range of hashes."""
        hashes = HashRange.model_validate(task.payload)
        members, records = self._members(hashes)
        counts = np.zeros(records[-1], np.uint8)
        starts = np.zeros(records[-1] + 1, np.int64)
        name_holders(members, counts, starts, np.zeros(0, np.int64))
        starts[1:] = np.cumsum(_named(counts))
        holders = np.zeros(starts[-1], np.int64)
        name_holders(members, counts, starts, holders)
        files = {}
        for name, array in (
            ("counts", counts),
            ("holders", holders),
            ("starts", np.stack([records, starts[records]], axis=1)),
        ):
            file = f"{task.index:05d}.{name}.npy"
            files[file] = write_array(join(folder, file), array)
        return Outcome(files=files, ledger=Ledger())

    def _members(self, hashes: HashRange) -> tuple[npt.NDArray[np.void], npt.NDArray[np.int64]]:
        """Return `MEMBER` records of the documents that stand, by (hash, document), and where each chunk begins.

        The second is counted in records of dropped documents too.
        """
        signed = self._kept.signed
        found, starts = [np.zeros(0, MEMBER)], [0]
        for chunk, place in enumerate(signed.places):
            records = between(self._kept.sketch(chunk), hashes.first, hashes.stop)
            sizes = self._kept.sizes(chunk, records["row"])
            stands = np.flatnonzero(sizes)
            members = np.zeros(len(stands), MEMBER)
            members["hash"], members["size"] = records["hash"][stands], sizes[stands]
            members["document"] = records["row"][stands] + signed.starts[chunk]
            members["group"], members["at"] = signed.source_of_chunk[chunk], stands + starts[-1]
            members["asks"] = 0 if place.indexed else asks(members["hash"], members["size"])
            found.append(members)
            starts.append(starts[-1] + len(records))
        joined = np.concatenate(found)
        # Sorted runs one behind another: a stable sort merges them, and leaves documents in order.
        return joined[np.argsort(joined["hash"], kind="stable")], np.array(starts, np.int64)


@dataclass(frozen=True)
class Holders:
    """Of one chunk, aligned with its sketch.

    Attributes:
        counts: (records,) how many documents hold it, MOST + 1 for more than MOST.
        starts: (records + 1,) where those that are named begin in `documents`.
        documents: their numbers.
    """

    counts: npt.NDArray[np.uint8]
    starts: npt.NDArray[np.int64]
    documents: npt.NDArray[np.int64]


def read_holders(folder: str, chunk: int) -> Holders:
    """Return what a finished stage found for the records of a chunk."""
    counts: list[npt.NDArray[np.generic]] = [np.zeros(0, np.uint8)]
    documents: list[npt.NDArray[np.generic]] = [np.zeros(0, np.int64)]
    for task in read_plan(folder).tasks:
        borders = read_array(join(folder, f"{task.index:05d}.starts.npy"))[chunk : chunk + 2]
        counts.append(read_array(join(folder, f"{task.index:05d}.counts.npy"))[slice(*borders[:, 0])])
        documents.append(read_array(join(folder, f"{task.index:05d}.holders.npy"))[slice(*borders[:, 1])])
    joined = np.concatenate(counts).astype(np.uint8)
    starts = np.concatenate([[0], np.cumsum(_named(joined))])
    return Holders(joined, starts, np.concatenate(documents).astype(np.int64))


def _named(counts: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    """Return how many of the holders are named."""
    return np.where(counts > MOST, FEW, counts).astype(np.int64)
