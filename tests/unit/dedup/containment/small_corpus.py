"""Corpora of a few documents, with the files that containment reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa

from ixigen_data.core.ledger import Ledger, total
from ixigen_data.dedup.containment.contained_stage import ContainedStage
from ixigen_data.dedup.containment.held_stage import HeldStage
from ixigen_data.dedup.containment.holders_stage import HoldersStage
from ixigen_data.dedup.containment.kept import Kept
from ixigen_data.dedup.containment.sketch import Sketches
from ixigen_data.dedup.drops import drops_of
from ixigen_data.dedup.near.sidecar import Signatures
from ixigen_data.dedup.places import ChunkPlace, Corpus
from ixigen_data.dedup.settings import NearSettings
from ixigen_data.engine.completion import read_outcomes
from tests.signed_chunks import finish

Document = tuple[str, int]  # source, place in it


@dataclass(frozen=True)
class SmallCorpus(Corpus):
    """A corpus whose chunks are known."""

    chunks: tuple[ChunkPlace, ...] = ()

    def places(self) -> tuple[ChunkPlace, ...]:
        return self.chunks


@dataclass(frozen=True)
class Found:
    """What was dropped, for whom, and the account."""

    keepers: dict[Document, Document]
    ratios: dict[Document, float]
    ledger: Ledger


def corpus_of(
    folder: Path, sources: Mapping[str, Sequence[str]], per_chunk: int = 10**6, indexed: Sequence[str] = ()
) -> SmallCorpus:
    """Write the chunks of sources of texts; `indexed`: those that are of an index."""
    near, chunks = NearSettings(containment=0.9), []
    for source, texts in sources.items():
        for number, first in enumerate(range(0, len(texts), per_chunk)):
            column = pa.array(texts[first : first + per_chunk], pa.large_string())
            for sidecar in (Signatures(near, "characters"), Sketches(near, "characters")):
                file = sidecar.open()
                for begin, end in pairwise([0, len(column) // 2, len(column)]):
                    file.add(column[begin:end])
                file.write(str(folder), f"{source}-{number}")
            chunks.append(
                ChunkPlace(source, str(folder), f"{source}-{number}", len(column), 0, indexed=source in indexed)
            )
    return SmallCorpus({source: str(folder) for source in sources}, (), tuple(chunks))


def contained(folder: Path, corpus: SmallCorpus, ratio: float = 0.9, drop_folders: Sequence[str] = ()) -> Found:
    """Run the stages."""
    kept = Kept(corpus, drop_folders)
    holders = HoldersStage(kept, [])
    finish(holders, folder / "holders")
    held = HeldStage(ratio, kept, str(folder / "holders"), [])
    finish(held, folder / "held")
    finish(ContainedStage(kept, str(folder / "held"), []), folder / "contained")
    names = [
        (place.source, row) for place, rows in zip(corpus.chunks, _rows(corpus), strict=True) for row in rows.tolist()
    ]
    starts = kept.signed.starts
    keepers, ratios = {}, {}
    for drops in drops_of(str(folder / "contained")):
        for chunk, row, keeper_chunk, keeper_row, kind, similarity in drops.tolist():
            assert kind == 2
            document = names[starts[chunk] + row]
            keepers[document], ratios[document] = names[starts[keeper_chunk] + keeper_row], similarity
    ledger = total(outcome.ledger for outcome in read_outcomes(str(folder / "contained")))
    return Found(keepers, ratios, ledger)


def _rows(corpus: SmallCorpus) -> list[np.ndarray]:
    """Return the places within its source of each chunk's documents."""
    met: dict[str, int] = {}
    rows = []
    for place in corpus.chunks:
        first = met.get(place.source, 0)
        rows.append(np.arange(first, first + place.documents))
        met[place.source] = first + place.documents
    return rows
