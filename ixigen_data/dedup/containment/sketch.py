"""Sketches beside the documents of a chunk: `<stem>.sketch.npy`, `SAMPLE` records by (hash, row).

Of all shingles those are sampled whose hash is below 2^64 / RATE, so the same ones in every document (Broder 1997: the
sets that he keeps modulo m). What one document holds of another is then the ratio of its samples that the other has
too: of n samples, with a standard error of sqrt(c (1 - c) / n) where the true ratio is c; at .9 that is .106 for 8
samples, .06 for 25 and .027 for 128.
"""

import unicodedata

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import JsonValue

from ixigen_data.clean.nfc import Nfc
from ixigen_data.clean.sidecars import SidecarFile
from ixigen_data.core.arrays import read_array, write_array
from ixigen_data.core.documents import text_buffers
from ixigen_data.core.files import join
from ixigen_data.core.seeds import seed_for
from ixigen_data.dedup.containment.sketch_kernel import first_at, sample_characters, sample_runs
from ixigen_data.dedup.near.classes import classes_of
from ixigen_data.dedup.near.units_kernel import SUSPECT
from ixigen_data.dedup.settings import NearSettings, Unit

BYTES = 1
RATE = 16  # one shingle in so many: 300 characters of Korean give about 14 samples, 12 bytes each
SAMPLED = 2**64 // RATE  # hashes below this
LEAST = 8  # samples; a document with fewer is never dropped: about 130 shingles
ASKED = 128  # samples, about, that a longer document asks for; it may hold others with all of its own
SAMPLE = np.dtype([("hash", "<u8"), ("row", "<u4")])

Samples = npt.NDArray[np.void]
Uint64s = npt.NDArray[np.uint64]


class Sketches:
    """Samples of the shingles of every document.

    They take 12 bytes a sample: in Korean a fifth of the text in UTF-8, in English about an eighth. A huge document
    has as many as its length gives, so that no short one in it is missed.
    """

    def __init__(self, settings: NearSettings, unit: Unit) -> None:
        self._settings = settings
        self._unit = unit

    @property
    def mark(self) -> JsonValue:
        """See `Sidecar`; a later Unicode knows more letters."""
        return ["sketch", BYTES, unicodedata.unidata_version, self._unit, self._settings.size_of(self._unit)]

    def open(self) -> SidecarFile:
        """See `Sidecar`."""
        return _SketchFile(self._settings.size_of(self._unit), self._unit)


class _SketchFile:
    """The samples of a chunk, until it is complete."""

    def __init__(self, size: int, unit: Unit) -> None:
        self._size = size
        self._unit = unit
        self._batches: list[Samples] = []
        self._documents = 0

    def add(self, text: pa.LargeStringArray) -> None:
        """See `SidecarFile`."""
        samples = sample(text, self._size, self._unit)
        samples["row"] += np.uint32(self._documents)
        self._batches.append(samples)
        self._documents += len(text)

    def write(self, folder: str, stem: str) -> dict[str, int]:
        """See `SidecarFile`."""
        samples = np.concatenate([np.zeros(0, SAMPLE), *self._batches])
        self._batches.clear()
        samples = samples[np.argsort(samples["hash"], kind="stable")]  # rows stay in order
        name = _name(stem)
        return {name: write_array(join(folder, name), samples[_first_of_equal(samples)])}


def read_sketch(folder: str, stem: str) -> Samples:
    """Return a chunk's `SAMPLE` records by (hash, row), distinct; a local file is mapped."""
    return read_array(join(folder, _name(stem))).view(SAMPLE)


def between(samples: Samples, first: int, stop: int) -> Samples:
    """Return the records of sorted ones whose hashes are from `first` to before `stop`, at most 2^64 - 1."""
    begin = first_at(samples, 0, np.uint64(first), 0)
    return samples[begin : first_at(samples, begin, np.uint64(stop), 0)]


def sample(text: pa.LargeStringArray, size: int, unit: Unit) -> Samples:
    """Return `SAMPLE` records of texts by row; a document may seldom have one twice.

    Neither form (NFC or not), nor case, spacing or punctuation changes them; see `sign`. Those of different units or
    sizes have nothing in common.

    Args:
        size: units of a shingle.
    """
    samples, met = _sampled(text, size, unit)
    suspects = np.flatnonzero(met & np.uint32(SUSPECT))
    if len(suspects):
        written = text.take(pa.array(suspects))
        composed = Nfc().format_all(written)
        changed = np.flatnonzero(pc.not_equal(written, composed).to_numpy(zero_copy_only=False))
        again, _ = _sampled(composed.take(pa.array(changed)), size, unit)
        again["row"] = suspects[changed][again["row"]]
        samples = np.concatenate([samples[~np.isin(samples["row"], suspects[changed])], again])
        samples = samples[np.argsort(samples["row"], kind="stable")]
    return samples


def asks(hashes: Uint64s, sizes: npt.NDArray[np.uint32]) -> npt.NDArray[np.bool_]:
    """Return which samples a document asks others for: all of a short one, about ASKED of one that has more.

    They are those with the least hashes, so a sample of the document too.

    Args:
        sizes: of each sample's document, in shingles.
    """
    rates = np.maximum(np.uint64(RATE), sizes.astype(np.uint64) // np.uint64(ASKED))
    asking: npt.NDArray[np.bool_] = hashes < np.uint64(2**64 - 1) // rates
    return asking


def _sampled(text: pa.LargeStringArray, size: int, unit: Unit) -> tuple[Samples, npt.NDArray[np.uint32]]:
    data, offsets = text_buffers(text)
    hashes = np.empty(int(offsets[-1] - offsets[0]) + 1, np.uint64)  # a bound; what is not written takes no memory
    borders, met = np.empty(len(text) + 1, np.int64), np.empty(len(text), np.uint32)
    kernel = sample_characters if unit == "characters" else sample_runs
    seed = np.uint64(seed_for(0, "shingles", unit, size))
    kernel(data, offsets, classes_of(unit), size, seed, np.uint64(SAMPLED), hashes, borders, met)
    samples = np.empty(borders[-1], SAMPLE)
    samples["hash"] = hashes[: len(samples)]
    samples["row"] = np.repeat(np.arange(len(text), dtype=np.uint32), np.diff(borders))
    return samples, met


def _first_of_equal(samples: Samples) -> npt.NDArray[np.bool_]:
    first = np.ones(len(samples), np.bool_)
    hashes, rows = samples["hash"], samples["row"]
    first[1:] = (hashes[1:] != hashes[:-1]) | (rows[1:] != rows[:-1])
    return first


def _name(stem: str) -> str:
    return f"{stem}.sketch.npy"
