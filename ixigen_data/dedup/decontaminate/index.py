"""What a search for evaluation items needs: their n-grams, and the short ones as lines."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ixigen_data.clean.nfc import Nfc
from ixigen_data.core.documents import Int64s, text_buffers
from ixigen_data.dedup.decontaminate.items import Passage
from ixigen_data.dedup.decontaminate.limits import Limits
from ixigen_data.dedup.decontaminate.passages_kernel import (
    FACTOR,
    STRIDE,
    hash_ngrams,
    place_units,
    put_keys,
    set_bits,
)
from ixigen_data.dedup.near.classes import classes_of

MOST_PASSAGES = 64  # an n-gram of more tells no item: it is how a suite words all of them
MOST_OWNERS = 100  # items of which one and the same passage is told

_KEYS_PER_WORD = 4  # of 64 bits: more let too many pass, fewer take more of the cache
_UNIT_BYTES = 4
_MODULUS = 1 << 64
Units = npt.NDArray[np.uint32]
_Number = TypeVar("_Number", np.int64, np.uint64)


@dataclass(frozen=True)
class Tables:
    """Hashes of n-grams and lines, as the kernels look them up."""

    bits: npt.NDArray[np.uint64]  # of the seeds in n-grams
    keys: npt.NDArray[np.uint64]  # of n-grams
    numbers: npt.NDArray[np.int32]  # (as keys) theirs
    line_keys: npt.NDArray[np.uint64]
    shifts: npt.NDArray[np.uint64]  # (3,) of bits, keys and line_keys
    longest: int  # units of a line


@dataclass(frozen=True)
class PassageIndex:
    """Different passages, numbered in the order in which suites have them, and their different n-grams.

    Passage i is `units[offsets[i] : offsets[i + 1]]`; `ngrams` has the number of the n-gram that begins at each unit,
    -1 where none does that is looked for. N-gram j is in the passages `passages[begins[j] : begins[j + 1]]`.
    """

    limits: Limits
    owners: tuple[tuple[Passage, ...], ...]  # by passage: the items that hold it
    units: Units
    offsets: Int64s
    ngrams: npt.NDArray[np.int32]
    begins: Int64s
    passages: npt.NDArray[np.int32]
    telling: Int64s  # by passage: units within its n-grams that are looked for
    needed: Int64s  # by passage: of those, how many a document must hold; more than there are for a line
    least: Int64s  # by passage: different n-grams of a document that holds so many
    lines: dict[bytes, int]  # passages that are looked for as whole lines, by their units
    tables: Tables
    too_short: Counter[str]  # passages that are not looked for, by suite
    counted: Counter[str]  # all passages, by suite

    @classmethod
    def of(cls, passages: Sequence[Passage], limits: Limits) -> "PassageIndex":
        """Return the index of the passages of suites."""
        owners: dict[bytes, list[Passage]] = {}
        too_short: Counter[str] = Counter()
        for passage, units in zip(passages, _units_of_all([passage.text for passage in passages]), strict=True):
            if len(units) < limits.min_line:
                too_short[passage.suite] += 1
                continue
            held = owners.setdefault(units.tobytes(), [])
            if len(held) < MOST_OWNERS:
                held.append(passage)
        sizes = [len(units) // _UNIT_BYTES for units in owners]
        offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        found = _Passages.of(np.frombuffer(b"".join(owners), np.uint32), offsets, limits.ngram)
        needed = np.maximum(limits.min_chars, np.ceil(found.telling * limits.ratio)).astype(np.int64)
        kinds = np.bincount(found.passages, minlength=len(owners))
        lines = {own: number for number, own in enumerate(owners) if found.telling[number] < limits.min_chars}
        return cls(
            limits=limits,
            owners=tuple(map(tuple, owners.values())),
            units=found.units,
            offsets=offsets,
            ngrams=found.ngrams,
            begins=found.begins,
            passages=found.passages,
            telling=found.telling,
            needed=needed,
            least=np.minimum(kinds, -(-needed // limits.ngram)),
            lines=lines,
            tables=_tables(found, list(lines), limits.ngram),
            too_short=too_short,
            counted=Counter(passage.suite for passage in passages),
        )

    @cached_property
    def longest(self) -> int:
        """Units of the longest passage."""
        return int(np.diff(self.offsets).max(initial=0))

    def warnings(self) -> list[str]:
        """Return what is not looked for, suite by suite."""
        least = self.limits.min_line
        return [
            f"suite {suite}: {short:,} of {self.counted[suite]:,} passages have fewer than {least} letters and digits; "
            "they are not looked for"
            for suite, short in self.too_short.items()
        ]


def units_of(data: bytes) -> tuple[Units, Int64s]:
    """Return the characters of a text that are compared, lower-cased code points, and the byte of each.

    Args:
        data: UTF-8, in NFC.
    """
    units, places = np.empty(len(data), np.uint32), np.empty(len(data), np.int64)
    count = place_units(np.frombuffer(data, np.uint8), classes_of("characters"), units, places)
    return units[:count], places[:count]


def _units_of_all(texts: Sequence[str]) -> list[Units]:
    """Return the characters of each text that are compared; one by one, a call for each takes longer than its work."""
    if not texts:
        return []
    data, offsets = text_buffers(Nfc().format_all(pa.array(texts, pa.large_string())))
    units, places = units_of(data[offsets[0] : offsets[-1]].tobytes())
    return np.split(units, np.searchsorted(places, offsets[1:-1] - offsets[0]))


@dataclass(frozen=True)
class _Passages:
    """Passages and their n-grams; see `PassageIndex`."""

    units: Units
    offsets: Int64s
    ngrams: npt.NDArray[np.int32]
    begins: Int64s
    passages: npt.NDArray[np.int32]
    hashes: npt.NDArray[np.uint64]  # of n-grams by number
    telling: Int64s

    @classmethod
    def of(cls, units: Units, offsets: Int64s, ngram: int) -> "_Passages":
        hashes = np.zeros(len(units), np.uint64)
        hash_ngrams(units, offsets, ngram, hashes)
        starts = np.flatnonzero(hashes)
        different, numbers = np.unique(hashes[starts], return_inverse=True)
        owner = np.searchsorted(offsets, starts, side="right") - 1
        pairs = _different(numbers.astype(np.int64) * len(offsets) + owner)  # in the order of n-grams, then of passages
        of_ngram = pairs // len(offsets)
        wanted = np.bincount(of_ngram, minlength=len(different)) <= MOST_PASSAGES
        renumbered = np.where(wanted, np.cumsum(wanted) - 1, -1).astype(np.int32)
        ngrams = np.full(len(units), -1, np.int32)
        ngrams[starts] = renumbered[numbers]
        stay = wanted[of_ngram]
        pairs, left = pairs[stay], renumbered[of_ngram[stay]]
        return cls(
            units=units,
            offsets=offsets,
            ngrams=ngrams,
            begins=np.searchsorted(left, np.arange(int(wanted.sum()) + 1)),
            passages=(pairs % len(offsets)).astype(np.int32),
            hashes=different[wanted],
            telling=_telling(ngrams, offsets, ngram),
        )


def _different(values: npt.NDArray[_Number]) -> npt.NDArray[_Number]:
    """Return the different values, ascending; `np.unique` hashes them, which takes six times as long."""
    values = np.sort(values)
    first = np.ones(len(values), np.bool_)
    first[1:] = values[1:] != values[:-1]
    return values[first]


def _telling(ngrams: npt.NDArray[np.int32], offsets: Int64s, ngram: int) -> Int64s:
    """Return how many units of each passage stand within n-grams that are looked for."""
    steps = np.zeros(len(ngrams) + 1, np.int64)
    starts = np.flatnonzero(ngrams >= 0)
    np.add.at(steps, starts, 1)
    np.add.at(steps, starts + ngram, -1)
    total = np.concatenate([[0], np.cumsum(np.cumsum(steps[:-1]) > 0)])
    return np.asarray(total[offsets[1:]] - total[offsets[:-1]], np.int64)


def _tables(passages: _Passages, lines: Sequence[bytes], ngram: int) -> Tables:
    seed = ngram - STRIDE + 1
    seeds = np.zeros(len(passages.units), np.uint64)
    hash_ngrams(passages.units, passages.offsets, seed, seeds)
    wanted = np.zeros(len(seeds), np.bool_)
    for place in range(STRIDE):
        wanted[place:] |= passages.ngrams[: len(seeds) - place] >= 0
    seeds = _different(seeds[wanted])
    log = max(1, (len(seeds) // _KEYS_PER_WORD).bit_length())
    bits = np.zeros(1 << log, np.uint64)
    set_bits(bits, seeds, np.uint64(64 - log))
    keys, numbers, shift = _table(passages.hashes)
    line_keys, _, line_shift = _table(np.array(sorted({_hash(line) for line in lines} - {0}), np.uint64))
    return Tables(
        bits=bits,
        keys=keys,
        numbers=numbers,
        line_keys=line_keys,
        shifts=np.array([64 - log, shift, line_shift], np.uint64),
        longest=max((len(line) // _UNIT_BYTES for line in lines), default=0),
    )


def _table(hashes: npt.NDArray[np.uint64]) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int32], int]:
    """Return a table that is half full at most, the number of the hash at each place, and the table's shift."""
    log = max(1, (2 * len(hashes)).bit_length())
    keys, numbers = np.zeros(1 << log, np.uint64), np.full(1 << log, -1, np.int32)
    put_keys(keys, np.uint64(64 - log), hashes, numbers)
    return keys, numbers, 64 - log


def _hash(line: bytes) -> int:
    """Return the hash of a line's units, as the kernel has it."""
    found = 0
    for unit in np.frombuffer(line, np.uint32).tolist():
        found = (found * FACTOR + unit) % _MODULUS
    return found
