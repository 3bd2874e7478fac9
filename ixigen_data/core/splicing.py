"""A column put together from what stays of another and what replaces the rest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ixigen_data.core.documents import text_buffers, text_column

if TYPE_CHECKING:
    import pyarrow as pa


class Splice(NamedTuple):
    """New bytes for a stretch of a column's data."""

    start: int
    stop: int
    bytes: bytes


def spliced(text: pa.LargeStringArray, splices: Sequence[Splice]) -> pa.LargeStringArray:
    """Return a column with stretches of its data replaced: the column itself where there are none.

    Args:
        splices: in order, none empty, none overlapping another or reaching beyond a document.
    """
    if not splices:
        return text
    data, offsets = text_buffers(text)
    view, done = data.data, int(offsets[0])
    pieces: list[bytes | memoryview] = []
    for start, stop, new in splices:
        pieces += [view[done:start], new]
        done = stop
    pieces.append(view[done : offsets[-1]])
    growth = np.array([len(new) - (stop - start) for start, stop, new in splices], np.int64)
    starts = np.array([start for start, _, _ in splices], np.int64)
    total = np.concatenate([np.zeros(1, np.int64), np.cumsum(growth)])
    return text_column(b"".join(pieces), offsets - offsets[0] + total[np.searchsorted(starts, offsets)])
