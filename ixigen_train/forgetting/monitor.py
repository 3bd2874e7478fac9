"""When hold-outs are measured, what is told of them, and when it is an alarm."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from ixigen_train.forgetting.measure import Score
from ixigen_train.recipe.settings import EvaluationSettings
from ixigen_train.runs.records import perplexity

_LOSS = "held_out/loss/"


@dataclass(frozen=True)
class Alarm:
    """A part whose perplexity has grown beyond the recipe's ratio."""

    part: str
    step: int
    base: float  # perplexity when it was first measured
    perplexity: float
    limit: float

    def __str__(self) -> str:
        return (
            f"forgetting: step {self.step:,}: perplexity of {self.part} is {self.perplexity:,.4g}, it was "
            f"{self.base:,.4g} before: {self.perplexity / self.base - 1:+.2%}, evaluation.alarm is {self.limit:.2%}"
        )


@dataclass(frozen=True)
class Told:
    """What a measurement says: values for the step's line of metrics.jsonl, and alarms."""

    measures: dict[str, float]
    alarms: tuple[Alarm, ...]


class Monitor:
    """Knows when to measure, and compares with what was measured first."""

    def __init__(self, settings: EvaluationSettings, base: Mapping[str, float] | None = None) -> None:
        """`base`: mean nll of each part when it was first measured, of a run that goes on (`base_of`)."""
        self._settings = settings
        self.base: dict[str, float] = dict(base or {})

    def due(self, step: int, steps: int) -> bool:
        """Return whether hold-outs are measured after so many finished steps; 0: before the first."""
        every = self._settings.every
        return step in (0, steps) or (every is not None and step % every == 0)

    def tell(self, step: int, scores: Mapping[str, Score]) -> Told:
        """Compare a measurement, after so many finished steps, with the first one.

        A part's first measurement becomes its base. The measures are `held_out/loss/<part>`, `held_out/change/<part>`
        (perplexity / base - 1) and, where the vocabulary is known, `held_out/bits_per_byte/<part>`.
        """
        measures: dict[str, float] = {}
        alarms = []
        for part, score in scores.items():
            base = self.base.setdefault(part, score.loss)
            change = perplexity(score.loss - base) - 1
            measures |= {f"{_LOSS}{part}": score.loss, f"held_out/change/{part}": change}
            if score.bits_per_byte is not None:
                measures[f"held_out/bits_per_byte/{part}"] = score.bits_per_byte
            limit = self._settings.alarm
            if limit is not None and (change > limit or math.isnan(change)):
                alarms.append(Alarm(part, step, perplexity(base), score.perplexity, limit))
        return Told(measures, tuple(alarms))


def base_of(lines: Iterable[Mapping[str, JsonValue]]) -> dict[str, float]:
    """Return the mean nll of each part where it was first measured, from the lines of metrics.jsonl.

    >>> base_of([{"step": 0, "held_out/loss/ko": 3.5}, {"step": 9, "held_out/loss/ko": 3.0, "held_out/loss/en": 2.5}])
    {'ko': 3.5, 'en': 2.5}
    """
    base: dict[str, float] = {}
    for line in lines:
        for key, value in line.items():
            if key.startswith(_LOSS) and isinstance(value, int | float):
                base.setdefault(key.removeprefix(_LOSS), float(value))
    return base
