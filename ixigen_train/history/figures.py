"""What the page and the live view say of a run, as rows."""

import math
from dataclasses import dataclass

import numpy as np

from ixigen_data.core.files import without_secrets
from ixigen_train.history.run import Run
from ixigen_train.runs.journal import Metrics
from ixigen_train.runs.records import perplexity

ENDS = 50  # the first and the last of so many stretches of a run: what its beginning and its end are told from
TOTAL = ""  # in place of a part: all of them


@dataclass(frozen=True)
class LossRow:
    """Loss of a part, or of all, at both ends of a run: means over the labels of some steps."""

    part: str
    first: float | None
    last: float | None
    bits_per_byte: float | None  # at the end
    tokens: int  # consumed

    @property
    def perplexity(self) -> float | None:
        """At the end."""
        return None if self.last is None else perplexity(self.last)


@dataclass(frozen=True)
class HeldOutRow:
    """The hold-out of a part: its mean nll when it was first measured, and the last time."""

    part: str
    first: float
    last: float
    worst_change: float  # of its perplexity, at any time
    bits_per_byte: float | None
    measured: int  # times
    limit: float | None

    @property
    def change(self) -> float:
        """Of its perplexity, as a ratio."""
        return perplexity(self.last - self.first) - 1

    @property
    def alarm(self) -> bool:
        """Whether it stands beyond the limit now."""
        return _beyond(self.change, self.limit)

    @property
    def alarmed(self) -> bool:
        """Whether it ever stood beyond it."""
        return _beyond(self.worst_change, self.limit)


@dataclass(frozen=True)
class TokenRow:
    """Tokens of a part that were consumed, beside those in the windows that were served."""

    part: str
    tokens: int
    share: float  # of all that were consumed
    planned: int | None  # None where the datasets cannot be reached

    @property
    def difference(self) -> int | None:
        """0 is the promise."""
        return None if self.planned is None else self.tokens - self.planned


def ends(metrics: Metrics) -> int:
    """Return the lines that the beginning of a run is told from, and its end.

    Of 20 lines one, of 1,363 lines 27.
    """
    trained = int(np.isfinite(metrics.of("loss")).sum())
    return max(1, round(trained / ENDS))


def loss_rows(run: Run) -> list[LossRow]:
    """Return the loss of all parts together, then of each."""
    metrics = run.metrics
    if not len(metrics.steps):
        return []
    rows = [LossRow(TOTAL, *_both_ends(metrics, TOTAL), _at_end(metrics, TOTAL), sum(run.tokens.values()))]
    return rows + [
        LossRow(part, *_both_ends(metrics, part), _at_end(metrics, part), run.tokens[part]) for part in metrics.parts
    ]


def held_out_rows(run: Run) -> list[HeldOutRow]:
    """Return the hold-outs that were measured, in their order."""
    rows = []
    for part in run.metrics.below("held_out/loss"):
        values = run.metrics.of(f"held_out/loss/{part}")
        known = values[np.isfinite(values)]
        if len(known):
            rows.append(
                HeldOutRow(
                    part,
                    float(known[0]),
                    float(known[-1]),
                    perplexity(float(known.max() - known[0])) - 1,
                    run.metrics.last(f"held_out/bits_per_byte/{part}"),
                    len(known),
                    run.recipe.evaluation.alarm,
                )
            )
    return rows


def token_rows(run: Run) -> list[TokenRow]:
    """Return consumed tokens by part, those that were planned but never met included."""
    consumed = run.tokens
    planned = run.dataset.planned
    whole = sum(consumed.values()) or 1
    paths = dict.fromkeys([*(planned or {}), *consumed])
    return [
        TokenRow(
            path,
            consumed.get(path, 0),
            consumed.get(path, 0) / whole,
            None if planned is None else planned.get(path, 0),
        )
        for path in paths
    ]


def seconds(run: Run) -> float:
    """Return the time that steps took, those left out that a resumed run took back."""
    return float(np.nansum(run.metrics.of("seconds")))


def wait_share(run: Run) -> float | None:
    """Return the part of that time which was spent waiting for data; None where it is not known."""
    spent = seconds(run)
    return float(np.nansum(run.metrics.of("wait_seconds"))) / spent if spent else None


def throughput(run: Run) -> float | None:
    """Return the tokens a second, over all steps that were timed; None where none was."""
    spent = seconds(run)
    trained = run.metrics.of("tokens")[np.isfinite(run.metrics.of("seconds"))]
    if not spent or not len(trained):
        return None
    before = np.concatenate([[0.0], run.metrics.of("tokens")])[:-1][np.isfinite(run.metrics.of("seconds"))]
    return float(np.nansum(trained - np.nan_to_num(before))) / spent


def middle(run: Run, key: str) -> float | None:
    """Return the median of a measure; None where there is none."""
    values = run.metrics.of(key)
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else None


def unserved(run: Run) -> dict[str, int]:
    """Return the windows that no step takes, by URL of the dataset; empty where that is none, or not known."""
    return {} if run.dataset.course is None else run.dataset.course.unserved


def shard_urls(run: Run) -> list[str]:
    """Return where the datasets of a run lie, without secrets."""
    return [without_secrets(stretch.shards) for stretch in run.plan.stretches]


def _both_ends(metrics: Metrics, part: str) -> tuple[float | None, float | None]:
    values, weights = metrics.of(_key("loss", part)), _labels(metrics, part)
    there = np.flatnonzero(np.isfinite(values))
    count = ends(metrics)
    return _mean(values, weights, there[:count]), _mean(values, weights, there[-count:])


def _at_end(metrics: Metrics, part: str) -> float | None:
    values = metrics.of(_key("bits_per_byte", part))
    there = np.flatnonzero(np.isfinite(values))
    return _mean(values, _labels(metrics, part), there[-ends(metrics) :])


def _labels(metrics: Metrics, part: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return the labels of each line: (lines,)."""
    if part:
        return metrics.of(f"labels/{part}")
    return np.sum([np.nan_to_num(metrics.of(f"labels/{each}")) for each in metrics.parts], axis=0)  # type: ignore[no-any-return]


def _mean(
    values: np.ndarray[tuple[int], np.dtype[np.float64]],
    weights: np.ndarray[tuple[int], np.dtype[np.float64]],
    rows: np.ndarray[tuple[int], np.dtype[np.int64]],
) -> float | None:
    if not len(rows):
        return None
    heavy = np.nan_to_num(weights[rows])
    return float(np.average(values[rows], weights=heavy if heavy.sum() else None))


def _key(name: str, part: str) -> str:
    return f"{name}/{part}" if part else name


def _beyond(change: float, limit: float | None) -> bool:
    return limit is not None and (math.isnan(change) or change > limit)
