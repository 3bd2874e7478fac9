"""Pairs of all tasks, each once, in bounded memory, and what hangs together by them.

Pairs are sorted into ranges of their first document, which puts equal ones together; what hangs together is found while
they are read, range by range; then they are sorted into parts that hold whole clusters.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ixigen_data.dedup.near.number_set import NumberSet
from ixigen_data.dedup.near.pair_files import read_pairs
from ixigen_data.dedup.near.signed_corpus import Numbers, SignedCorpus
from ixigen_data.dedup.near.spill import Spill, scratch_array
from ixigen_data.dedup.near.union_kernel import flatten, unite
from ixigen_data.engine.completion import read_plan

LINK = np.dtype([("one", "<i8"), ("other", "<i8"), ("slots", "<u2")])  # two numbers, the lower one first
LINKS_PER_PART = 2_000_000  # 10 to 18 bytes each, and about 100 while clusters are made of them
DOCUMENTS_PER_PART = 1 << 19  # whose signatures are in memory at once: 117 MB
_BLOCK = 1 << 20
_SORTED = np.dtype([("key", "<u8"), ("slots", "<u2")])  # number of the first in its range, 24 bits; of the other, 40
_OTHER_BITS = 40
_MAX_WIDTH = 1 << 24
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # odd, so that it spreads numbers over the high bits (Knuth, TAOCP 3, 6.4)

Links = npt.NDArray[np.void]


@dataclass(frozen=True)
class Linked:
    """What hangs together.

    Attributes:
        documents: those that are in a pair.
        roots: (documents in pairs,) the rank of the first document that a document hangs together with.
        links: `LINK` records in parts of whole clusters, each pair once.
    """

    documents: NumberSet
    roots: npt.NDArray[np.uint32]
    links: Spill

    def roots_of(self, numbers: Numbers) -> npt.NDArray[np.uint32]:
        """Return the root of each document."""
        roots: npt.NDArray[np.uint32] = self.roots[self.documents.ranks(numbers)]
        return roots


@dataclass(frozen=True)
class Merging:
    """Where pairs come from, and where there is room for them.

    Attributes:
        pairs: how many there are in all tasks' files.
        scratch: a folder.
    """

    corpus: SignedCorpus
    pairs_folder: str
    pairs: int
    scratch: str

    @property
    def parts(self) -> int:
        """Ranges of first documents."""
        return max(1, -(-self.pairs // LINKS_PER_PART), -(-self.corpus.documents // _MAX_WIDTH))

    @property
    def width(self) -> int:
        """Documents in a range."""
        return self.corpus.documents // self.parts + 1


def link(merging: Merging) -> Linked:
    """Return what hangs together; its links are a context of their own."""
    with (
        Spill(_SORTED, merging.parts, merging.scratch) as found,
        Spill(_SORTED, merging.parts, merging.scratch) as merged,
    ):
        documents = _sort_into_ranges(merging, found)
        roots = _united(merging, documents, found, merged)
        parts = max(1, -(-len(merged) // LINKS_PER_PART), -(-len(roots) // DOCUMENTS_PER_PART))
        linked = Linked(documents, roots, Spill(LINK, parts, merging.scratch))
        for links in _ranges_of(merging, merged):
            mixed = linked.roots_of(links["one"]).astype(np.uint64) * _GOLDEN
            linked.links.add(links, ((mixed >> np.uint64(32)) % np.uint64(parts)).astype(np.int64))
    return linked


def _sort_into_ranges(merging: Merging, found: Spill) -> NumberSet:
    """Put the pairs of all tasks into `found`; return the documents in them."""
    documents = NumberSet(merging.corpus.documents)
    for task in read_plan(merging.pairs_folder).tasks:
        pairs = read_pairs(merging.pairs_folder, task.index)
        for first in range(0, len(pairs), _BLOCK):
            block = np.array(pairs[first : first + _BLOCK])
            one = merging.corpus.numbers_of(block["chunk"], block["row"])
            other = merging.corpus.numbers_of(block["later_chunk"], block["later_row"])
            documents.add(one)
            documents.add(other)
            records = np.empty(len(block), _SORTED)
            part, place = np.divmod(one, merging.width)
            records["key"] = ((place << _OTHER_BITS) | other).astype(np.uint64)
            records["slots"] = block["slots"]
            found.add(records, part)
    return documents


def _united(merging: Merging, documents: NumberSet, found: Spill, merged: Spill) -> npt.NDArray[np.uint32]:
    """Put the pairs of `found` into `merged`, each once; return the roots of the documents in them."""
    count = documents.close()
    assert count < 1 << 32
    parents: npt.NDArray[np.uint32] = scratch_array([count], np.uint32, merging.scratch).view(np.uint32)
    for first in range(0, count, _BLOCK):
        parents[first : first + _BLOCK] = np.arange(first, min(count, first + _BLOCK), dtype=np.uint32)
    for part in range(found.parts):
        records = found.read(part)
        order = np.argsort(records["key"])
        keys = records["key"][order]
        once = np.ones(len(keys), np.bool_)
        once[1:] = keys[1:] != keys[:-1]
        merged.add_to(part, records[order[once]])
    for links in _ranges_of(merging, merged):
        unite(parents, documents.ranks(links["one"]), documents.ranks(links["other"]))
    flatten(parents)
    return parents


def _ranges_of(merging: Merging, merged: Spill) -> Iterator[Links]:
    for part in range(merged.parts):
        records = merged.read(part)
        links = np.empty(len(records), LINK)
        links["one"] = (records["key"] >> np.uint64(_OTHER_BITS)).astype(np.int64) + part * merging.width
        links["other"] = (records["key"] & np.uint64((1 << _OTHER_BITS) - 1)).astype(np.int64)
        links["slots"] = records["slots"]
        yield links
