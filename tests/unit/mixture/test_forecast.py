"""A forecast is a plan over estimates; what is uncertain about them is told."""

from dataclasses import replace

import pytest

from ixigen_data.mixture.forecast import Forecast, forecast
from ixigen_data.mixture.plan import Shape
from ixigen_data.mixture.settings import MixtureSettings
from tests.unit.mixture.test_costs import SETTINGS, SOURCE

FIXED = {"total_tokens": 20_480_000, "parts": {"all": {"weight": 1, "from": ["raw"], "holdout": {"tokens": 5_000}}}}


def forecast_of(section: dict[str, object] | None = None, **changes: float) -> Forecast:
    settings = SETTINGS if section is None else MixtureSettings.model_validate(section)
    return forecast(settings, Shape(2048, 0), [replace(SOURCE, **changes)], 4)


def test_the_total_follows_from_the_supply() -> None:
    found = forecast_of()
    assert found.plan.total_tokens == SOURCE.tokens // 2048 * 2048
    (told,) = found.warnings
    assert told == (
        "source raw: 9.09 % of the documents that were read equal earlier ones; of all, up to 100.00 % may, and supply "
        "is smaller by these"
    )


def test_copies_of_a_source_that_was_read_whole_are_counted_and_not_warned_of() -> None:
    assert forecast_of(sampled=1.0).warnings == ()
    assert forecast_of(copies=0).warnings == ()


def test_a_hold_out_is_not_supply_and_is_written() -> None:
    found = forecast_of(FIXED, sampled=1.0)
    assert found.plan.parts[0].supply_tokens == SOURCE.tokens - 3 * 2048
    assert found.dataset_bytes == pytest.approx(4.13 * (20_480_000 + 3 * 2048), rel=0.01)


def test_too_little_text_to_tell_times_from_is_told() -> None:
    (told,) = forecast_of(FIXED, sampled=1.0, text_bytes=1000).warnings
    assert told == "1000 B of text in all: too little to tell from it how long a larger corpus takes"


def test_too_little_supply_is_told() -> None:
    (told,) = forecast_of(FIXED, sampled=1.0, tokens=1_000_000).warnings
    assert told.startswith("by the estimate, ")


def test_a_corpus_of_another_size() -> None:
    found = replace(forecast_of(sampled=1.0), pace=1.0)  # start-up weighs more on a slow machine
    assert found.on(16, found.text_bytes) == found.on(16)
    larger = found.on(16, 100 * found.text_bytes)
    assert 50 < larger.wall_seconds / found.on(16).wall_seconds < 101
    assert sum(stage.disk_bytes for stage in found.scaled_to(2 * found.text_bytes)) == pytest.approx(
        2 * (found.dataset_bytes + found.work_bytes)
    )
