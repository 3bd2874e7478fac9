"""Weights that change with the position in the dataset: the kinds a `schedule` knows, and stages.

Weights are exact fractions, and the cosine is a series in integers: bytes follow from them.
"""

from bisect import bisect_right
from fractions import Fraction
from functools import lru_cache
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from ixigen_data.core.settings import Settings
from ixigen_data.mixture.written import Position, Positive, Weight, exact, mistake

_KINDS = ("linear", "cosine", "step", "anneal")
_BITS = 64  # of the cosine
_GUARD = 32  # further bits of its terms
_PI = 0x3243F6A8885A308D313198A2E  # π · 2^96, rounded


class _Ramp(Settings):
    """From one weight to another over the whole dataset."""

    from_: Weight = Field(alias="from", examples=[40])
    to: Weight = Field(examples=[60])

    def borders(self) -> tuple[Fraction, ...]:
        """Return the positions between 0 and 1 where the weight jumps, or begins to move."""
        return ()


class Linear(_Ramp):
    """From one weight to another in a straight line."""

    kind: Literal["linear"]

    def weight(self, position: Fraction) -> Fraction:
        """Return the weight at a position in [0, 1]."""
        return _between(self.from_, self.to, position)


class Cosine(_Ramp):
    """From one weight to another along half a cosine: slow at both ends."""

    kind: Literal["cosine"]

    def weight(self, position: Fraction) -> Fraction:
        """Return the weight at a position in [0, 1]."""
        return _between(self.from_, self.to, half_cosine(position))


class Step(Settings):
    """One weight after another; `at` are the positions where the next begins."""

    kind: Literal["step"]
    values: tuple[Weight, ...] = Field(examples=[[40, 50, 60]])
    at: tuple[Position, ...] = Field(examples=[[0.3, 0.6]])

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not self.at or len(self.values) != len(self.at) + 1:
            raise mistake(
                f"{len(self.values)} values and {len(self.at)} positions do not fit; "
                "write one value more than positions: values: [40, 50, 60], at: [0.3, 0.6]"
            )
        if list(self.at) != sorted(set(self.at)):
            raise mistake(f"the positions {list(self.at)} do not rise; write them in order, such as [0.3, 0.6]")
        return self

    def borders(self) -> tuple[Fraction, ...]:
        """Return the positions between 0 and 1 where the weight jumps, or begins to move."""
        return tuple(exact(position) for position in self.at)

    def weight(self, position: Fraction) -> Fraction:
        """Return the weight at a position in [0, 1]."""
        return exact(self.values[bisect_right(self.at, position, key=exact)])


class Anneal(Settings):
    """One weight up to `start`, and from there to another at the end."""

    kind: Literal["anneal"]
    from_: Weight = Field(alias="from", examples=[10])
    to: Weight = Field(examples=[60])
    start: Position = Field(examples=[0.9])
    shape: Literal["linear", "cosine"] = "linear"

    def borders(self) -> tuple[Fraction, ...]:
        """Return the positions between 0 and 1 where the weight jumps, or begins to move."""
        return (exact(self.start),)

    def weight(self, position: Fraction) -> Fraction:
        """Return the weight at a position in [0, 1]."""
        start = exact(self.start)
        done = max(Fraction(0), (position - start) / (1 - start))
        return _between(self.from_, self.to, half_cosine(done) if self.shape == "cosine" else done)


def _known_kind(value: object) -> object:
    kind = value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)
    if kind not in _KINDS:
        got = "a schedule without a kind" if kind is None else f"{kind!r} is not a kind of schedule"
        raise mistake(f"{got}; write one of {', '.join(_KINDS)}, such as {{kind: linear, from: 40, to: 60}}")
    return value


Curve = Annotated[Linear | Cosine | Step | Anneal, Field(discriminator="kind"), BeforeValidator(_known_kind)]


class StageSettings(Settings):
    """A stretch of the dataset; stages follow each other, and `weight` is a stage's share of the windows."""

    name: str = Field(min_length=1, examples=["broad"])
    weight: Positive = Field(description="Relative to the other stages, in windows.", examples=[80])
    weights: dict[str, Weight] = Field(
        default={}, description="By path of part: what replaces its weight in this stage.", examples=[{"telco": 70}]
    )


def _between(start: int | float, end: int | float, done: Fraction) -> Fraction:
    return exact(start) + (exact(end) - exact(start)) * done


@lru_cache(maxsize=1 << 14)  # curves are asked at the same positions
def half_cosine(position: Fraction) -> Fraction:
    """Return (1 - cos(π x)) / 2, to 2^-64: the same on every platform.

    The Taylor series of the cosine in integers, in units of 2^-96; 32 terms at most, each off by less than a unit.

    >>> half_cosine(Fraction(0)), half_cosine(Fraction(1, 2)), half_cosine(Fraction(1))
    (Fraction(0, 1), Fraction(1, 2), Fraction(1, 1))
    """
    bits = _BITS + _GUARD
    angle = _PI * position.numerator // position.denominator
    square = angle * angle >> bits
    term, rest, place = 1 << bits, 0, 0  # rest: 1 - cos
    while term:
        place += 2
        term = (term * square >> bits) // (place * (place - 1))
        rest += term if place % 4 == 2 else -term
    half = (rest + (1 << _GUARD)) >> (_GUARD + 1)
    return Fraction(min(max(half, 0), 1 << _BITS), 1 << _BITS)
