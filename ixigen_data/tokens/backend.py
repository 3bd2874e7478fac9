"""What turns text into ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pyarrow as pa

Ids = npt.NDArray[np.uint32]
Counts = npt.NDArray[np.int64]


class Backend(Protocol):
    """Encodes text as text: no automatic special tokens, literal special tokens as plain characters."""

    @property
    def name(self) -> str:
        """The name that manifests carry: "reference" or "fast"."""

    def encode(self, text: pa.LargeStringArray) -> tuple[Ids, Counts]:
        """Return the ids of all documents in a row, and how many each has.

        ids: (sum of counts,); counts: (documents,).
        """
