"""Which documents stand when containment is looked for, and how long they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ixigen_data.dedup.containment.sketch import read_sketch
from ixigen_data.dedup.drops import drops_of
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
        return read_sketch(place.folder, place.stem)

    def sizes(self, chunk: int, rows: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
        """Return how many shingles documents of a chunk have; 0 for those that were dropped."""
        place = self.signed.places[chunk]
        sizes: npt.NDArray[np.uint32] = read_sizes(place.folder, place.stem)[rows]
        sizes[self.dropped.holds(self.signed.starts[chunk] + rows)] = 0
        return sizes

    @cached_property
    def dropped(self) -> NumberSet:
        """The documents that were dropped."""
        dropped = NumberSet(self.signed.documents)
        for folder in self.drop_folders:
            for drops in drops_of(folder):
                dropped.add(self.signed.numbers_of(drops["chunk"], drops["row"]))
        return dropped
