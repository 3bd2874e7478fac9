"""Who a document is: source and id by place, for lists of who was dropped and for whom."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ixigen_data.clean.arrow_files import read_arrow
from ixigen_data.core.files import join
from ixigen_data.dedup.index.files import IDS
from ixigen_data.dedup.places import ChunkPlace

Numbers = npt.NDArray[np.uint32]
SCHEMA = pa.schema([("source", pa.dictionary(pa.int32(), pa.string())), ("id", pa.large_string())])


def names_of(places: Sequence[ChunkPlace], chunk: Numbers, row: Numbers) -> pa.Table:
    """Return source and id of documents, one row a document, in the order asked; a document may be asked for twice.

    Besides the answer, one batch of ids is in memory; each chunk's file is read once, and of it the ids alone. The
    source of a document of an index is told with the index's name: "telco-50/wiki".

    Args:
        chunk: (documents,) places in `places`.
        row: (documents,) rows of those chunks.
    """
    order = np.lexsort((row, chunk))
    asked, first = np.unique(chunk[order], return_index=True)
    borders = [*first.tolist(), len(order)]
    ids = [
        piece
        for place, start, stop in zip(asked.tolist(), borders[:-1], borders[1:], strict=True)
        for piece in _ids(places[place], row[order[start:stop]])
    ]
    back = np.empty(len(order), np.int64)
    back[order] = np.arange(len(order))
    column = pa.chunked_array(ids, pa.large_string()).take(pa.array(back))
    sources = pa.DictionaryArray.from_arrays(
        pa.array(chunk.astype(np.int32)), pa.array([place.source for place in places], pa.string())
    )
    return pa.Table.from_arrays([sources, column], schema=SCHEMA)


def _ids(place: ChunkPlace, rows: Numbers) -> list[pa.LargeStringArray]:
    """Return the ids of ascending rows of a chunk, in pieces."""
    end = IDS if place.indexed else "docs.arrow"
    pieces, above = [], 0
    for batch in read_arrow(join(place.folder, f"{place.stem}.{end}"), ["id"]):
        first, last = np.searchsorted(rows, [above, above + len(batch)])
        if last > first:
            pieces.append(batch.column("id").take(pa.array(rows[first:last].astype(np.int64) - above)))
        above += len(batch)
    return pieces
