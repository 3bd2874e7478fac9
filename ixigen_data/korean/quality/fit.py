"""What the limits of the filters were chosen by: how real documents measure, and what each limit drops of them.

`python -m benchmarks.bench_fit` writes the file, from the corpora beside the checkout.
"""

import functools
from importlib.resources import files

from ixigen_data.core.settings import Settings

PERCENTILES = (0.1, 1.0, 5.0, 50.0, 95.0, 99.0, 99.9)


class Rival(Settings):
    """The limit that somebody else gives the same measure, with what it would drop."""

    limit: float
    dropped: dict[str, float]  # share of the documents, by corpus


class FittedCheck(Settings):
    """One limit of one rule."""

    rule: str
    setting: str  # "max_marks"; what begins with "min" drops less, all others more
    measure: str
    reason: str  # the counter in the ledger
    limit: float | None  # None: not checked where the recipe does not say so
    percentiles: dict[str, tuple[float, ...]]  # of the measure at PERCENTILES, by corpus; left out where none is judged
    dropped: dict[str, float]  # share of the documents, by corpus
    dirt: dict[str, float]  # share of the documents of each kind made to be dropped
    rivals: dict[str, Rival]  # by name, where others limit the measure


class Fit(Settings):
    """The fit of all rules."""

    documents: dict[str, int]  # by corpus
    checks: tuple[FittedCheck, ...]
    dropped: dict[str, dict[str, float]]  # share of the documents by rule, and by all as "together"; by corpus
    dirt: dict[str, dict[str, float]]  # the same of each kind of dirt


@functools.cache
def read_fit() -> Fit:
    """Return the fit that this version's limits were chosen by."""
    return Fit.model_validate_json((files("ixigen_data.korean.quality") / "fit.json").read_bytes())
