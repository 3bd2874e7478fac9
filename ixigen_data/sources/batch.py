"""Documents that come one by one, until they are columns."""

import numpy as np
import pyarrow as pa

from ixigen_data.core.documents import Documents
from ixigen_data.sources.records import Record

_CHAR_BYTES = 3  # a syllable's


class Batch:
    """Takes documents; `with_metadata` where the recipe keeps any."""

    def __init__(self, with_metadata: bool) -> None:
        self.size_bytes = 0  # of text, about
        self._texts: list[str] = []
        self._ids: list[str] = []
        self._files: list[int] = []
        self._offsets: list[int] = []
        self._metadata: list[str | None] = []
        self._with_metadata = with_metadata

    def __len__(self) -> int:
        return len(self._texts)

    def add(self, file: int, offset: int, identity: str, record: Record) -> None:
        """Take a document: the number of its file, where it begins there, and its id, whatever the record says."""
        self.size_bytes += _CHAR_BYTES * len(record.text)
        self._texts.append(record.text)
        self._ids.append(identity)
        self._files.append(file)
        self._offsets.append(offset)
        self._metadata.append(record.metadata)

    def documents(self) -> Documents:
        """Return the columns."""
        return Documents(
            text=pa.array(self._texts, pa.large_string()),
            id=pa.array(self._ids, pa.large_string()),
            file=np.array(self._files, np.int32),
            offset=np.array(self._offsets, np.int64),
            metadata=pa.array(self._metadata, pa.large_string()) if self._with_metadata else None,
        )
