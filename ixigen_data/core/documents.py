"""A batch of documents, held column by column so that hot paths run over whole buffers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:  # recipes are read without Arrow, for start-up
    import pyarrow as pa

Int64s = npt.NDArray[np.int64]
Int32s = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]

_NO_BYTES, _NO_OFFSETS = np.zeros(0, np.uint8), np.zeros(1, np.int64)
_NO_BYTES.flags.writeable = _NO_OFFSETS.flags.writeable = False


@dataclass(frozen=True)
class Documents:
    """Documents of one source in source order; every column has one entry a document.

    `file` counts the files of the source in sorted order; `offset` is where the record begins in that file: bytes of
    the decompressed stream, or the row of a table. `metadata` is one JSON object a document, where the recipe keeps
    any.
    """

    text: pa.LargeStringArray
    id: pa.LargeStringArray
    file: Int32s
    offset: Int64s
    metadata: pa.LargeStringArray | None = None

    def __len__(self) -> int:
        return len(self.text)

    def take(self, rows: Int64s) -> Self:
        """Return the documents at `rows`, in that order."""
        return replace(
            self,
            text=self.text.take(rows),
            id=self.id.take(rows),
            file=self.file[rows],
            offset=self.offset[rows],
            metadata=None if self.metadata is None else self.metadata.take(rows),
        )


def text_buffers(text: pa.LargeStringArray) -> tuple[npt.NDArray[np.uint8], Int64s]:
    """Return the UTF-8 bytes of a column and its offsets, without copying.

    Document i is `data[offsets[i] : offsets[i + 1]]`; offsets has len(text) + 1 entries and need not begin at 0.

    Raises:
        ValueError: the column holds nulls.
    """
    if text.null_count:
        raise ValueError("a text column holds nulls")
    _, offset_buffer, data_buffer = text.buffers()
    if offset_buffer is None or len(text) == 0:
        return _NO_BYTES, _NO_OFFSETS
    offsets = np.frombuffer(offset_buffer, np.int64)[text.offset : text.offset + len(text) + 1]
    data = np.zeros(0, np.uint8) if data_buffer is None else np.frombuffer(data_buffer, np.uint8)
    # Arrow's buffers are now writable, now not; of one kind, every kernel is compiled once.
    data.flags.writeable = offsets.flags.writeable = False
    return data, offsets


def text_column(data: bytes | npt.NDArray[np.uint8], offsets: Int64s) -> pa.LargeStringArray:
    """Return a column over UTF-8 bytes, without copying: what `text_buffers` takes apart; offsets begin at 0."""
    import pyarrow as pa  # noqa: PLC0415 - start-up: see above

    return pa.LargeStringArray.from_buffers(len(offsets) - 1, pa.py_buffer(offsets), pa.py_buffer(data))
