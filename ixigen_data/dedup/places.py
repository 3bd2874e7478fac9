"""Chunks counted over all sources, in recipe order, behind those of indexes of earlier datasets."""

from collections.abc import Mapping
from dataclasses import dataclass

from ixigen_data.clean.chunks import list_chunks
from ixigen_data.dedup.index.manifest import KnownIndex


@dataclass(frozen=True)
class ChunkPlace:
    """One chunk of cleaned documents; its number is its place in the list of all, which is its priority."""

    source: str  # of an index: its name and the source's, "telco-50/wiki"; a source's own name has no slash
    folder: str
    stem: str
    documents: int
    text_bytes: int  # 0 of an index: it keeps no text
    indexed: bool = False  # of an earlier dataset: nothing of it is dropped here


@dataclass(frozen=True)
class Corpus:
    """What is deduplicated: folders of finished clean stages by source, in recipe order, and indexes before them."""

    clean_folders: Mapping[str, str]
    against: tuple[KnownIndex, ...] = ()

    def places(self) -> tuple[ChunkPlace, ...]:
        """Return every chunk: those of the indexes, then source by source in task order.

        Raises:
            DedupError: an index has become another one since the build was planned.
        """
        indexed = (
            ChunkPlace(f"{manifest.name}/{chunk.source}", known.url, chunk.stem, chunk.documents, 0, indexed=True)
            for known in self.against
            for manifest in [known.load()]
            for chunk in manifest.chunks
        )
        ours = (
            ChunkPlace(source, folder, chunk.stem, chunk.documents, chunk.text_bytes)
            for source, folder in self.clean_folders.items()
            for chunk in list_chunks(folder)
        )
        return (*indexed, *ours)
