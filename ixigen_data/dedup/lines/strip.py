"""Frequent lines cut from texts."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from ixigen_data.core.documents import Bools, Int64s, text_buffers, text_column
from ixigen_data.dedup.lines.frequent import FrequentLines
from ixigen_data.dedup.lines.lines_kernel import find_cuts, without
from ixigen_data.dedup.lines.sidecar import line_room

RULE = "lines"  # as samples and the ledger call it
BOILERPLATE_ONLY = "boilerplate_only"


@dataclass(frozen=True)
class Stripped:
    """A column without its frequent lines."""

    text: pa.LargeStringArray  # the column itself where nothing was cut
    left: Bools  # (documents,) False where nothing is left but blank lines and such as have no letters
    cuts: Int64s  # (cuts, 4): first byte and last byte + 1 in the data of the column before, document, lines


def strip(text: pa.LargeStringArray, frequent: FrequentLines) -> Stripped:
    """Return texts without the frequent lines at their ends, or without any of them (see `LinesSettings.where`).

    A document whose last line is cut ends without a line end. Texts of fewer than four lines stay as they are.
    """
    left = np.ones(len(text), np.bool_)
    if not len(frequent) or not len(text):
        return Stripped(text, left, np.zeros((0, 4), np.int64))
    data, offsets = text_buffers(text)
    cuts = np.empty((line_room(data, offsets) + len(text), 4), np.int64)
    found = cuts[: find_cuts(data, offsets, frequent.hashes, frequent.depth, cuts, left)].copy()
    if not len(found):
        return Stripped(text, left, found)
    kept = np.empty(int(offsets[-1] - offsets[0]), np.uint8)
    ends = np.empty(len(text) + 1, np.int64)
    size_bytes = without(data, offsets, found, kept, ends)
    return Stripped(text_column(kept[:size_bytes], ends), left, found)
