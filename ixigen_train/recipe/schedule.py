"""The learning rate of every step, as a function of its number alone."""

import math
from fractions import Fraction

from ixigen_train.recipe.settings import ScheduleSettings


def learning_rate(settings: ScheduleSettings, lr: float, step: int, steps: int) -> float:
    """Return the learning rate of a step, counted from 0, of so many.

    Composer's cosine with warm-up (`CosineAnnealingWithWarmupScheduler`): lr · s / warmup during warm-up, then
    floor + (1 − floor) · (1 + cos(π · (s − warmup) / (steps − warmup))) / 2 of it.

    >>> settings = ScheduleSettings(warmup=10)
    >>> [round(learning_rate(settings, 1e-5, step, 100), 9) for step in (0, 10, 55, 100)]
    [0.0, 1e-05, 5.5e-06, 1e-06]
    """
    warmup = warmup_steps(settings, steps)
    if step < warmup:
        return lr * step / warmup
    done = min(1.0, (step - warmup) / max(1, steps - warmup))
    factor = {"cosine": (1 + math.cos(math.pi * done)) / 2, "linear": 1 - done, "constant": 1.0}[settings.kind]
    return lr * (settings.floor + (1 - settings.floor) * factor)


def warmup_steps(settings: ScheduleSettings, steps: int) -> int:
    """Return the steps of the warm-up."""
    warmup = settings.warmup
    return warmup if isinstance(warmup, int) else round(Fraction(str(warmup)) * steps)
