"""The stage near/pairs: bands of all documents to pairs of documents that are alike."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict

from ixigen_data.core.digests import digest_value
from ixigen_data.dedup.near.buckets import Buckets, HashRange, find_buckets
from ixigen_data.dedup.near.match_kernel import CARRIED, EARLY, RECENT, match
from ixigen_data.dedup.near.number_set import dropped_before
from ixigen_data.dedup.near.pair_files import pairs_of, write_pairs
from ixigen_data.dedup.near.signed_corpus import Numbers, SignedCorpus, slots_for
from ixigen_data.dedup.places import Corpus
from ixigen_data.dedup.settings import NearSettings
from ixigen_data.engine.completion import read_outcomes
from ixigen_data.engine.stage import Outcome, Task

BYTES = 1
RECORDS_PER_RANGE = 8_000_000  # 16 bytes each, and about 100 of those that share their hash
SIGNATURE_BYTES = 128 * 2**20  # looked at at once


class PairsSummary(BaseModel):
    """What a task of the pairs stage tells."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    records: int  # hashes of bands
    members: int  # of buckets that were looked at
    compared: int  # pairs of signatures
    pairs: int
    documents: dict[str, int]  # that exact deduplication left, by source; indexes are left out


class PairsStage:
    """Finds pairs of documents that are alike, among all that share the hash of a band; see `match`.

    Of a bucket of EARLY documents or less every pair is looked at. Documents stand in it in order of priority, so those
    of a later source change nothing of what is found among the earlier.
    """

    name = "near/pairs"
    unit = "bands"

    def __init__(self, settings: NearSettings, corpus: Corpus, exact_folder: str, upstream: Sequence[str]) -> None:
        """`exact_folder`: of the finished stage that drops exact copies. `upstream`: its mark and the clean stages'."""
        self._settings = settings
        self._corpus = corpus
        self._exact_folder = exact_folder
        shape = [settings.bands, settings.rows, settings.threshold]
        self.fingerprint = digest_value(["near/pairs", BYTES, *shape, list(corpus.clean_folders), list(upstream)])

    def tasks(self) -> Sequence[Task]:
        """Return one task a range of hashes, as many as keep one in memory."""
        records = self._signed.documents * self._settings.bands
        bits = max(0, (records - 1) // RECORDS_PER_RANGE).bit_length()
        return [
            Task(
                index=number,
                name=f"partition {number}",
                work=records >> bits,
                payload=HashRange(number=number, bits=bits).model_dump(),
            )
            for number in range(1 << bits)
        ]

    def outputs(self, folder: str) -> str:
        """Return `folder`."""
        return folder

    def run(self, task: Task, folder: str) -> Outcome:
        """Write the pairs of a range of hashes."""
        hashes = HashRange.model_validate(task.payload)
        buckets = find_buckets(self._signed, hashes, dropped_before(self._signed, self._exact_folder))
        matches, compared = self._matches(buckets)
        pairs = pairs_of(self._signed, buckets.documents, matches)
        summary = PairsSummary(
            records=buckets.records,
            members=buckets.members.shape[1],
            compared=compared,
            pairs=len(pairs),
            documents=self._documents(),
        )
        return Outcome(files=write_pairs(folder, task.index, pairs), summary=summary.model_dump())

    @cached_property
    def _signed(self) -> SignedCorpus:
        return SignedCorpus(self._corpus.places())

    def _documents(self) -> dict[str, int]:
        left = dict.fromkeys(self._corpus.clean_folders, 0)
        for outcome in read_outcomes(self._exact_folder):
            for source, account in outcome.ledger.stages.get("dedup", {}).items():
                left[source] = left.get(source, 0) + account.documents_out
        return left

    def _matches(self, buckets: Buckets) -> tuple[Numbers, int]:
        """Return (3, matches) places in `buckets.documents` and equal slots, and how many pairs were compared."""
        slots = self._settings.slots
        at_least = slots_for(self._settings.threshold, slots)
        num_indexed = int(np.searchsorted(buckets.documents, self._signed.num_indexed))
        leaders, who = np.zeros((EARLY + RECENT, slots), np.uint16), np.zeros(EARLY + RECENT, np.int64)
        carried = np.full(CARRIED, -1, np.int64)
        by_rank = np.argsort(buckets.ranks)
        matches, compared = [np.zeros((3, 0), np.int64)], 0
        for members, signatures in self._blocks(buckets, by_rank):
            found = np.empty((3, EARLY * members.shape[1]), np.int64)
            pairs, looks = match(members, at_least, num_indexed, signatures, leaders, who, carried, found)
            matches.append(np.stack([by_rank[found[0, :pairs]], by_rank[found[1, :pairs]], found[2, :pairs]]))
            compared += looks
        return np.concatenate(matches, axis=1), compared

    def _blocks(self, buckets: Buckets, by_rank: Numbers) -> Iterator[tuple[Numbers, npt.NDArray[np.uint16]]]:
        """Yield members, (3, members) as `match` takes them, a bounded number at once, and their signatures."""
        slots = self._settings.slots
        most = max(1, SIGNATURE_BYTES // (2 * slots))
        total = buckets.members.shape[1]
        for first, last in pairwise([*range(0, total, most), total]):
            members = buckets.members[:, first:last]
            used = np.zeros(len(by_rank), np.bool_)
            used[by_rank[members[1]]] = True
            places, rows = np.flatnonzero(used), (np.cumsum(used) - 1)[by_rank[members[1]]]
            signatures = np.empty((len(places), slots), np.uint16)
            self._signed.fill_signatures(buckets.documents[places], signatures, np.arange(len(places)))
            yield np.concatenate([members, rows.reshape(1, -1)]), signatures
