"""Curves of any length as a few hundred points."""

from dataclasses import dataclass

import numpy as np

from ixigen_train.runs.journal import Floats, Ints

POINTS = 240  # of a curve that is thinned; one of less than twice as many is shown as it is


@dataclass(frozen=True)
class Curve:
    """Points of a curve from left to right; each stands for some steps."""

    label: str
    css: str
    x: Floats  # (points,) steps: the middle of those it stands for
    y: Floats  # (points,) their mean
    low: Floats  # (points,) their least
    high: Floats  # (points,) their greatest

    def __len__(self) -> int:
        return len(self.x)

    @property
    def thinned(self) -> bool:
        """Whether a point stands for several steps."""
        return bool(np.any(self.low < self.high))


def curve(label: str, css: str, steps: Ints, values: Floats, weights: Floats | None = None) -> Curve:
    """Return the finite values of a column as a curve.

    Args:
        steps: (lines,).
        values: (lines,).
        weights: (lines,), of the mean within a point; None weighs lines alike.
    """
    there = np.isfinite(values)
    x, y = steps[there].astype(np.float64), values[there]
    heavy = np.ones_like(y) if weights is None else np.nan_to_num(weights[there])
    if len(x) < 2 * POINTS:
        return Curve(label, css, x, y, y, y)
    firsts = np.linspace(0, len(x), POINTS, endpoint=False).astype(np.int64)
    total = np.add.reduceat(heavy, firsts)
    even = np.add.reduceat(y, firsts) / np.diff(firsts, append=len(x))
    weighted = np.divide(np.add.reduceat(y * heavy, firsts), total, out=even, where=total > 0)
    lasts = np.append(firsts[1:], len(x)) - 1
    return Curve(
        label, css, (x[firsts] + x[lasts]) / 2, weighted, np.minimum.reduceat(y, firsts), np.maximum.reduceat(y, firsts)
    )
