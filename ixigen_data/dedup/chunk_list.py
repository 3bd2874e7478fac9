"""Chunks counted over all sources, in recipe order."""

from collections.abc import Mapping
from dataclasses import dataclass

from ixigen_data.clean.chunks import list_chunks


@dataclass(frozen=True)
class ChunkPlace:
    """One chunk of cleaned documents; its number is its place in the list of all."""

    source: str
    folder: str
    stem: str
    documents: int
    text_bytes: int


def chunk_places(clean_folders: Mapping[str, str]) -> tuple[ChunkPlace, ...]:
    """Return every chunk of the finished clean stages, source by source, in task order."""
    return tuple(
        ChunkPlace(source, folder, chunk.stem, chunk.documents, chunk.text_bytes)
        for source, folder in clean_folders.items()
        for chunk in list_chunks(folder)
    )
