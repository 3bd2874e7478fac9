"""Documents searched for the items of evaluation suites."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ixigen_data.clean.nfc import Nfc
from ixigen_data.core.documents import Bools, Int64s, text_buffers
from ixigen_data.dedup.decontaminate.index import PassageIndex, Units, units_of
from ixigen_data.dedup.decontaminate.passages_kernel import best_window, count_hits, covered, find_ngrams
from ixigen_data.dedup.near.classes import classes_of
from ixigen_data.dedup.near.units_kernel import SUSPECT

_WIDTHS = 2  # the parts of a passage stand within so many times its length


@dataclass(frozen=True)
class Match:
    """A passage that a document holds too much of."""

    passage: int
    chars: int  # of the passage, without white space, punctuation and symbols
    ratio: float  # of what is looked for of it
    lines: frozenset[int]  # of the document that hold any of it


def rows_to_search(text: pa.LargeStringArray, index: PassageIndex) -> Int64s:
    """Return the rows of a column that may hold a passage, ascending; False for the others is certain."""
    hits, met = _counted(text, index)
    suspects = np.flatnonzero(met & np.uint32(SUSPECT))
    texts = [str(text[row].as_py()) for row in suspects.tolist()]
    composed = {row: Nfc().format(one) for row, one in zip(suspects.tolist(), texts, strict=True) if not _is_nfc(one)}
    if composed:
        hits[list(composed)] = _counted(pa.array(list(composed.values()), pa.large_string()), index)[0]
    return np.flatnonzero(np.logical_or(*_may_hold(hits, index)))


def _is_nfc(text: str) -> bool:
    return unicodedata.is_normalized("NFC", text)


def _counted(text: pa.LargeStringArray, index: PassageIndex) -> tuple[Int64s, npt.NDArray[np.uint32]]:
    data, offsets = text_buffers(text)
    hits, met = np.zeros((len(text), 2), np.int64), np.zeros(len(text), np.uint32)
    tables = index.tables
    shared = (tables.bits, tables.keys, tables.line_keys, tables.shifts, tables.longest, _WIDTHS * index.longest)
    count_hits(data, offsets, classes_of("characters"), index.limits.ngram, *shared, hits, met)
    return hits, met


def find_passages(text: str, index: PassageIndex) -> list[Match]:
    """Return the passages that a text holds too much of, by their numbers."""
    composed = text if _is_nfc(text) else Nfc().format(text)
    (hits,), _ = _counted(pa.array([composed], pa.large_string()), index)
    may_be_within, may_be_lines = _may_hold(hits, index)
    if not may_be_within and not may_be_lines:
        return []
    data = composed.encode()
    units, places = units_of(data)
    # Of each line but the last, the units before its end.
    ends = np.searchsorted(places, np.flatnonzero(np.frombuffer(data, np.uint8) == ord("\n")))
    found = {match.passage: match for match in _whole_lines(units, ends, index)} if may_be_lines else {}
    if may_be_within:
        found |= {match.passage: match for match in _Document(units, ends, index).matches()}
    return [found[passage] for passage in sorted(found)]


def _may_hold(hits: Int64s, index: PassageIndex) -> tuple[Bools, Bools]:
    """Return whether passages may stand within documents, and as lines of them, by what was counted."""
    return hits[..., 0] >= index.limits.min_chars, hits[..., 1] > 0


def _whole_lines(units: Units, ends: Int64s, index: PassageIndex) -> Iterator[Match]:
    """Yield the passages that are lines of a document."""
    held: dict[int, set[int]] = {}
    starts, stops = np.append(0, ends), np.append(ends, len(units))
    sizes = stops - starts
    for line in np.flatnonzero((sizes > 0) & (sizes <= index.tables.longest)).tolist():
        passage = index.lines.get(units[starts[line] : stops[line]].tobytes())
        if passage is not None:
            held.setdefault(passage, set()).add(line)
    for passage, lines in held.items():
        size = int(index.offsets[passage + 1] - index.offsets[passage])
        yield Match(passage, size, 1.0, frozenset(lines))


class _Document:
    """One document's n-grams that are in an index, in the order of their numbers."""

    def __init__(self, units: Units, ends: Int64s, index: PassageIndex) -> None:
        self._units = units
        self._ends = ends
        self._index = index
        found = np.empty((len(units), 2), np.int64)
        tables, ngram = index.tables, index.limits.ngram
        count = find_ngrams(units, ngram, tables.bits, tables.keys, tables.shifts, tables.numbers, found)
        order = np.argsort(found[:count, 0], kind="stable")
        self._numbers: Int64s = found[order, 0]
        self._places: Int64s = found[order, 1]

    def matches(self) -> Iterator[Match]:
        """Yield the passages of which the document holds too much in one place, by their numbers."""
        index = self._index
        ngrams = np.unique(self._numbers)
        held = index.passages[_ranges(index.begins[ngrams], index.begins[ngrams + 1])]
        passages, counts = np.unique(held, return_counts=True)
        for passage in passages[counts >= index.least[passages]].tolist():
            match = self._match(passage)
            if match is not None:
                yield match

    def _match(self, passage: int) -> Match | None:
        index, ngram = self._index, self._index.limits.ngram
        own = slice(int(index.offsets[passage]), int(index.offsets[passage + 1]))
        kinds, numbers = np.unique(index.ngrams[own], return_inverse=True)
        hits = _ranges(np.searchsorted(self._numbers, kinds), np.searchsorted(self._numbers, kinds, side="right"))
        hits = hits[np.argsort(self._places[hits], kind="stable")]
        places = self._places[hits]
        which = np.searchsorted(kinds, self._numbers[hits])
        first, last = best_window(which, places, len(kinds), _WIDTHS * (own.stop - own.start))
        where = np.full(len(kinds), -1, np.int64)  # several places of one n-gram: any
        where[which[first:last]] = places[first:last]
        numbers = np.where(kinds[numbers] < 0, -1, numbers)
        chars = covered(self._units, index.units[own], numbers, where, ngram)
        # A passage that repeats itself is not in a document that says its words once.
        chars = min(chars, int(np.minimum(np.diff(places[first:last], append=places[last - 1] + ngram), ngram).sum()))
        if chars < index.needed[passage]:
            return None
        held = np.unique(_ranges(places, places + ngram))
        lines = np.unique(np.searchsorted(self._ends, held, side="right"))
        return Match(passage, chars, chars / int(index.telling[passage]), frozenset(lines.tolist()))


def _ranges(starts: Int64s, stops: Int64s) -> Int64s:
    """Return the numbers of several ranges, one after the other."""
    sizes = stops - starts
    before = np.cumsum(sizes) - sizes
    return np.repeat(starts - before, sizes) + np.arange(int(sizes.sum()))
