"""Who documents are, of chunks of cleaned documents and of indexes alike."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ixigen_data.clean.chunks import ChunkWriter
from ixigen_data.core.documents import Documents
from ixigen_data.dedup.index.files import write_index_chunk
from ixigen_data.dedup.names import names_of
from ixigen_data.dedup.places import ChunkPlace

DOCUMENTS = 7


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> list[ChunkPlace]:
    """Chunk 0 of an index, without its first two documents; chunks 1 and 2 of cleaned documents, in batches of two."""
    folder = str(tmp_path_factory.mktemp("names"))
    found = []
    for task, source in enumerate(("wiki", "web")):
        with ChunkWriter(folder, task) as writer:
            for first in range(0, DOCUMENTS, 2):
                numbers = np.arange(first, min(first + 2, DOCUMENTS))
                ids = pa.array([f"{source}-{number}" for number in numbers], pa.large_string())
                writer.add(Documents(ids, ids, np.zeros(len(ids), np.int32), numbers))
        (chunk,) = writer.chunks
        found.append(ChunkPlace(source, folder, chunk.stem, chunk.documents, chunk.text_bytes))
    chunk = write_index_chunk(str(Path(folder) / "index"), "00000", found[0], np.array([0, 1], np.uint32), ())
    index = ChunkPlace("old/wiki", str(Path(folder) / "index"), chunk.stem, chunk.documents, 0, indexed=True)
    return [index, *found]


def name(chunk: int, row: int) -> tuple[str, str]:
    """The same in plain Python."""
    return [("old/wiki", f"wiki-{row + 2}"), ("wiki", f"wiki-{row}"), ("web", f"web-{row}")][chunk]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, DOCUMENTS - 3)), max_size=20))
def test_names_come_in_the_order_asked(places: list[ChunkPlace], asked: list[tuple[int, int]]) -> None:
    columns = np.array(asked, np.uint32).reshape(-1, 2).T
    found = names_of(places, columns[0], columns[1])
    assert list(zip(*found.to_pydict().values(), strict=True)) == [name(*place) for place in asked]


def test_only_chunks_that_are_asked_for_are_opened(places: list[ChunkPlace]) -> None:
    gone = ChunkPlace("gone", "/nowhere", "00000-000", 9, 9)
    found = names_of([*places, gone], np.array([2], np.uint32), np.array([6], np.uint32))
    assert found.to_pylist() == [{"source": "web", "id": "web-6"}]
