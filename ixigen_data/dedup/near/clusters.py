"""Clusters: documents that hang together by verified pairs, in order of priority, and which of them stay."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from ixigen_data.dedup.near.keepers_kernel import choose_keepers
from ixigen_data.dedup.near.links import Linked, Links
from ixigen_data.dedup.near.signed_corpus import Numbers, SignedCorpus
from ixigen_data.dedup.near.spill import scratch_array


@dataclass(frozen=True)
class Similar:
    """What similar means.

    Attributes:
        slots: of a signature.
        at_least: slots that are equal in documents that are alike.
    """

    slots: int
    at_least: int


@dataclass(frozen=True)
class Clusters:
    """Whole clusters, those of one part.

    Attributes:
        numbers: (documents,) cluster by cluster, in it by priority.
        starts: (clusters + 1,) where a cluster begins.
        keepers: (documents,) the place in `numbers` of the document for which one goes; -1 if it stays.
        equal: (documents,) slots that are equal in it and its keeper.
        link_slots: (pairs,) slots that are equal in the pairs.
    """

    numbers: Numbers
    starts: Numbers
    keepers: npt.NDArray[np.int32]
    equal: npt.NDArray[np.uint16]
    link_slots: npt.NDArray[np.uint16]


def clusters_of(corpus: SignedCorpus, linked: Linked, similar: Similar, scratch: str) -> Iterator[Clusters]:
    """Yield all clusters, part by part; those of a part are in memory at once."""
    for part in range(linked.links.parts):
        links = linked.links.read(part)
        if len(links):
            yield _resolved(corpus, linked, links, similar, scratch)


def _resolved(corpus: SignedCorpus, linked: Linked, links: Links, similar: Similar, scratch: str) -> Clusters:
    documents, places = np.unique(np.concatenate([links["one"], links["other"]]), return_inverse=True)
    roots = linked.roots_of(documents)
    order = _ordered(corpus, documents, roots)
    ranks = np.empty(len(documents), np.int64)
    ranks[order] = np.arange(len(documents))
    starts, higher, slots = _edges(ranks[places].reshape(2, -1), links["slots"], len(documents))
    signatures = scratch_array([len(documents), similar.slots], np.uint16, scratch).view(np.uint16)
    corpus.fill_signatures(documents, signatures, ranks)
    keepers, equal = np.empty(len(documents), np.int32), np.empty(len(documents), np.uint16)
    choose_keepers(starts, higher, slots, similar.at_least, signatures, keepers, equal)
    borders = np.flatnonzero(np.diff(roots[order].astype(np.int64), prepend=-1))
    return Clusters(documents[order], np.append(borders, len(documents)), keepers, equal, slots)


def _ordered(corpus: SignedCorpus, documents: Numbers, roots: npt.NDArray[np.uint32]) -> Numbers:
    """Return the order of documents: by cluster, source, length (longest first), id, place.

    Documents of an index never go, so ids do not order them.
    """
    priorities = corpus.priorities(documents)
    order = np.lexsort((priorities, roots))
    same = np.zeros(len(order) + 1, np.bool_)
    same[1:-1] = (np.diff(roots[order].astype(np.int64)) == 0) & (priorities[order][1:] == priorities[order][:-1])
    tied = np.sort(order[same[1:] | same[:-1]])
    tied = tied[documents[tied] >= corpus.num_indexed]
    if not len(tied):
        return order
    by_id = np.zeros(len(documents), np.int64)
    by_id[tied[pc.sort_indices(corpus.ids(documents[tied])).to_numpy()]] = np.arange(len(tied))
    return np.lexsort((by_id, priorities, roots))


def _edges(
    ranks: Numbers, slots: npt.NDArray[np.uint16], documents: int
) -> tuple[Numbers, npt.NDArray[np.int32], npt.NDArray[np.uint16]]:
    """Return where each document's edges begin, the documents before it, ascending, and their slots.

    Args:
        ranks: (2, pairs) of two documents.
    """
    keys = (np.maximum(ranks[0], ranks[1]) << 32) | np.minimum(ranks[0], ranks[1])
    order = np.argsort(keys)
    keys = keys[order]
    starts = np.searchsorted(keys, np.arange(documents + 1) << 32)
    return starts, (keys & 0xFFFFFFFF).astype(np.int32), slots[order]
