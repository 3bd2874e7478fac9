"""Which documents two datasets share, by their lineage: joined, left and stayed, by source.

A document is known by its source, the name of its file (without folders: corpora move) and its id. Lineage is read a
file at a time; what is kept of a document is 14 bytes, in temporary files once they are many.
"""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
from pydantic import BaseModel

from ixigen_data.core.progress import Progress
from ixigen_data.shards.lineage_search import LineageFile, in_parallel, lineage_files, open_lineage
from ixigen_data.shards.manifest import Manifest

STAGE = "documents"
EXAMPLES = 3  # of each kind
_ROWS = 8_000_000  # of lineage that are compared at once: about 400 MB
_MOST_PARTITIONS = 500  # temporary files of a side

TRAINING, HELD_OUT = "training", "held out"
_ENTRY = np.dtype([("hash", "<u8"), ("group", "<u2"), ("file", "<u4")])

Entries = npt.NDArray[np.void]
Group = tuple[str, str]  # a source, and TRAINING or HELD_OUT
_Example = tuple[int, int]  # hash, number of the lineage file


class DocumentDiff(BaseModel):
    """The documents of one source in the windows of two datasets, in training or held out."""

    source: str
    place: str  # "training" or "held out"
    joined: int = 0
    left: int = 0
    stayed: int = 0
    joined_examples: list[str] = []  # ids
    left_examples: list[str] = []


@dataclass(frozen=True)
class Side:
    """One of two datasets."""

    url: str
    manifest: Manifest

    @cached_property
    def files(self) -> list[LineageFile]:
        """Its lineage."""
        return lineage_files(self.manifest)

    def groups(self) -> Iterator[Group]:
        """Yield what its documents are counted by."""
        for part in self.manifest.parts:
            for source in part.sources:
                yield source, TRAINING
                if part.path in self.manifest.eval:
                    yield source, HELD_OUT


def diff_documents(before: Side, after: Side, progress: Progress, workers: int = 1) -> list[DocumentDiff]:
    """Return what became of the documents, by source, training before held out.

    Two documents are taken for one where 64 bits of their hashes agree: of 10^9 documents, 0.03 on average.

    Raises:
        ShardError: a lineage file is missing or broken.
    """
    sides = [before, after]
    groups: list[Group] = sorted({group for side in sides for group in side.groups()})
    rows = sum(file.record.rows for side in sides for file in side.files)
    partitions = min(_MOST_PARTITIONS, max(1, -(-rows // _ROWS)))
    progress.begin(STAGE, sum(file.record.bytes for side in sides for file in side.files), "bytes")
    tallies = {group: _Tally() for group in groups}
    with tempfile.TemporaryDirectory(prefix="ixigen-diff-") as folder:
        stored = [
            _stored(side, groups, [Path(folder, f"{number}-{place}") for place in range(partitions)], progress, workers)
            for number, side in enumerate(sides)
        ]
        for old, new in zip(*stored, strict=True):
            for number, group in enumerate(groups):
                tallies[group].add(_of_group(old, number), _of_group(new, number))
    progress.end(STAGE)
    found = [_told(group, tally, sides) for group, tally in tallies.items()]
    return sorted(found, key=lambda diff: (diff.source, diff.place != TRAINING))


@dataclass
class _Tally:
    """Counts of one group; examples are those of the lowest hashes."""

    joined: int = 0
    left: int = 0
    stayed: int = 0
    joined_examples: list[_Example] = field(default_factory=list)
    left_examples: list[_Example] = field(default_factory=list)

    def add(self, old: Entries, new: Entries) -> None:
        """Count entries of one partition; entries of equal hashes are one document."""
        known = np.isin(new["hash"], old["hash"], assume_unique=True)
        gone = ~np.isin(old["hash"], new["hash"], assume_unique=True)
        self.stayed += int(known.sum())
        self.joined += int((~known).sum())
        self.left += int(gone.sum())
        self.joined_examples = _lowest(self.joined_examples, new[~known])
        self.left_examples = _lowest(self.left_examples, old[gone])


def _lowest(examples: list[_Example], entries: Entries) -> list[_Example]:
    found = [(int(entry["hash"]), int(entry["file"])) for entry in entries[:EXAMPLES]]  # in the order of their hashes
    return sorted([*examples, *found])[:EXAMPLES]


def _of_group(path: Path, group: int) -> Entries:
    """Return the entries of a group in a temporary file, one a document, in the order of their hashes."""
    entries: Entries = np.fromfile(path, _ENTRY)
    entries = entries[entries["group"] == group]
    _, first = np.unique(entries["hash"], return_index=True)
    found: Entries = entries[first]
    return found


def _stored(
    side: Side, groups: Sequence[Group], paths: Sequence[Path], progress: Progress, workers: int
) -> Sequence[Path]:
    """Write the entries of a dataset to temporary files by hash; return their paths."""
    number_of = {file: number for number, file in enumerate(side.files)}
    with ExitStack() as stack:
        streams = [stack.enter_context(path.open("wb")) for path in paths]
        for file, hashes in in_parallel(lambda file: _hashed(side.url, file, groups), side.files, workers):
            entries = np.zeros(len(hashes), _ENTRY)
            entries["hash"], entries["group"] = hashes["hash"].to_numpy(), hashes["group"].to_numpy()
            entries["file"] = number_of[file]
            place = entries["hash"] % len(paths)
            for partition, stream in enumerate(streams):
                entries[place == partition].tofile(stream)
            progress.advance(STAGE, file.record.bytes)
    return paths


def _hashed(url: str, file: LineageFile, groups: Sequence[Group]) -> pl.DataFrame:
    """Return hash, group and id of the documents of a lineage file, each once."""
    with open_lineage(url, file) as lineage:
        table = lineage.read(["source", "file", "document"], use_threads=False)
    frame = pl.DataFrame({name: table[name].cast(pa.string()) for name in table.column_names}).unique()
    place = HELD_OUT if file.place else TRAINING
    numbers = {source: number for number, (source, where) in enumerate(groups) if where == place}
    name = pl.concat_str([pl.col("file").str.replace(r"^.*/", ""), pl.col("document")], separator="\0")
    return frame.select(
        hash=name.hash(seed=1),
        group=pl.col("source").replace_strict(numbers, return_dtype=pl.UInt16),
        document=pl.col("document"),
    )


def _told(group: Group, tally: _Tally, sides: Sequence[Side]) -> DocumentDiff:
    return DocumentDiff(
        source=group[0],
        place=group[1],
        joined=tally.joined,
        left=tally.left,
        stayed=tally.stayed,
        joined_examples=[_name(sides[1], example) for example in tally.joined_examples],
        left_examples=[_name(sides[0], example) for example in tally.left_examples],
    )


def _name(side: Side, example: _Example) -> str:
    """Return the id of an example: entries do without it, so its lineage is read once more."""
    file = side.files[example[1]]
    found = _hashed(side.url, file, list(side.groups())).filter(pl.col("hash") == example[0])
    return str(found["document"][0])
