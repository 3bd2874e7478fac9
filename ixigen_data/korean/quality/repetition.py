"""What repeats itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from math import ceil
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import Field, ValidationInfo, field_validator

from ixigen_data.core.checks import (
    Check,
    Limits,
    MeasuredFilter,
    Measures,
    failures_among,
    first_failures,
    measured_from,
    share,
)
from ixigen_data.core.documents import Int64s, text_buffers
from ixigen_data.korean.quality.korean_only import KoreanOnly
from ixigen_data.korean.quality.repetition_kernel import (
    DUP_5_GRAMS,
    DUP_LINE_INK,
    DUP_LINES,
    DUP_PARAGRAPH_INK,
    EOJEOLS,
    INK,
    LINES,
    LONGEST,
    NUM_REPEATED,
    POINTS,
    TOP_2_GRAM,
    TOP_LINE,
    TOP_LINE_INK,
    TOP_WINDOW,
    measure,
)

if TYPE_CHECKING:
    import pyarrow as pa

Ratio = float | None
Grams = tuple[tuple[int, float], ...]

_PIECE_BYTES = 1 << 20  # a longer text is measured piece by piece
_NO_WINDOW = 1e3  # a share that no window has
_TOP, _DUP = range(2, 5), range(5, LONGEST + 1)


class KoreanRepetition(KoreanOnly, MeasuredFilter):
    """Drops what repeats lines, paragraphs, n-grams of eojeols, or ten letters; None leaves a check out.

    Lines are the same where their eojeols are. Shares are of code points that are not white: in lines and paragraphs
    that stood before; in the line that is there most often, if it is three times; in the n-gram that is most
    frequent; in n-grams that stood before, where overlaps count once; in the most frequent window of ten letters and
    digits, for texts without spaces. `top_n_grams` and `dup_n_grams` are pairs of n and the limit. The limits are
    fitted as those of `korean_quality`: statutes repeat far more than web pages that these checks were made for.

    Source: Rae et al., "Scaling Language Models: Gopher" (2021), table A1, with words as eojeols.
    """

    CHECKS: ClassVar[tuple[Check, ...]] = (
        Check("max_dup_lines", "dup_lines", "korean_dup_lines"),
        Check("max_dup_line_chars", "dup_line_chars", "korean_dup_line_chars"),
        Check("max_dup_paragraph_chars", "dup_paragraph_chars", "korean_dup_paragraph_chars"),
        Check("max_top_line_chars", "top_line_chars", "korean_top_line_chars"),
        *(Check(f"top_{n}_gram", f"top_{n}_gram", f"korean_top_{n}_gram") for n in _TOP),
        *(Check(f"dup_{n}_grams", f"dup_{n}_grams", f"korean_dup_{n}_grams") for n in _DUP),
        Check("max_top_window", "top_window", "korean_top_window"),
    )

    rule: Literal["korean_repetition"] = "korean_repetition"
    judged_from: int = Field(default=40, ge=1)
    judged_lines: int = Field(default=5, ge=1)
    max_dup_lines: Ratio = 0.374
    max_dup_line_chars: Ratio = 0.3
    max_dup_paragraph_chars: Ratio = 0.3
    max_top_line_chars: Ratio = 0.15
    top_n_grams: Grams = ((2, 0.2), (3, 0.18), (4, 0.16))
    dup_n_grams: Grams = ((5, 0.5), (6, 0.46), (7, 0.43), (8, 0.4), (9, 0.37), (10, 0.35))
    max_top_window: Ratio = 0.35

    @field_validator("top_n_grams", "dup_n_grams")
    @classmethod
    def _lengths(cls, grams: Grams, info: ValidationInfo) -> Grams:
        allowed = _TOP if info.field_name == "top_n_grams" else _DUP
        for n, _ in grams:
            if n not in allowed:
                raise ValueError(f"{n} is no length that is measured here; use {allowed[0]} to {allowed[-1]}")
        return grams

    def limits(self) -> Limits:
        """Return the limit of each check; those of n-grams under the names of their measures."""
        top, dup = dict(self.top_n_grams), dict(self.dup_n_grams)
        return {
            "max_dup_lines": self.max_dup_lines,
            "max_dup_line_chars": self.max_dup_line_chars,
            "max_dup_paragraph_chars": self.max_dup_paragraph_chars,
            "max_top_line_chars": self.max_top_line_chars,
            "max_top_window": self.max_top_window,
            **{f"top_{n}_gram": top.get(n) for n in _TOP},
            **{f"dup_{n}_grams": dup.get(n) for n in _DUP},
        }

    def measures_of(self, text: str) -> Measures:
        """Return the shares of one text."""
        return self._shares(repeated_of(text, _PIECE_BYTES, self._least_window)[np.newaxis])

    def measures_all(self, text: pa.LargeStringArray) -> Measures:
        """Return the shares of a column."""
        return self._shares(self._repeated_all(text))

    def reason_all(self, text: pa.LargeStringArray) -> Mapping[int, str]:
        """Return the reasons of the documents that are dropped, by row; short ones are hardly looked at."""
        repeated = self._repeated_all(text)
        rows = np.flatnonzero(_size_of(repeated) >= self.judged_from)
        return failures_among(rows, first_failures(self.CHECKS, self.limits(), self._shares(repeated[rows])))

    def _repeated_all(self, text: pa.LargeStringArray) -> Int64s:
        data, offsets = text_buffers(text)
        repeated = np.zeros((len(text), NUM_REPEATED), np.int64)
        measure(data, offsets, _PIECE_BYTES, self.judged_from, self._least_window, repeated)
        return repeated

    @property
    def _least_window(self) -> float:
        return _NO_WINDOW if self.max_top_window is None else float(self.max_top_window)

    def _shares(self, repeated: Int64s) -> Measures:
        """Return shares of (documents, NUM_REPEATED) counts."""
        ink = repeated[:, INK]
        shares = {
            "dup_lines": measured_from(
                share(repeated[:, DUP_LINES], repeated[:, LINES]), repeated[:, LINES], self.judged_lines
            ),
            "dup_line_chars": share(repeated[:, DUP_LINE_INK], ink),
            "dup_paragraph_chars": share(repeated[:, DUP_PARAGRAPH_INK], ink),
            "top_line_chars": np.where(repeated[:, TOP_LINE] >= 3, share(repeated[:, TOP_LINE_INK], ink), 0),
            "top_window": share(repeated[:, TOP_WINDOW], repeated[:, POINTS]),
            **{f"top_{n}_gram": share(repeated[:, TOP_2_GRAM + n - 2], ink) for n in _TOP},
            **{f"dup_{n}_grams": share(repeated[:, DUP_5_GRAMS + n - 5], ink) for n in _DUP},
        }
        size = _size_of(repeated)
        return {name: measured_from(measured, size, self.judged_from) for name, measured in shares.items()}


def _size_of(repeated: Int64s) -> Int64s:
    """Return the eojeols of each document, or what it would have at ten code points each: some have no spaces."""
    return np.maximum(repeated[:, EOJEOLS], repeated[:, INK] // LONGEST)


def repeated_of(text: str, piece_bytes: int, least_window: float) -> Int64s:
    """Return what is repeated in one text, (NUM_REPEATED,): what the kernel counts, told in plain Python."""
    repeated = np.zeros(NUM_REPEATED, np.int64)
    for piece in _pieces(text.encode("utf-8", "surrogatepass"), piece_bytes):
        text = piece.decode("utf-8", "surrogatepass").replace("\t", " ")
        lines = [tuple(line.split(" ")) for line in text.split("\n")]
        lines = [tuple(filter(None, line)) for line in lines]
        eojeols = [eojeol for line in lines for eojeol in line]
        repeated[EOJEOLS] += len(eojeols)
        repeated[INK] += _size(eojeols)
        _count_lines(lines, repeated)
        _count_grams(eojeols, repeated)
        _count_windows("".join(eojeols), least_window, repeated)
    return repeated


def _pieces(data: bytes, piece_bytes: int) -> Iterator[bytes]:
    while len(data) > piece_bytes:
        end = data.rfind(b"\n", 0, piece_bytes) + 1 or piece_bytes
        while data[end] & 0xC0 == 0x80 and data[end - 1] != 10:
            end -= 1
        yield data[:end]
        data = data[end:]
    yield data


def _size(eojeols: Sequence[str]) -> int:
    return sum(map(len, eojeols))


def _count_lines(lines: Sequence[tuple[str, ...]], repeated: Int64s) -> None:
    inked = list(filter(None, lines))
    times = Counter(inked)
    repeated[LINES] += len(inked)
    repeated[DUP_LINES] += len(inked) - len(times)
    repeated[DUP_LINE_INK] += sum(map(_size, inked)) - sum(map(_size, times))
    if times:
        line, most = times.most_common(1)[0]
        repeated[TOP_LINE] = max(repeated[TOP_LINE], most)
        repeated[TOP_LINE_INK] += most * _size(line) if most > 1 else 0
    breaks = [-1, *(number for number, line in enumerate(lines) if not line), len(lines)]
    paragraphs = [tuple(lines[first + 1 : last]) for first, last in pairwise(breaks) if last > first + 1]
    seen = Counter(paragraphs)
    repeated[DUP_PARAGRAPH_INK] += sum((seen[each] - 1) * sum(map(_size, each)) for each in seen)


def _count_grams(eojeols: Sequence[str], repeated: Int64s) -> None:
    for n in (*_TOP, *_DUP):
        grams = [tuple(eojeols[place : place + n]) for place in range(len(eojeols) - n + 1)]
        if n in _TOP:
            gram, most = next(iter(Counter(grams).most_common(1)), ((), 0))
            repeated[TOP_2_GRAM + n - 2] += most * _size(gram) if most > 1 else 0
            continue
        seen: set[tuple[str, ...]] = set()
        covered: set[int] = set()
        for place, gram in enumerate(grams):
            if gram in seen:
                covered.update(range(place, place + n))
            seen.add(gram)
        repeated[DUP_5_GRAMS + n - 5] += sum(len(eojeols[place]) for place in covered)


def _count_windows(ink: str, least_window: float, repeated: Int64s) -> None:
    points = [character for character in ink if not character.isascii() or character.isalnum()]
    repeated[POINTS] += len(points)
    windows = Counter(tuple(points[place : place + LONGEST]) for place in range(len(points) - LONGEST + 1))
    most = max(windows.values(), default=0)
    if most >= max(2, ceil(least_window * len(points) / LONGEST)):
        repeated[TOP_WINDOW] += min(most * LONGEST, len(points))
