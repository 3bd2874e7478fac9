"""Documents of a corpus by number: what is known of each beside its chunk's text.

A document's number is its place in the whole corpus: documents of all chunks before its own, and its row. So numbers
ascend as places do, and state that is kept of every document is an array by number.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ixigen_data.clean.arrow_files import read_arrow
from ixigen_data.core.arrays import read_array
from ixigen_data.core.files import is_local, join
from ixigen_data.dedup.near.sidecar import read_signatures, read_sizes
from ixigen_data.dedup.places import ChunkPlace

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class SignedCorpus:
    """Chunks with signatures. Numbers are taken in ascending order; the files of one chunk are looked at at a time."""

    places: tuple[ChunkPlace, ...]

    @cached_property
    def starts(self) -> Numbers:
        """(chunks + 1,) the number of each chunk's first document, and of all documents."""
        return np.concatenate([[0], np.cumsum([place.documents for place in self.places])]).astype(np.int64)

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """Sources in order of priority, those of indexes first."""
        return tuple(dict.fromkeys(place.source for place in self.places))

    @cached_property
    def source_of_chunk(self) -> Numbers:
        """(chunks,) numbers of the chunks' sources in `sources`."""
        known = {source: number for number, source in enumerate(self.sources)}
        return np.array([known[place.source] for place in self.places], np.int64)

    @property
    def documents(self) -> int:
        """How many there are."""
        return int(self.starts[-1])

    @cached_property
    def num_indexed_chunks(self) -> int:
        """Chunks of indexes, which come first."""
        return sum(place.indexed for place in self.places)

    @property
    def num_indexed(self) -> int:
        """Documents of indexes, which come first."""
        return int(self.starts[self.num_indexed_chunks])

    def places_of(self, numbers: Numbers) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
        """Return the chunk and the row of each document, in any order."""
        chunks = np.searchsorted(self.starts, numbers, side="right") - 1
        return chunks.astype(np.uint32), (numbers - self.starts[chunks]).astype(np.uint32)

    def numbers_of(self, chunks: npt.NDArray[np.uint32], rows: npt.NDArray[np.uint32]) -> Numbers:
        """Return the number of each document, in any order."""
        numbers: Numbers = self.starts[chunks] + rows
        return numbers

    def priorities(self, numbers: Numbers) -> npt.NDArray[np.uint64]:
        """Return what orders documents before their ids do: less for an earlier source, then for a longer document."""
        found = np.empty(len(numbers), np.uint64)
        for chunk, part, rows in self._by_chunk(numbers):
            sizes = read_sizes(self.places[chunk].folder, self.places[chunk].stem)[rows]
            found[part] = (np.uint64(self.source_of_chunk[chunk]) << np.uint64(32)) | (np.uint32(0xFFFFFFFF) - sizes)
        return found

    def fill_signatures(self, numbers: Numbers, signatures: npt.NDArray[np.uint16], targets: Numbers) -> None:
        """Put the documents' signatures into rows `targets` of `signatures`, (documents, slots)."""
        for chunk, part, rows in self._by_chunk(numbers):
            signatures[targets[part]] = _signatures_of(self.places[chunk], rows)

    def ids(self, numbers: Numbers) -> pa.ChunkedArray:
        """Return the documents' ids; none of them may be of an index."""
        found = [
            _ids_of(join(self.places[chunk].folder, f"{self.places[chunk].stem}.docs.arrow"), rows)
            for chunk, _, rows in self._by_chunk(numbers)
        ]
        return pa.chunked_array(found, pa.large_string())

    def _by_chunk(self, numbers: Numbers) -> Iterator[tuple[int, slice, Numbers]]:
        borders = np.searchsorted(numbers, self.starts).tolist()
        for chunk, (first, last) in enumerate(pairwise(borders)):
            if first < last:
                yield chunk, slice(first, last), numbers[first:last] - self.starts[chunk]


def slots_for(threshold: float, slots: int) -> int:
    """Return how many of `slots` must be equal for a similarity of `threshold` or more.

    >>> slots_for(0.65, 112), slots_for(0.5, 4)
    (73, 2)
    """
    return next(equal for equal in range(slots + 1) if equal / slots >= threshold)


def _signatures_of(place: ChunkPlace, rows: Numbers) -> npt.NDArray[np.uint16]:
    """Return the signatures of ascending rows of a chunk.

    A local file is mapped for that long, so a row costs a page of memory at most, however far apart rows are. A task
    wants one row in sixty of 10 M documents: reading what lies between would take 64 tasks 143 GB.
    """
    url = join(place.folder, f"{place.stem}.signatures.npy")
    if not is_local(url):
        return read_signatures(place.folder, place.stem, rows)
    signatures: npt.NDArray[np.uint16] = read_array(url).view(np.uint16)[rows]
    return signatures


def _ids_of(url: str, rows: Numbers) -> pa.LargeStringArray:
    found: list[pa.LargeStringArray] = []
    first = 0
    for batch in read_arrow(url, ["id"]):
        borders: Sequence[int] = np.searchsorted(rows, [first, first + len(batch)]).tolist()
        found.append(pc.take(batch.column("id"), pa.array(rows[borders[0] : borders[1]] - first)))
        first += len(batch)
    return pa.concat_arrays(found)
