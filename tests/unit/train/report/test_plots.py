import numpy as np
import pytest

from ixigen_train.report.plots import HEIGHT, Marks, Span, plot, span, stack
from ixigen_train.report.thinning import POINTS, curve


@pytest.mark.parametrize(
    ("values", "include", "ticks"),
    [
        ([0.0, 1e-5], (0.0,), (0.0, 5e-6, 1e-5)),
        ([3.0], (), (2.8, 3.0, 3.2)),
        ([0.0, 0.0], (0.0,), (-1.0, -0.5, 0.0, 0.5, 1.0)),
        ([float("nan"), float("inf"), 1.0, 2.0], (), (1.0, 1.5, 2.0)),
    ],
)
def test_ticks_are_round(values: list[float], include: tuple[float, ...], ticks: tuple[float, ...]) -> None:
    assert span(values, include).ticks == pytest.approx(ticks)


def test_a_span_holds_its_values() -> None:
    for low in (-1e6, -0.3, 0.0, 1e-9, 2.5):
        for size in (1e-7, 0.1, 3.0, 1e5):
            found = span([low, low + size])
            assert found.low <= low
            assert low + size <= found.high
            room = 1e-6 * (found.high - found.low)
            assert all(found.low - room <= tick <= found.high + room for tick in found.ticks)
            assert 2 <= len(found.ticks) <= 7


def test_few_points_are_shown_as_they_are() -> None:
    steps = np.arange(1, 2 * POINTS)
    values = np.sin(steps)
    shown = curve("x", "k0", steps, values)
    assert not shown.thinned
    assert np.array_equal(shown.y, values)


def test_many_points_are_means_with_their_extremes() -> None:
    steps, values = np.arange(1, 10_001), np.tile([1.0, 5.0], 5_000)
    values[17] = np.nan
    shown = curve("x", "k0", steps, values, np.tile([3.0, 1.0], 5_000))
    assert len(shown) == POINTS
    assert shown.low.min() == 1.0
    assert shown.high.max() == 5.0
    assert shown.y[1:] == pytest.approx(2.0, abs=0.15)  # weighted: (3 · 1 + 1 · 5) / 4
    assert np.all((shown.low <= shown.y) & (shown.y <= shown.high))


def test_a_peak_is_not_lost() -> None:
    values = np.ones(100_000)
    values[54_321] = 9.0
    shown = curve("x", "k0", np.arange(100_000), values)
    assert shown.high.max() == 9.0
    assert abs(shown.x[shown.high.argmax()] - 54_321) < 100_000 / POINTS


def test_a_plot_puts_the_least_at_the_foot() -> None:
    shown = curve("한국어", "k0", np.array([0, 10]), np.array([1.0, 2.0]))
    drawn = plot([shown], Span(0, 10, ()), Span(1, 2, (1.0, 2.0)), Marks((5.0,), (1.5,)), "label")
    assert f'd="M0 {HEIGHT}L1000 0"><title>한국어</title>' in drawn
    assert 'class="stop" d="M500 0V200"' in drawn
    assert 'class="limit" d="M0 100H1000"' in drawn


def test_a_stack_fills_the_plot() -> None:
    drawn = stack([("a", "k0", np.array([0.25])), ("b", "k1", np.array([0.75]))], np.array([0.0, 4.0]), "mixture")
    assert 'd="M0 0V0H1000V50H0Z"' in drawn
    assert 'd="M0 50V50H1000V200H0Z"' in drawn
