"""Lines listed beside the documents of a chunk, each with the documents that it stands in.

`<stem>.lines.npy`: `LINE_ROW` records sorted by hash, then row: 12 bytes for each line of a document that counts, at
most `2 * depth` of a document. A range of hashes is a slice; documents that are dropped later are left out by row.
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import JsonValue

from ixigen_data.clean.sidecars import SidecarFile
from ixigen_data.core.arrays import read_records, write_array
from ixigen_data.core.documents import text_buffers
from ixigen_data.core.files import join
from ixigen_data.dedup.lines.lines_kernel import collect_lines
from ixigen_data.dedup.settings import LinesSettings

BYTES = 1
LINE_ROW = np.dtype([("hash", "<u8"), ("row", "<u4")])
HEAD_BYTES = 128  # of a .npy file, before its records
_NEWLINE = 10


def lines_file(stem: str) -> str:
    """Return the name of a chunk's list of lines."""
    return f"{stem}.lines.npy"


def read_lines(folder: str, stem: str) -> npt.NDArray[np.void]:
    """Return a chunk's `LINE_ROW` records, sorted; a local file is mapped, so that a part of it costs no more."""
    return read_records(join(folder, lines_file(stem)), LINE_ROW)


class LineCounts:
    """Which lines stand in which documents."""

    def __init__(self, settings: LinesSettings) -> None:
        self._settings = settings

    @property
    def mark(self) -> JsonValue:
        """See `Sidecar`: of the settings, only the depth has a say."""
        return ["lines", BYTES, self._settings.reach]

    def open(self) -> SidecarFile:
        """See `Sidecar`."""
        return _LinesFile(self._settings.reach)


class _LinesFile:
    """The lines of one chunk."""

    def __init__(self, depth: int) -> None:
        self._depth = depth
        self._documents = 0
        self._hashes: list[npt.NDArray[np.uint64]] = [np.zeros(0, np.uint64)]
        self._rows: list[npt.NDArray[np.uint32]] = [np.zeros(0, np.uint32)]

    def add(self, text: pa.LargeStringArray) -> None:
        data, offsets = text_buffers(text)
        room = line_room(data, offsets)
        hashes, rows = np.empty(room, np.uint64), np.empty(room, np.uint32)
        found = collect_lines(data, offsets, self._documents, self._depth, hashes, rows)
        self._hashes.append(hashes[:found].copy())
        self._rows.append(rows[:found].copy())
        self._documents += len(text)

    def write(self, folder: str, stem: str) -> dict[str, int]:
        records = _sorted(np.concatenate(self._hashes), np.concatenate(self._rows))
        return {lines_file(stem): write_array(join(folder, lines_file(stem)), records)}


def line_room(data: npt.NDArray[np.uint8], offsets: npt.NDArray[np.int64]) -> int:
    """Return how many lines a batch holds at most."""
    return int(np.count_nonzero(data[offsets[0] : offsets[-1]] == _NEWLINE)) + len(offsets) - 1


def _sorted(hashes: npt.NDArray[np.uint64], rows: npt.NDArray[np.uint32]) -> npt.NDArray[np.void]:
    """Return `LINE_ROW` records by (hash, row), each once; `rows` ascend."""
    order = np.argsort(hashes, kind="stable")
    hashes, rows = hashes[order], rows[order]
    first = np.ones(len(hashes), np.bool_)
    first[1:] = (hashes[1:] != hashes[:-1]) | (rows[1:] != rows[:-1])
    records = np.empty(int(first.sum()), LINE_ROW)
    records["hash"], records["row"] = hashes[first], rows[first]
    return records
