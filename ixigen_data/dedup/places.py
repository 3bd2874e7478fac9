"""Chunks counted over all sources, in recipe order, behind those of indexes of earlier datasets."""

from collections.abc import Mapping
from dataclasses import dataclass

from ixigen_data.clean.chunks import list_chunks


@dataclass(frozen=True)
class ChunkPlace:
    """One chunk of cleaned documents; its number is its place in the list of all, which is its priority."""

    source: str
    folder: str
    stem: str
    documents: int
    text_bytes: int
    indexed: bool = False  # of an earlier dataset: nothing of it is dropped here


@dataclass(frozen=True)
class Corpus:
    """What is deduplicated: folders of finished clean stages by source, in recipe order, and indexes before them."""

    clean_folders: Mapping[str, str]
    against: tuple[str, ...] = ()

    def places(self) -> tuple[ChunkPlace, ...]:
        """Return every chunk: those of the indexes, then source by source in task order."""
        return tuple(
            ChunkPlace(source, folder, chunk.stem, chunk.documents, chunk.text_bytes)
            for source, folder in self.clean_folders.items()
            for chunk in list_chunks(folder)
        )
