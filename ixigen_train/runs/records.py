"""One object a step: what `metrics.jsonl` holds."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue


@dataclass(frozen=True)
class PartStep:
    """What a step says of one part. Sums are over all ranks."""

    nll: float  # nats, summed over its labels in the step
    labels: int  # of the step; tokens that a loss counts
    bytes: int  # of text behind those labels; 0 where the vocabulary is not known
    tokens: int  # consumed since the run began, this step included; pad left out


@dataclass(frozen=True)
class StepRecord:
    """A finished step. Loss is the mean over all labels: sum of the parts' nll / sum of their labels."""

    step: int  # finished steps, this one included; 0 for what is measured before the first
    tokens: int  # consumed since the run began, pad left out
    lr: float
    parts: Mapping[str, PartStep]  # by path; parts without a label in the step are there for their tokens
    windows: tuple[int, int]  # first, stop: of the course, over all its datasets
    measures: Mapping[str, float] = field(default_factory=dict)  # "seconds", "wait_seconds", "mfu", "grad_norm", …

    @property
    def loss(self) -> float:
        """The mean nll in nats; NaN without a label."""
        labels = sum(part.labels for part in self.parts.values())
        return sum(part.nll for part in self.parts.values()) / labels if labels else math.nan

    def line(self) -> dict[str, JsonValue]:
        """Return the flat object of `metrics.jsonl`: "step", "tokens", "lr", "loss", "loss/<part>", "tokens/<part>", ….

        What is not finite, a perplexity beyond floats among it, becomes null when the line is written.
        """
        line: dict[str, JsonValue] = {"step": self.step, "tokens": self.tokens, "lr": self.lr}
        line |= {"windows": list(self.windows)}
        total = _total(self.parts)
        if total.labels:
            line |= _ratios(total, "")
        for path, part in self.parts.items():
            line[f"tokens/{path}"] = part.tokens
            line[f"labels/{path}"] = part.labels
            if part.labels:
                line |= _ratios(part, f"/{path}")
        return line | dict(self.measures)


def _total(parts: Mapping[str, PartStep]) -> PartStep:
    known = all(part.bytes for part in parts.values() if part.labels)
    return PartStep(
        sum(part.nll for part in parts.values()),
        sum(part.labels for part in parts.values()),
        sum(part.bytes for part in parts.values()) if known else 0,
        sum(part.tokens for part in parts.values()),
    )


def _ratios(part: PartStep, suffix: str) -> dict[str, JsonValue]:
    loss = part.nll / part.labels
    told: dict[str, JsonValue] = {f"loss{suffix}": loss, f"perplexity{suffix}": perplexity(loss)}
    if part.bytes:
        told[f"bits_per_byte{suffix}"] = part.nll / math.log(2) / part.bytes
    return told


def perplexity(loss: float) -> float:
    """Return e to the loss; infinite beyond what a float holds.

    >>> perplexity(0.0), perplexity(1000.0)
    (1.0, inf)
    """
    try:
        return math.exp(loss)
    except OverflowError:
        return math.inf
