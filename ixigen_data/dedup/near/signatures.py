"""Signatures: what is kept of a text to tell how much of it is in another.

Of two texts with the sets of shingles A and B, the similarity is |A ∩ B| / |A ∪ B| (resemblance; Broder 1997). All
shingles are hashed once; a hash falls into one of `slots` equal ranges, and of each the least is kept (one-permutation
hashing; Li, Owen & Zhang 2012). A slot without a shingle takes the value of another, which it finds in an order of its
own, the same in every text (optimal densification; Shrivastava 2017). Then the ratio of slots that are equal in two
signatures has the similarity as its mean, with a variance of about J (1 - J) / slots where neither text has far fewer
shingles than slots, and more where one has. 16 bits are kept of a value: of slots that differ one in 65,536 looks
equal, which adds (1 - J) / 65,536 to the mean.
"""

import functools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ixigen_data.clean.nfc import Nfc
from ixigen_data.core.documents import text_buffers
from ixigen_data.core.seeds import seed_for
from ixigen_data.dedup.near.bands_kernel import hash_bands, sort_bands
from ixigen_data.dedup.near.classes import classes_of
from ixigen_data.dedup.near.signature_kernel import sign_characters, sign_runs
from ixigen_data.dedup.near.units_kernel import SUSPECT
from ixigen_data.dedup.settings import NearSettings, Unit

SLOT = np.dtype("<u2")
BAND_ROW = np.dtype([("hash", "<u8"), ("row", "<u4")])
Uint16s = npt.NDArray[np.uint16]
Uint32s = npt.NDArray[np.uint32]
Uint64s = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Signed:
    """The signatures of documents, one row each, and their sizes in shingles, of which some may occur twice.

    A text shorter than a shingle has the size 0 and a signature of zeros, which says nothing: it is like no other.
    """

    signatures: Uint16s  # (documents, slots)
    sizes: Uint32s  # (documents,)


def sign(text: pa.LargeStringArray, settings: NearSettings, unit: Unit) -> Signed:
    """Return the signatures of texts; neither form (NFC or not), nor case, spacing or punctuation changes them.

    Those of different units, or of shingles of different sizes, have nothing in common.
    """
    signed, met = _signed(text, settings, unit)
    suspects = np.flatnonzero(met & np.uint32(SUSPECT))
    if len(suspects):
        written = text.take(pa.array(suspects))
        composed = Nfc().format_all(written)
        changed = np.flatnonzero(pc.not_equal(written, composed).to_numpy(zero_copy_only=False))
        again, _ = _signed(composed.take(pa.array(changed)), settings, unit)
        signed.signatures[suspects[changed]], signed.sizes[suspects[changed]] = again.signatures, again.sizes
    return signed


def _signed(text: pa.LargeStringArray, settings: NearSettings, unit: Unit) -> tuple[Signed, Uint32s]:
    data, offsets = text_buffers(text)
    slots, size = settings.slots, settings.size_of(unit)
    ranks, lenders = _orders(slots)
    signed = Signed(np.empty((len(text), slots), np.uint16), np.empty(len(text), np.uint32))
    met = np.empty(len(text), np.uint32)
    kernel = sign_characters if unit == "characters" else sign_runs
    seed = np.uint64(seed_for(0, "shingles", unit, size))
    kernel(data, offsets, classes_of(unit), size, seed, ranks, lenders, signed.signatures, signed.sizes, met)
    return signed, met


def similarity(one: Uint16s, other: Uint16s) -> npt.NDArray[np.float32]:
    """Return the estimated similarity of texts, row by row of (…, slots) signatures of one unit.

    Those of a text without a shingle say nothing.

    >>> similarity(np.array([[1, 2, 3, 4]], np.uint16), np.array([[1, 2, 3, 5]], np.uint16)).tolist()
    [0.75]
    """
    equal: npt.NDArray[np.float32] = np.mean(one == other, axis=-1, dtype=np.float32)
    return equal


def band_hashes(signatures: Uint16s, bands: int) -> Uint64s:
    """Return (documents, bands) hashes, each of the values of one band and of its number.

    Texts that are similar by J have a band of r values in common with the probability J^r, and one of b such bands
    with 1 - (1 - J^r)^b (Leskovec, Rajaraman & Ullman, Mining of Massive Datasets, 2014, 3.4.2).
    """
    hashes = np.empty((len(signatures), bands), np.uint64)
    hash_bands(signatures, _band_factors(bands, signatures.shape[1] // bands), hashes)
    return hashes


def band_rows(hashes: Uint64s, sizes: Uint32s) -> npt.NDArray[np.void]:
    """Return `BAND_ROW` records of (documents, bands) hashes by (hash, row); none of documents without a shingle."""
    count = int(np.count_nonzero(sizes)) * hashes.shape[1]
    records = np.empty((count, 3), np.uint32)
    sort_bands(hashes, sizes, np.empty_like(records), records)
    return records.view(BAND_ROW).reshape(-1)


@functools.cache
def _orders(slots: int) -> tuple[Uint16s, Uint16s]:
    """Return (ranks, lenders), each (slots, slots): see `finish`."""
    keys = _random_numbers("lenders", slots * slots).reshape(slots, slots)
    np.fill_diagonal(keys, 0)
    lenders = np.argsort(keys, axis=1, kind="stable").astype(np.uint16)
    ranks = np.empty_like(lenders)
    np.put_along_axis(ranks, lenders, np.arange(slots, dtype=np.uint16)[None, :], axis=1)
    return np.ascontiguousarray(ranks.T), lenders


@functools.cache
def _band_factors(bands: int, rows: int) -> Uint64s:
    """Return (bands, rows + 1) odd numbers."""
    return _random_numbers("bands", bands * (rows + 1)).reshape(bands, rows + 1) | np.uint64(1)


def _random_numbers(name: str, count: int) -> Uint64s:
    """Return numbers of 64 bits that are the same on every platform and for ever (splitmix64)."""
    state = np.uint64(seed_for(0, name)) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))
