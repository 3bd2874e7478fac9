"""The index stage: chunks of cleaned documents, without those that are dropped, to the chunks of an index."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from pydantic import BaseModel

from ixigen_data.core.digests import digest_set, digest_value
from ixigen_data.dedup.drops import read_drops
from ixigen_data.dedup.index.against import near_of
from ixigen_data.dedup.index.files import write_index_chunk
from ixigen_data.dedup.index.manifest import IndexChunk, IndexManifest, IndexSource
from ixigen_data.dedup.places import ChunkPlace, Corpus
from ixigen_data.dedup.settings import NearSettings
from ixigen_data.engine.completion import read_outcomes
from ixigen_data.engine.stage import Outcome, Task

BYTES = 1
_SIGNATURES = ("sizes.npy", "signatures.npy", "bands.npy")
_SKETCH = "sketch.npy"


class PlaceNumber(BaseModel):
    """A task: the chunk of this number."""

    chunk: int


@dataclass(frozen=True)
class IndexInputs:
    """What is indexed: a corpus, and folders of the finished stages that drop."""

    corpus: Corpus
    drop_folders: Sequence[str]


class IndexStage:
    """Writes the chunks of an index below `out`."""

    name = "index"
    unit = "documents"

    def __init__(self, near: NearSettings | None, inputs: IndexInputs, out: str, upstream: Sequence[str]) -> None:
        """`upstream`: the marks of the stages that drop."""
        self._near = near
        self._inputs = inputs
        self._out = out
        # Another folder has other files to write, so it has records of its own.
        self.fingerprint = digest_value(["index", BYTES, out, *upstream])

    def tasks(self) -> Sequence[Task]:
        """Return one task a chunk; documents of other indexes are in theirs already."""
        places = [(chunk, place) for chunk, place in enumerate(self._places) if not place.indexed]
        return [
            Task(
                index=index,
                name=f"index {place.source} {place.stem}",
                work=place.documents,
                payload=PlaceNumber(chunk=chunk).model_dump(),
            )
            for index, (chunk, place) in enumerate(places)
        ]

    def outputs(self, folder: str) -> str:  # noqa: ARG002 - an index lies where it was asked for
        """Return the index's URL."""
        return self._out

    def run(self, task: Task, folder: str) -> Outcome:  # noqa: ARG002 - an index lies where it was asked for
        """Write what is kept of a chunk."""
        chunk = PlaceNumber.model_validate(task.payload).chunk
        dropped = np.unique(np.concatenate([read_drops(each, chunk)["row"] for each in self._inputs.drop_folders]))
        stem, place = f"{task.index:05d}", self._places[chunk]
        written = write_index_chunk(self._out, stem, place, dropped, self._sidecars())
        sizes = {name: file.bytes for name, file in written.files.items()}
        return Outcome(files=sizes, summary=written.model_dump(mode="json"))

    @cached_property
    def _places(self) -> tuple[ChunkPlace, ...]:
        return self._inputs.corpus.places()

    def _sidecars(self) -> tuple[str, ...]:
        if self._near is None:
            return ()
        return (*_SIGNATURES, *([] if self._near.containment is None else [_SKETCH]))


@dataclass(frozen=True)
class IndexedRecipe:
    """What a recipe says of an index that is made from it."""

    name: str
    languages: Mapping[str, str | None]  # by source, in recipe order
    near: NearSettings | None


def index_of(recipe: IndexedRecipe, folder: str) -> IndexManifest:
    """Return the index whose chunks a finished stage has written, sealed."""
    chunks = tuple(IndexChunk.model_validate(outcome.summary) for outcome in read_outcomes(folder))
    near = recipe.near
    sources = {
        source: IndexSource(
            documents=sum(chunk.documents for chunk in chunks if chunk.source == source),
            kept_digest=digest_set(chunk.keys_digest for chunk in chunks if chunk.source == source),
            language=language,
            unit=None if near is None else near.unit_of(language),
        )
        for source, language in recipe.languages.items()
    }
    units = {source.unit for source in sources.values() if source.unit is not None}
    return IndexManifest(
        name=recipe.name,
        near=None if near is None else near_of(near, units),
        sources=sources,
        documents=sum(chunk.documents for chunk in chunks),
        chunks=chunks,
    ).sealed()
