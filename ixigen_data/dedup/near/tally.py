"""Counts of clusters, part by part, for the report."""

from collections import Counter
from heapq import nsmallest

import numpy as np
import numpy.typing as npt

from ixigen_data.dedup.near.clusters import Clusters, Similar
from ixigen_data.dedup.near.signed_corpus import Numbers, SignedCorpus
from ixigen_data.dedup.near.summary import (
    LARGEST,
    MEMBERS,
    SIMILARITY_BINS,
    ClusterSizes,
    DroppedMember,
    KeepersSummary,
    LargeCluster,
    NearDocument,
    Overlap,
)


class Tally:
    """The summary as it grows; its size does not."""

    def __init__(self, corpus: SignedCorpus, similar: Similar) -> None:
        self._corpus = corpus
        self._similar = similar
        self._pairs = np.zeros(similar.slots + 1, np.int64)  # by equal slots
        self._clusters: Counter[int] = Counter()  # by the size's power of two
        self._documents: Counter[int] = Counter()
        self._overlap: Counter[tuple[int, int]] = Counter()
        self._largest: list[LargeCluster] = []

    def add(self, clusters: Clusters) -> None:
        """Count the clusters of a part."""
        self._pairs += np.bincount(clusters.link_slots, minlength=len(self._pairs))
        sizes = np.diff(clusters.starts)
        powers = np.frexp(sizes)[1] - 1
        for power, count in zip(*(found.tolist() for found in np.unique(powers, return_counts=True)), strict=True):
            self._clusters[power] += count
            self._documents[power] += int(sizes[powers == power].sum())
        dropped = np.flatnonzero(clusters.keepers >= 0)
        sources = self._sources_of(clusters.numbers)
        both = sources[dropped] * len(self._corpus.sources) + sources[clusters.keepers[dropped]]
        for code, count in zip(*(found.tolist() for found in np.unique(both, return_counts=True)), strict=True):
            self._overlap[divmod(code, len(self._corpus.sources))] += count
        first = np.lexsort((clusters.numbers[clusters.starts[:-1]], -sizes))[:LARGEST]
        told = [self._told(clusters, number) for number in first.tolist()]
        self._largest = nsmallest(LARGEST, [*self._largest, *told], _order)

    def summary(self) -> KeepersSummary:
        """Return what was counted."""
        slots = np.arange(len(self._pairs))
        bins = np.minimum(slots * SIMILARITY_BINS // self._similar.slots, SIMILARITY_BINS - 1)
        names = self._corpus.sources
        return KeepersSummary(
            clusters=self._clusters.total(),
            clustered=self._documents.total(),
            dropped=self._overlap.total(),
            pairs=int(self._pairs.sum()),
            sizes=tuple(
                ClusterSizes(documents_from=1 << power, clusters=count, documents=self._documents[power])
                for power, count in sorted(self._clusters.items())
            ),
            pairs_by_similarity=tuple(np.bincount(bins, self._pairs).astype(np.int64).tolist()),
            overlap=tuple(
                Overlap(source=names[source], keeper_source=names[keeper], documents=count)
                for (source, keeper), count in sorted(self._overlap.items())
            ),
            largest=tuple(self._largest),
        )

    def _told(self, clusters: Clusters, number: int) -> LargeCluster:
        first, last = clusters.starts[number : number + 2].tolist()
        keepers = clusters.keepers[first:last]
        keeper = int(np.argmax(np.bincount(keepers[keepers >= 0] - first)))
        dropped = np.flatnonzero(keepers == first + keeper) + first
        dropped = dropped[np.argsort(-clusters.equal[dropped].astype(np.int64), kind="stable")]
        chosen = np.unique(np.linspace(0, len(dropped) - 1, MEMBERS).astype(np.int64))
        return LargeCluster(
            documents=last - first,
            kept=int((keepers < 0).sum()),
            keeper=self._document(clusters.numbers[first + keeper]),
            members=tuple(self._member(clusters, place) for place in dropped[chosen].tolist()),
        )

    def _member(self, clusters: Clusters, place: int) -> DroppedMember:
        found = self._document(clusters.numbers[place])
        similarity = int(clusters.equal[place]) / self._similar.slots
        return DroppedMember(source=found.source, chunk=found.chunk, row=found.row, similarity=similarity)

    def _document(self, number: np.int64) -> NearDocument:
        chunks, rows = self._corpus.places_of(np.array([number]))
        chunk = int(chunks[0])
        return NearDocument(source=self._corpus.places[chunk].source, chunk=chunk, row=int(rows[0]))

    def _sources_of(self, numbers: Numbers) -> npt.NDArray[np.int64]:
        sources: npt.NDArray[np.int64] = self._corpus.source_of_chunk[self._corpus.places_of(numbers)[0]]
        return sources


def _order(cluster: LargeCluster) -> tuple[int, int, int]:
    return -cluster.documents, cluster.keeper.chunk, cluster.keeper.row
