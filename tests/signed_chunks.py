"""Chunks with signatures that a test made up, as finished clean stages, and stages run on them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ixigen_data.clean.arrow_files import write_arrow
from ixigen_data.clean.chunks import ChunkSummary, CleanSummary
from ixigen_data.core.ledger import Ledger
from ixigen_data.dedup.drops import DROP, write_drops
from ixigen_data.dedup.near.keepers_stage import KeepersStage
from ixigen_data.dedup.near.pairs_stage import PairsStage
from ixigen_data.dedup.near.signatures import band_hashes, band_rows
from ixigen_data.dedup.places import ChunkPlace, Corpus
from ixigen_data.dedup.settings import NearSettings
from ixigen_data.engine.completion import complete_task, gather_outcomes, plan_tasks
from ixigen_data.engine.stage import Outcome, Stage, Task


@dataclass(frozen=True)
class SignedDocuments:
    """A source's documents, in order; all of one length."""

    signatures: npt.NDArray[np.uint16]  # (documents, slots)
    sizes: npt.NDArray[np.uint32]
    ids: Sequence[str]

    def __len__(self) -> int:
        return len(self.sizes)

    def __getitem__(self, part: slice) -> "SignedDocuments":
        return SignedDocuments(self.signatures[part], self.sizes[part], self.ids[part])


@dataclass(frozen=True)
class Finished:
    """A stage whose outcomes are given, not made."""

    name: str
    outcome: Outcome
    unit: str = "documents"
    fingerprint: str = "0" * 32

    def tasks(self) -> Sequence[Task]:
        return [Task(index=0, name=self.name, work=1)]

    def outputs(self, folder: str) -> str:
        return folder

    def run(self, task: Task, folder: str) -> Outcome:
        del task, folder
        return self.outcome


def finish(stage: Stage, folder: Path) -> Path:
    """Run all tasks of a stage in this process, in a folder of its own."""
    tasks = plan_tasks(stage, str(folder))
    for task in tasks:
        complete_task(stage, task.index, str(folder))
    gather_outcomes(str(folder), tasks)
    return folder


def write_source(folder: Path, source: str, documents: SignedDocuments, bands: int, splits: Sequence[int] = ()) -> Path:
    """Write a source's chunks, which end at `splits`, as a finished clean stage; return its folder."""
    borders = pairwise([0, *splits, len(documents)])
    return finish_source(
        folder, source, [write_chunk(folder, n, documents[a:b], bands) for n, (a, b) in enumerate(borders)]
    )


def write_chunk(folder: Path, number: int, documents: SignedDocuments, bands: int) -> ChunkSummary:
    """Write what is read of a chunk: ids, signatures, sizes, bands."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"00000-{number:03d}"
    np.save(folder / f"{stem}.signatures.npy", np.ascontiguousarray(documents.signatures))
    np.save(folder / f"{stem}.sizes.npy", documents.sizes)
    np.save(folder / f"{stem}.bands.npy", band_rows(band_hashes(documents.signatures, bands), documents.sizes))
    with write_arrow(str(folder / f"{stem}.docs.arrow"), pa.schema([("id", pa.large_string())])) as file:
        file.write(pa.RecordBatch.from_arrays([pa.array(documents.ids, pa.large_string())], schema=file.schema))
    return ChunkSummary(stem=stem, documents=len(documents), text_bytes=100 * len(documents))


def finish_source(folder: Path, source: str, chunks: Sequence[ChunkSummary]) -> Path:
    """Finish the clean stage of a source whose chunks are written; return its folder."""
    summary = CleanSummary(chunks=tuple(chunks), content_digest="0" * 32, faults=())
    return finish(Finished(f"clean/{source}", Outcome(summary=summary.model_dump(mode="json"))), folder)


def write_exact(folder: Path, documents: Mapping[str, int], drops: npt.NDArray[np.void] | None = None) -> Path:
    """Write what exact deduplication leaves, as a finished stage; return its folder."""
    folder.mkdir(parents=True)
    files = write_drops(str(folder), 0, np.zeros(0, DROP) if drops is None else drops)
    ledger = Ledger()
    for source, count in documents.items():
        account = ledger.account("dedup", source)
        account.documents_in = account.documents_out = count
    return finish(Finished("dedup", Outcome(files=files, ledger=ledger)), folder)


def find_near(folder: Path, settings: NearSettings, corpus: Corpus, exact: Path) -> tuple[Path, Path]:
    """Run both stages; return their folders."""
    pairs = finish(PairsStage(settings, corpus, str(exact), ["exact"]), folder / "pairs")
    return pairs, finish(KeepersStage(settings, corpus, str(pairs), ["pairs"]), folder / "keepers")


@dataclass(frozen=True)
class IndexedCorpus(Corpus):
    """A corpus with chunks before its own that are taken for those of an index."""

    index_folders: tuple[tuple[str, str], ...] = ()  # name, folder of a clean stage

    def places(self) -> tuple[ChunkPlace, ...]:
        before = Corpus(dict(self.index_folders)).places()
        return (*(replace(place, indexed=True) for place in before), *super().places())
