"""Which documents stand when containment is looked for, and how long they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ixigen_data.core.errors import DedupError
from ixigen_data.dedup.containment.sketch import read_sketch
from ixigen_data.dedup.drops import NEAR, drops_of
from ixigen_data.dedup.near.number_set import NumberSet
from ixigen_data.dedup.near.sidecar import read_sizes
from ixigen_data.dedup.near.signed_corpus import SignedCorpus
from ixigen_data.dedup.places import Corpus


@dataclass(frozen=True)
class Kept:
    """The documents of a corpus that the stages before left, by number; see `SignedCorpus`.

    Attributes:
        drop_folders: of the finished stages that drop.
    """

    corpus: Corpus
    drop_folders: Sequence[str]

    @cached_property
    def signed(self) -> SignedCorpus:
        """Chunks and numbers of all documents."""
        return SignedCorpus(self.corpus.places())

    def sketch(self, chunk: int) -> npt.NDArray[np.void]:
        """Return a chunk's `SAMPLE` records, of dropped documents too, by (hash, row)."""
        place = self.signed.places[chunk]
        found = read_sketch(place.folder, place.stem)
        if len(found) and int(found["row"].max()) >= place.documents:
            raise DedupError(f"{place.folder}: samples of {place.stem} are damaged; remove the folder and run again")
        return found

    def sizes(self, chunk: int, rows: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
        """Return how many shingles documents of a chunk have; 0 for those that were dropped."""
        place = self.signed.places[chunk]
        sizes: npt.NDArray[np.uint32] = read_sizes(place.folder, place.stem)[rows]
        sizes[self.dropped.holds(self.signed.starts[chunk] + rows)] = 0
        return sizes

    @cached_property
    def keepers(self) -> NumberSet:
        """The documents that others of their source went for, which are like them: else those went for nothing.

        What went of later sources does not count: a source added behind the old must change nothing of the old.
        """
        found, sources = NumberSet(self.signed.documents), self.signed.source_of_chunk
        for folder in self.drop_folders:
            for drops in drops_of(folder):
                alike = drops[(drops["kind"] == NEAR) & (sources[drops["chunk"]] == sources[drops["keeper_chunk"]])]
                found.add(np.unique(self.signed.numbers_of(alike["keeper_chunk"], alike["keeper_row"])))
        return found

    @cached_property
    def dropped(self) -> NumberSet:
        """The documents that were dropped."""
        dropped = NumberSet(self.signed.documents)
        for folder in self.drop_folders:
            for drops in drops_of(folder):
                dropped.add(self.signed.numbers_of(drops["chunk"], drops["row"]))
        return dropped
