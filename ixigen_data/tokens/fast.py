"""The fast backend: gigatoken, fed from Arrow buffers without copying. Used where it agrees with the reference.

gigatoken and awkward are imported where a backend is opened: 0.35 s, which the process that plans a build never needs.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np
import psutil

from ixigen_data.core.documents import Int64s, text_buffers
from ixigen_data.core.errors import TokenizerError
from ixigen_data.tokens.backend import Counts, Ids
from ixigen_data.tokens.tokenizer import Tokenizer

if TYPE_CHECKING:
    import awkward as ak
    import gigatoken
    import pyarrow as pa

VERSION = version("gigatoken")
# Its cache keeps every new word and cannot be emptied: 1 byte for a byte of reviews, 0.2 of statutes, 5.7 of random
# letters.
# Opening it anew costs 0.6 to 0.9 s, a tenth of the time in which reviews fill this much.
CACHE_BYTES = 192 << 20


class FastBackend:
    """Encodes with gigatoken on the calling thread, 20 to 80 MB a second; its memory stays bounded whatever the text.

    Raises:
        TokenizerError: gigatoken cannot read this kind of tokenizer; the reference can.
    """

    name = "fast"

    def __init__(self, tokenizer: Tokenizer, cache_bytes: int = CACHE_BYTES) -> None:
        self._plain_json = tokenizer.plain_json
        self._cache_bytes = cache_bytes
        self._process = psutil.Process()
        self._grown_bytes = 0
        self.renewals = 0
        self._tokenizer = _open(self._plain_json)

    def encode(self, text: pa.LargeStringArray) -> tuple[Ids, Counts]:
        """Return the ids of all documents in a row, and how many each has."""
        if len(text) == 0:
            return np.zeros(0, np.uint32), np.zeros(0, np.int64)
        if self._grown_bytes > self._cache_bytes:
            self._renew()
        strings = _as_awkward(*text_buffers(text))
        before = self._process.memory_info().rss
        layout = self._tokenizer.encode_batch(strings, parallel=False).layout
        ids: Ids = np.asarray(layout.content.data, np.uint32)
        borders: Counts = np.asarray(layout.offsets.data, np.int64)
        # What the process grew by and did not get as a result went to the cache.
        self._grown_bytes += max(0, self._process.memory_info().rss - before - ids.nbytes - borders.nbytes)
        return ids[borders[0] : borders[-1]], np.diff(borders)

    def _renew(self) -> None:
        del self._tokenizer  # before the new one is made, so that the two are never held together
        self._tokenizer = _open(self._plain_json)
        self._grown_bytes = 0
        self.renewals += 1


def _open(plain_json: bytes) -> gigatoken.Tokenizer:
    import gigatoken  # noqa: PLC0415 - see above

    try:
        return gigatoken.Tokenizer.from_json(plain_json)
    except Exception as fault:  # the library raises exceptions of many kinds
        raise TokenizerError(f"gigatoken cannot read this tokenizer: {fault}") from None


def _as_awkward(data: np.ndarray[tuple[int], np.dtype[np.uint8]], offsets: Int64s) -> ak.Array:
    """Return an Awkward array of strings over the same memory."""
    import awkward as ak  # noqa: PLC0415 - see above

    characters = ak.contents.NumpyArray(data, parameters={"__array__": "char"})
    layout = ak.contents.ListOffsetArray(ak.index.Index64(offsets), characters, parameters={"__array__": "string"})
    return ak.Array(layout)
