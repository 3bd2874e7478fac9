"""How a run stands at a moment, in figures."""

import math
from dataclasses import dataclass

import numpy as np
from pydantic import JsonValue

from ixigen_train.recipe.settings import TrainRecipe
from ixigen_train.runs.journal import Floats, Metrics
from ixigen_train.runs.run_file import RunFile
from ixigen_train.windows.course import CoursePlan

RECENT = 20  # steps that speed and waiting are told from
TREND = 24  # points of a trend


@dataclass(frozen=True)
class PartView:
    """One part at a moment."""

    part: str
    loss: float | None
    trend: tuple[float, ...]  # losses of the whole run, thinned
    tokens: int
    held_out_change: float | None  # of its perplexity on the hold-out, as a ratio
    alarm: bool


@dataclass(frozen=True)
class Snapshot:
    """A run at a moment. What was not measured is None."""

    name: str
    status: str  # "running", "finished", "failed"; "ended" where nobody has written down how
    reason: str | None
    step: int
    steps: int
    tokens: int
    loss: float | None
    trend: tuple[float, ...]
    lr: float | None
    tokens_per_second: float | None
    mfu: float | None
    wait_share: float | None
    seconds_left: float | None
    checkpoint: int | None  # step of the last one
    parts: tuple[PartView, ...]

    def plain(self) -> dict[str, JsonValue]:
        """Return the snapshot as JSON values, without the trends."""
        parts: list[JsonValue] = [
            {
                "part": part.part,
                "loss": _finite(part.loss),
                "tokens": part.tokens,
                "held_out_change": _finite(part.held_out_change),
                "alarm": part.alarm,
            }
            for part in self.parts
        ]
        named = ("loss", "lr", "tokens_per_second", "mfu", "wait_share", "seconds_left")
        return {
            "name": self.name,
            "status": self.status,
            "reason": self.reason,
            "step": self.step,
            "steps": self.steps,
            "tokens": self.tokens,
            **{name: _finite(getattr(self, name)) for name in named},
            "checkpoint": self.checkpoint,
            "parts": parts,
        }


def snapshot(file: RunFile, recipe: TrainRecipe, metrics: Metrics, checkpoint: int | None) -> Snapshot:
    """Return how a run stands.

    Args:
        file: `run.json`.
        recipe: whose alarm threshold counts.
        metrics: as far as they were read.
        checkpoint: step of the last checkpoint; None where there is none.
    """
    plan = CoursePlan.model_validate(file.course)
    spent = _recent(metrics, "seconds")
    left = (plan.steps - metrics.step) * float(spent.mean()) if len(spent) and file.status == "running" else None
    waited = _recent(metrics, "wait_seconds")
    speed = _recent(metrics, "tokens_per_second")
    return Snapshot(
        name=file.name,
        status=file.status,
        reason=file.reason,
        step=metrics.step,
        steps=plan.steps,
        tokens=int(metrics.last("tokens") or 0),
        loss=metrics.last("loss"),
        trend=_trend(metrics.of("loss")),
        lr=metrics.last("lr"),
        tokens_per_second=float(speed.mean()) if len(speed) else None,
        mfu=metrics.last("mfu"),
        wait_share=float(waited.sum() / spent.sum()) if len(waited) and spent.sum() > 0 else None,
        seconds_left=left,
        checkpoint=checkpoint,
        parts=tuple(_part(metrics, part, recipe.evaluation.alarm) for part in _parts(metrics)),
    )


def _parts(metrics: Metrics) -> list[str]:
    return list(dict.fromkeys([*metrics.parts, *metrics.below("held_out/loss")]))


def _part(metrics: Metrics, part: str, limit: float | None) -> PartView:
    losses = metrics.of(f"loss/{part}")
    change = metrics.last(f"held_out/change/{part}")
    return PartView(
        part=part,
        loss=metrics.last(f"loss/{part}"),
        trend=_trend(losses),
        tokens=int(metrics.last(f"tokens/{part}") or 0),
        held_out_change=change,
        alarm=change is not None and limit is not None and change > limit,
    )


def _recent(metrics: Metrics, key: str) -> Floats:
    """Return the numbers of the last steps: at most (RECENT,)."""
    values = metrics.of(key)[-RECENT:]
    return values[np.isfinite(values)]


def _trend(values: Floats) -> tuple[float, ...]:
    known = values[np.isfinite(values)]
    return tuple(float(each.mean()) for each in np.array_split(known, min(TREND, len(known)))) if len(known) else ()


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
