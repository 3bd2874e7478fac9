"""The charts of the page: columns of a run to plots with their scales."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from ixigen_train.history.numbers import format_loss, format_perplexity, format_rate, format_short
from ixigen_train.history.run import Run
from ixigen_train.report.plots import Marks, Span, plot, span, stack
from ixigen_train.report.thinning import Curve, curve
from ixigen_train.runs.journal import Floats

HUES = 6  # colours of the style sheet, k0 … k5; then again from the first, dashed
STRETCHES = 160  # of the chart of what was trained on
MAX_CURVES = 12  # in one chart: the parts with the most tokens

_Format = Callable[[float], str]


@dataclass(frozen=True)
class Tick:
    """A mark on a scale, with its place as a percentage: from the top, or from the left."""

    text: str
    place: float


@dataclass(frozen=True)
class Key:
    """An entry of a legend."""

    label: str
    css: str
    value: str


@dataclass(frozen=True)
class Chart:
    """A plot with what stands around it."""

    title: str
    unit: str
    svg: Markup
    y: tuple[Tick, ...]
    x: tuple[Tick, ...]
    legend: tuple[Key, ...]


@dataclass(frozen=True)
class Shown:
    """What a chart shows of a run: columns under `key`, or under `key`/<part>."""

    title: str
    unit: str
    key: str
    told: _Format
    include: tuple[float, ...] = ()  # values that the scale always holds
    level: tuple[float, ...] = ()
    tick: _Format | None = None  # of the scale, whose numbers are round; None: as `told`


def _plain(value: float) -> str:
    return f"{value:g}"


LOSS = Shown("Loss", "nats per label", "loss", format_loss, tick=_plain)
PERPLEXITY = Shown("Perplexity", "", "perplexity", format_perplexity, tick=_plain)
BITS = Shown("Bits per byte", "of text", "bits_per_byte", format_loss, tick=_plain)
RATE = Shown("Learning rate", "", "lr", format_rate, (0.0,))
NORM = Shown("Gradient norm", "before clipping", "grad_norm", lambda value: f"{value:.3g}", (0.0,))
SPEED = Shown("Tokens per second", "of all ranks", "tokens_per_second", format_short, (0.0,))
MFU = Shown("Model FLOPs utilization", "", "mfu", lambda value: f"{100 * value:.3g} %", (0.0,))
SECONDS = Shown("Seconds per step", "", "seconds", lambda value: f"{value:.3g} s", (0.0,))


def classes(parts: Sequence[str]) -> dict[str, str]:
    """Return the style of each part's curve.

    >>> classes(["a", "b"])
    {'a': 'k0 d0', 'b': 'k1 d0'}
    """
    return {part: f"k{number % HUES} d{number // HUES % 3}" for number, part in enumerate(parts)}


def chart(run: Run, shown: Shown) -> Chart | None:
    """Return the chart of one column; None where it has no number."""
    values = run.metrics.of(shown.key)
    drawn = curve(shown.title, "k0 d0", run.metrics.steps, values)
    return _chart(run, shown, [drawn], legend=False) if len(drawn) else None


def chart_by_part(run: Run, shown: Shown) -> Chart | None:
    """Return the chart of a column of each part; None where no part has a number."""
    metrics = run.metrics
    styles = classes(metrics.parts)
    parts = sorted(metrics.parts, key=lambda part: -run.tokens[part])[:MAX_CURVES]
    drawn = [
        curve(part, styles[part], metrics.steps, metrics.of(f"{shown.key}/{part}"), metrics.of(f"labels/{part}"))
        for part in sorted(parts, key=metrics.parts.index)
    ]
    drawn = [each for each in drawn if len(each)]
    return _chart(run, shown, drawn, legend=True) if drawn else None


def held_out_chart(run: Run) -> Chart | None:
    """Return how the perplexity of each hold-out changed, in percent; None where none was measured."""
    parts = run.metrics.below("held_out/loss")
    styles = classes([*run.metrics.parts, *(part for part in parts if part not in run.metrics.parts)])
    drawn = []
    for part in parts[:MAX_CURVES]:
        values = run.metrics.of(f"held_out/loss/{part}")
        known = values[np.isfinite(values)]
        if len(known):
            drawn.append(
                curve(part, styles[part], run.metrics.steps, 100 * np.expm1(np.minimum(values - known[0], 700)))
            )
    alarm = run.recipe.evaluation.alarm
    shown = Shown("Perplexity of the hold-outs", "change since the first measurement", "", _signed, (0.0,))
    if alarm is not None and any(each.y.max() > 50 * alarm for each in drawn):  # half way there, or beyond
        shown = Shown(shown.title, shown.unit, "", _signed, (0.0, 100 * alarm), (100 * alarm,))
    return _chart(run, shown, drawn, legend=True) if drawn else None


def wait_chart(run: Run) -> Chart | None:
    """Return the share of each step spent waiting for data; None where it was not measured."""
    spent = run.metrics.of("seconds")
    share = np.divide(run.metrics.of("wait_seconds"), spent, out=np.full(len(spent), np.nan), where=spent > 0)
    drawn = curve("Waiting for data", "k3 d0", run.metrics.steps, 100 * share, spent)
    shown = Shown("Waiting for data", "of a step's time", "", lambda value: f"{value:.3g} %", (0.0,))
    return _chart(run, shown, [drawn], legend=False) if len(drawn) else None


def mixture_chart(run: Run) -> Chart | None:
    """Return the share of each part in the tokens of each stretch of the run; None before the first step."""
    metrics = run.metrics
    trained = metrics.steps > 0
    steps = metrics.steps[trained]
    if not len(steps):
        return None
    rows = np.unique(np.linspace(0, len(steps), min(len(steps), STRETCHES) + 1).astype(np.int64))
    tokens = [_gained(np.nan_to_num(metrics.of(f"tokens/{part}")[trained]), rows) for part in metrics.parts]
    whole = np.maximum(np.sum(tokens, axis=0), 1.0)
    styles = classes(metrics.parts)
    layers = [(part, styles[part], each / whole) for part, each in zip(metrics.parts, tokens, strict=True)]
    borders = np.concatenate([[float(steps[0]) - 1], steps[rows[1:] - 1].astype(np.float64)])
    x = Span(float(borders[0]), float(borders[-1]), span([float(borders[0]), float(borders[-1])], steps=6).ticks)
    title = "What was trained on"
    return Chart(
        title,
        "share of the tokens of each stretch",
        stack(layers, borders, title),
        tuple(Tick(f"{100 - place} %", place) for place in (0, 50, 100)),
        _across(x),
        tuple(Key(part, styles[part], "") for part in metrics.parts),
    )


def _chart(run: Run, shown: Shown, drawn: Sequence[Curve], legend: bool) -> Chart:
    y = span(_extent(drawn), (*shown.include, *shown.level))
    x = _steps(run)
    resumed = [start.step for start in run.file.starts[1:]]
    marks = Marks(tuple(float(step) for step in resumed if 0 < step < x.high), shown.level)
    label = f"{shown.title}{' by part' if legend else ''}, from step {x.low:,.0f} to {x.high:,.0f}"
    entries = tuple(Key(each.label, each.css, shown.told(float(each.y[-1]))) for each in drawn)
    ticks = tuple(Tick((shown.tick or shown.told)(tick), 100 * (1 - y.ratio(tick))) for tick in y.ticks)
    title = f"{shown.title} by part" if legend and shown.key else shown.title
    return Chart(title, shown.unit, plot(drawn, x, y, marks, label), ticks, _across(x), entries if legend else ())


def _extent(drawn: Sequence[Curve]) -> list[float]:
    """Return values that the scale must hold: all means, and of the extremes those that are not far out."""
    means = np.concatenate([each.y for each in drawn])
    reach = (means.max() - means.min()) * 0.35
    extremes = np.concatenate([np.concatenate([each.low, each.high]) for each in drawn])
    return [float(v) for v in (max(extremes.min(), means.min() - reach), min(extremes.max(), means.max() + reach))]


def _steps(run: Run) -> Span:
    """Return the axis of steps: to the end of the run, where that is not far off; else to what was reached."""
    reached = max(run.step, 1)
    high = run.steps if run.steps <= reached * 1.25 else reached
    return Span(0.0, float(high), span([0.0, float(high)], (0.0, float(high)), steps=6).ticks)


def _across(x: Span) -> tuple[Tick, ...]:
    whole = [tick for tick in x.ticks if tick == round(tick) and x.low <= tick <= x.high]
    return tuple(Tick(f"{tick:,.0f}", 100 * x.ratio(tick)) for tick in whole)


def _gained(cumulative: Floats, rows: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Floats:
    """Return what was added in each stretch: (stretches,)."""
    totals = np.maximum.accumulate(np.concatenate([[0.0], cumulative]))
    return np.diff(totals[rows])


def _signed(percent: float) -> str:
    return "0 %" if abs(percent) < 0.005 else f"{'−' if percent < 0 else '+'}{abs(percent):.3g} %"
