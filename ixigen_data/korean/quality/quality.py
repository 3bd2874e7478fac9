"""What is not Korean prose: tables, menus, lists of keywords, broken encodings, syllables without sense."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import Field

from ixigen_data.core.checks import (
    Check,
    Floats,
    Limits,
    MeasuredFilter,
    Measures,
    failures_among,
    first_failures,
    measured_from,
    share,
)
from ixigen_data.core.documents import Int64s
from ixigen_data.korean.quality.counts import Counted, counts_all, counts_of
from ixigen_data.korean.quality.korean_only import KoreanOnly

if TYPE_CHECKING:
    import pyarrow as pa

Ratio = float | None

_INK = slice(Counted.HANGUL, Counted.MARKS + 1)


class KoreanQuality(KoreanOnly, MeasuredFilter):
    """Drops documents by shares of their eojeols and lines; None leaves a check out.

    The checks are those of Gopher (Rae et al., 2021, appendix A1.1) and FineWeb-2 (Penedo et al., 2025) in eojeols,
    with four of Korean's own: endings, syllables that begin no word, syllables that no word has, one syllable alone.
    The limits are fitted on statutes, speeches, documentation and reviews: see fit.json. Shares are judged in documents
    of `judged_from` eojeols and, of lines, `judged_lines` lines; how short a document may be is a matter of
    `min_eojeols` alone.

    Chats and notes in noun phrases have few endings, some no more than lists of words: where a recipe's sources hold
    many, leave out `min_suffixed` and, for lines of a few words, `max_open_short_lines`.
    """

    CHECKS: ClassVar[tuple[Check, ...]] = (
        Check("min_eojeols", "eojeols", "korean_short"),
        Check("max_eojeols", "eojeols", "korean_long"),
        Check("min_eojeol_chars", "eojeol_chars", "korean_short_eojeols"),
        Check("max_eojeol_chars", "eojeol_chars", "korean_long_eojeols"),
        Check("max_rare_syllables", "rare_syllables", "korean_rare_syllables"),
        Check("max_top_syllable", "top_syllable", "korean_top_syllable"),
        Check("max_inner_starts", "inner_starts", "korean_inner_starts"),
        Check("min_lettered", "lettered", "korean_unlettered"),
        Check("max_marks", "marks", "korean_marks"),
        Check("max_digits", "digits", "korean_digits"),
        Check("max_symbols", "symbols", "korean_symbols"),
        Check("min_suffixes", "suffixes", "korean_few_suffixes"),
        Check("min_suffixed", "suffixed", "korean_unsuffixed"),
        Check("max_line_ends", "line_ends", "korean_line_ends"),
        Check("min_closed_lines", "closed_lines", "korean_open_lines"),
        Check("max_open_short_lines", "open_short_lines", "korean_open_short_lines"),
        Check("max_bullet_lines", "bullet_lines", "korean_bullet_lines"),
        Check("max_ellipsis_lines", "ellipsis_lines", "korean_ellipsis_lines"),
    )

    rule: Literal["korean_quality"] = "korean_quality"
    judged_from: int = Field(default=40, ge=1)
    judged_lines: int = Field(default=5, ge=1)
    min_eojeols: int | None = None
    max_eojeols: int | None = None
    min_eojeol_chars: Ratio = 1.5
    max_eojeol_chars: Ratio = 12
    max_rare_syllables: Ratio = 0.02
    max_top_syllable: Ratio = 0.2
    max_inner_starts: Ratio = 0.025
    min_lettered: Ratio = 0.6
    max_marks: Ratio = 0.35
    max_digits: Ratio = 0.35
    max_symbols: Ratio = 0.3
    min_suffixes: int | None = 3
    min_suffixed: Ratio = 0.1
    max_line_ends: Ratio = 0.8
    min_closed_lines: Ratio = 0.1
    max_open_short_lines: Ratio = 0.85
    max_bullet_lines: Ratio = 0.9
    max_ellipsis_lines: Ratio = 0.3

    def limits(self) -> Limits:
        """Return the limit of each check, by setting."""
        limits: Limits = self.model_dump(include={check.setting for check in self.CHECKS})
        return limits

    def measures_of(self, text: str) -> Measures:
        """Return the shares of one text."""
        return self._shares(counts_of(text)[np.newaxis])

    def measures_all(self, text: pa.LargeStringArray) -> Measures:
        """Return the shares of a column."""
        return self._shares(counts_all(text))

    def reason_all(self, text: pa.LargeStringArray) -> Mapping[int, str]:
        """Return the reasons of the documents that are dropped, by row; short ones are hardly looked at."""
        least = self.judged_from if self.min_eojeols is None and self.max_eojeols is None else 0
        counts = counts_all(text, least)
        rows = np.flatnonzero(counts[:, Counted.EOJEOLS] >= least)
        return failures_among(rows, first_failures(self.CHECKS, self.limits(), self._shares(counts[rows])))

    def _shares(self, counts: Int64s) -> Measures:
        """Return shares of (documents, NUM_COUNTS) counts: of code points that are not white, eojeols or lines."""

        def counted(column: Counted) -> Int64s:
            return counts[:, column]

        ink = counts[:, _INK].sum(axis=1)
        eojeols, lines, hangul = counted(Counted.EOJEOLS), counted(Counted.LINES), counted(Counted.HANGUL)
        of_eojeols: dict[str, Floats] = {
            "eojeol_chars": share(ink, eojeols),
            "rare_syllables": share(counted(Counted.RARE), hangul),
            "top_syllable": share(counted(Counted.TOP_SYLLABLE), hangul),
            "inner_starts": share(counted(Counted.INNER_STARTS), counted(Counted.HANGUL_STARTS)),
            "lettered": share(counted(Counted.LETTERED), eojeols),
            "marks": share(counted(Counted.MARKS), ink),
            "digits": share(counted(Counted.DIGITS), ink),
            "symbols": share(counted(Counted.SYMBOLS), eojeols),
            "suffixes": np.bitwise_count(counted(Counted.SUFFIXES)).astype(np.float64),
            "suffixed": share(counted(Counted.SUFFIXED), counted(Counted.HANGUL_ENDS)),
            "line_ends": share(counted(Counted.LINE_ENDS), eojeols),
        }
        of_lines: dict[str, Floats] = {
            "closed_lines": share(counted(Counted.CLOSED_LINES), lines),
            "open_short_lines": share(counted(Counted.OPEN_SHORT_LINES), lines),
            "bullet_lines": share(counted(Counted.BULLETS), lines),
            "ellipsis_lines": share(counted(Counted.ELLIPSES), lines),
        }
        of_lines = {name: measured_from(shares, lines, self.judged_lines) for name, shares in of_lines.items()}
        judged = {
            name: measured_from(shares, eojeols, self.judged_from) for name, shares in (of_eojeols | of_lines).items()
        }
        return {"eojeols": eojeols.astype(np.float64), **judged}
