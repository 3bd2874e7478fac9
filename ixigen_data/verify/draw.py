"""Which documents are read again: drawn from the lineage by hash, some of every source and of every hold-out."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ixigen_data.core.progress import Progress
from ixigen_data.core.seeds import seed_for
from ixigen_data.shards.lineage_search import LineageFile, in_parallel, lineage_files, open_lineage
from ixigen_data.shards.manifest import Manifest

STAGE = "draw"

UInt64s = npt.NDArray[np.uint64]
Int64s = npt.NDArray[np.int64]
Stratum = tuple[str, str]  # a source, and "" or the hold-out's folder


@dataclass(frozen=True, order=True)
class Reference:
    """What a lineage calls a document; several records of one file may share an id."""

    source: str
    file: str
    document: str


@dataclass(frozen=True)
class Dataset:
    """A dataset that is looked at: where it lies, its manifest, and how."""

    url: str
    manifest: Manifest
    progress: Progress
    workers: int = 1

    def files(self) -> list[LineageFile]:
        """Return its lineage."""
        return lineage_files(self.manifest)


def draw_documents(dataset: Dataset, documents: int, seed: int) -> dict[str, list[Reference]]:
    """Return about `documents` documents by source, each list in the order of their hashes.

    Every source has the same share of them, its hold-outs too. A row of lineage is as likely as any other of its
    stratum, so a long document, which stands in many windows, is likelier than a short one.
    """
    files = dataset.files()
    strata = {(source, "") for part in dataset.manifest.parts for source in part.sources}
    strata |= {
        (source, f"eval/{part.path}")
        for part in dataset.manifest.parts
        if part.path in dataset.manifest.eval
        for source in part.sources
    }
    lowest: dict[Stratum, _Lowest] = defaultdict(lambda: _Lowest(max(1, documents // max(1, len(strata)))))
    numbered = list(enumerate(files))
    dataset.progress.begin(STAGE, len(files), "files")
    salt = np.uint64(seed_for(seed, "verify", "documents"))
    found = in_parallel(lambda item: _hashed(dataset, item[1], salt), numbered, dataset.workers)
    for (number, file), hashes in found:
        for source, (row_hashes, rows) in hashes.items():
            lowest[source, file.place].add(row_hashes, number, rows)
        dataset.progress.advance(STAGE, 1)
    dataset.progress.end(STAGE)
    return _looked_up(dataset, files, lowest)


class _Lowest:
    """The rows of a stratum with the lowest hashes: (hash, file, row)."""

    def __init__(self, count: int) -> None:
        self._count = count
        self.hashes = np.zeros(0, np.uint64)
        self.places = np.zeros((0, 2), np.int64)

    def add(self, hashes: UInt64s, file: int, rows: Int64s) -> None:
        places = np.stack([np.full(len(rows), file, np.int64), rows], axis=1)
        self.hashes = np.concatenate([self.hashes, hashes])
        self.places = np.concatenate([self.places, places])
        order = np.argsort(self.hashes, kind="stable")[: self._count]
        self.hashes, self.places = self.hashes[order], self.places[order]


def _hashed(dataset: Dataset, file: LineageFile, salt: np.uint64) -> dict[str, tuple[UInt64s, Int64s]]:
    """Return the hash and number of every row of a file, by source."""
    with open_lineage(dataset.url, file) as lineage:
        table = lineage.read(["source", "window", "first_token"], use_threads=False)
    source = table["source"].combine_chunks()
    if not pa.types.is_dictionary(source.type):
        source = source.dictionary_encode()
    tokens = table["window"].to_numpy().astype(np.uint64) * np.uint64(dataset.manifest.seq_len)
    hashes = _mixed((tokens + table["first_token"].to_numpy().astype(np.uint64)) ^ salt)
    numbers = source.indices.to_numpy(zero_copy_only=False)
    found = {}
    for number in np.unique(numbers).tolist():
        rows = np.flatnonzero(numbers == number)
        found[source.dictionary[number].as_py()] = (hashes[rows], rows)
    return found


def _mixed(values: UInt64s) -> UInt64s:
    """Return values mixed by the finalizer of SplitMix64 (Steele, Lea & Flood, 2014)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _looked_up(
    dataset: Dataset, files: list[LineageFile], lowest: Mapping[Stratum, _Lowest]
) -> dict[str, list[Reference]]:
    """Return the documents of chosen rows by source, without repetition, those of the lowest hashes first."""
    wanted: dict[int, set[int]] = defaultdict(set)
    for chosen in lowest.values():
        for number, row in chosen.places.tolist():
            wanted[number].add(row)
    references: dict[tuple[int, int], Reference] = {}
    for number, rows in wanted.items():
        in_order = sorted(rows)
        with open_lineage(dataset.url, files[number]) as lineage:
            table = lineage.read(["source", "file", "document"], use_threads=False).take(pa.array(in_order))
        for row, entry in zip(in_order, table.to_pylist(), strict=True):
            references[number, row] = Reference(**entry)
    found: dict[str, dict[Reference, None]] = defaultdict(dict)
    for (source, _), chosen in sorted(lowest.items()):
        for number, row in chosen.places.tolist():
            found[source][references[number, row]] = None
    return {source: list(drawn) for source, drawn in found.items()}
