"""Literal special tokens in text: encoded as the plain characters they are, and counted."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from ixigen_data.core.documents import text_buffers
from ixigen_data.tokens.literal_kernel import count_needles


class LiteralCounter:
    """Counts added tokens that stand in text as text, over all calls; overlaps go to the earlier, then the longer."""

    def __init__(self, specials: Sequence[str]) -> None:
        self._specials = sorted(specials, key=lambda special: (-len(special.encode()), special))
        encoded = [special.encode() for special in self._specials]
        self._needles = np.frombuffer(b"".join(encoded), np.uint8)
        self._borders = np.cumsum([0, *map(len, encoded)], dtype=np.int64)
        self._pairs = np.zeros((256, 256), np.bool_)
        for special in encoded:
            self._pairs[special[0], special[1] if len(special) > 1 else slice(None)] = True
        self._counts = np.zeros(len(encoded), np.int64)

    def add(self, text: pa.LargeStringArray) -> None:
        """Count in some more documents."""
        if self._specials:
            self._counts += count_needles(*text_buffers(text), self._needles, self._borders, self._pairs.reshape(-1))

    def found(self) -> dict[str, int]:
        """Return the tokens found so far with their counts, sorted by token."""
        counts = sorted(zip(self._specials, self._counts.tolist(), strict=True))
        return {special: count for special, count in counts if count}
