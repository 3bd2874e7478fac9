"""Checks: what a filter measures of every document, against limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt

from ixigen_data.core.steps import Filter

if TYPE_CHECKING:
    import pyarrow as pa

Floats = npt.NDArray[np.float64]
Measures = Mapping[str, Floats]  # by name, one entry a document; NaN where there is too little to go by
Limits = Mapping[str, float | None]


class Check(NamedTuple):
    """A measure and the setting that limits it."""

    setting: str  # begins with "min" where less is dropped; else more is
    measure: str
    reason: str

    def fails(self, measured: Floats, limit: float) -> npt.NDArray[np.bool_]:
        """Return which documents go; NaN stays.

        >>> Check("max_marks", "marks", "korean_marks").fails(np.array([0.1, 0.5, np.nan]), 0.35).tolist()
        [False, True, False]
        """
        return measured < limit if self.setting.startswith("min") else measured > limit


class MeasuredFilter(Filter):
    """A filter that drops what fails one of its checks, in their order; a limit of None leaves its check out."""

    CHECKS: ClassVar[tuple[Check, ...]] = ()

    def limits(self) -> Limits:
        """Return the limit of each check, by setting."""
        raise NotImplementedError

    def measures_of(self, text: str) -> Measures:
        """Return what `measures_all` measures, of one text, in plain Python: the definition."""
        raise NotImplementedError

    def measures_all(self, text: pa.LargeStringArray) -> Measures:
        """Return what the checks look at."""
        raise NotImplementedError

    def reason(self, text: str) -> str | None:
        """Return the reason of the first check that a text fails, or None."""
        return first_failures(self.CHECKS, self.limits(), self.measures_of(text)).get(0)

    def reason_all(self, text: pa.LargeStringArray) -> Mapping[int, str]:
        """Return the reasons of the documents that are dropped, by row."""
        return first_failures(self.CHECKS, self.limits(), self.measures_all(text))


def first_failures(checks: Sequence[Check], limits: Limits, measures: Measures) -> dict[int, str]:
    """Return the reason of the first check that each document fails, by row; others are left out."""
    failures: dict[int, str] = {}
    for check in checks:
        limit = limits[check.setting]
        if limit is not None:
            for row in np.flatnonzero(check.fails(measures[check.measure], limit)).tolist():
                failures.setdefault(row, check.reason)
    return failures


def failures_among(rows: npt.NDArray[np.int64], failures: Mapping[int, str]) -> dict[int, str]:
    """Return failures by the rows of the documents, where only those of `rows` were measured."""
    return {int(rows[place]): reason for place, reason in failures.items()}


def share(part: npt.NDArray[np.int64], whole: npt.NDArray[np.int64]) -> Floats:
    """Return part / whole, one entry a document; 0 where the whole is 0."""
    return part / np.maximum(whole, 1)


def measured_from(measured: Floats, size: npt.NDArray[np.int64], least: int) -> Floats:
    """Return measures with NaN for documents below a size: of few words or lines a share says little."""
    return np.where(size >= least, measured, np.nan)
