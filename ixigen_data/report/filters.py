"""The limits of the filters that ran: what they are, what they dropped here, and what they were fitted on."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import JsonValue, TypeAdapter

from ixigen_data.clean.language import Language
from ixigen_data.core.checks import MeasuredFilter
from ixigen_data.korean.quality.fit import PERCENTILES, FittedCheck, read_fit
from ixigen_data.rules.settings import AnyRule
from ixigen_data.shards.manifest import Manifest

SHOWN = (
    "law",
    "speeches",
    "reviews",
    "petitions",
    "it docs",
    "packages",
)  # corpora of the fit that a page has room for
_LOW, _MIDDLE, _HIGH = (PERCENTILES.index(each) for each in (1.0, 50.0, 99.0))
_RULE: TypeAdapter[AnyRule] = TypeAdapter(AnyRule)
_CAUGHT = 0.5  # share of made dirt above which a limit is said to catch it


@dataclass(frozen=True)
class Spread:
    """How the documents of one corpus measure, and how many of them a limit drops."""

    low: float  # one document in a hundred is below
    middle: float
    high: float  # one in a hundred is above
    dropped: float  # share of the documents, at the default limit


@dataclass(frozen=True)
class LimitRow:
    """One limit of a filter."""

    setting: str
    limit: float | None  # the recipe's; None: turned off
    fitted: float | None  # the default, which the fit is of
    reason: str
    dropped: int  # documents of this dataset
    spreads: Mapping[str, Spread]  # by corpus of the fit
    caught: tuple[str, ...]  # kinds of dirt, made for the fit, of which it drops more than half


@dataclass(frozen=True)
class FilterRows:
    """A filter of the recipe with its limits."""

    rule: str
    only: tuple[str, ...]  # sources, where the recipe names some
    limits: tuple[LimitRow, ...]

    @property
    def corpora(self) -> list[str]:
        """The corpora of the fit on which any of its limits was measured, those that are shown."""
        return [corpus for corpus in SHOWN if any(corpus in row.spreads for row in self.limits)]


def filter_rows(manifest: Manifest) -> list[FilterRows]:
    """Return the filters of the recipe whose limits were fitted, in its order."""
    dropped = _dropped(manifest)
    checks: dict[str, list[FittedCheck]] = {}
    for check in read_fit().checks:
        checks.setdefault(check.rule, []).append(check)
    found = []
    for written in _rules(manifest):
        rule = str(written.get("rule"))
        if rule in checks:
            limits = _limits(written)
            rows = tuple(_row(check, limits.get(check.setting), dropped) for check in checks[rule])
            found.append(FilterRows(rule, _only(written), rows))
    return found


def _limits(written: Mapping[str, JsonValue]) -> Mapping[str, float | None]:
    rule = _RULE.validate_python(written)
    if isinstance(rule, Language):
        return {"min_hangul": rule.min_hangul}
    return rule.limits() if isinstance(rule, MeasuredFilter) else {}


def _row(check: FittedCheck, limit: float | None, dropped: Counter[str]) -> LimitRow:
    spreads = {
        corpus: Spread(measured[_LOW], measured[_MIDDLE], measured[_HIGH], check.dropped.get(corpus, 0.0))
        for corpus, measured in check.percentiles.items()
    }
    return LimitRow(
        setting=check.setting,
        limit=limit,
        fitted=check.limit,
        reason=check.reason,
        dropped=dropped[check.reason],
        spreads=spreads,
        caught=tuple(kind for kind, share in check.dirt.items() if share > _CAUGHT),
    )


def _dropped(manifest: Manifest) -> Counter[str]:
    dropped: Counter[str] = Counter()
    for stages in manifest.documents.values():
        for record in stages.values():
            dropped.update(record.dropped)
    return dropped


def _rules(manifest: Manifest) -> Iterator[Mapping[str, JsonValue]]:
    recipe = manifest.recipe if isinstance(manifest.recipe, dict) else {}
    clean = recipe.get("clean")
    yield from (rule for rule in clean if isinstance(rule, dict)) if isinstance(clean, list) else ()


def _only(written: Mapping[str, JsonValue]) -> tuple[str, ...]:
    only = written.get("only")
    return tuple(map(str, only)) if isinstance(only, list) else ()
