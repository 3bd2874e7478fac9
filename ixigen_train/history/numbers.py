"""Figures as readers of runs like them."""

import math


def format_short(count: float) -> str:
    """Return a count in three digits and a unit.

    >>> format_short(999), format_short(12_345), format_short(3_000_000_000)
    ('999', '12.3 K', '3.00 B')
    """
    for size, unit in ((1e12, " T"), (1e9, " B"), (1e6, " M"), (1e3, " K")):
        if abs(count) >= size * 0.9995:
            value = count / size
            return f"{value:.{max(0, 2 - int(math.log10(abs(value)) + 1e-9))}f}{unit}"
    return f"{count:.0f}" if count == round(count) or abs(count) >= 100 else f"{count:.3g}"


def format_loss(loss: float | None) -> str:
    """Return a loss in nats, or a dash.

    >>> format_loss(2.34567), format_loss(None)
    ('2.3457', '–')
    """
    return "–" if loss is None or math.isnan(loss) else f"{loss:.4f}"


def format_perplexity(value: float | None) -> str:
    """Return a perplexity with four digits, or a dash.

    >>> format_perplexity(15.8), format_perplexity(1234.0), format_perplexity(123456.0)
    ('15.80', '1234', '1.235e+05')
    """
    return "–" if value is None or math.isnan(value) else f"{value:#.4g}".removesuffix(".")


def format_change(ratio: float | None) -> str:
    """Return a ratio of growth with its sign, or a dash.

    >>> format_change(0.0512), format_change(-0.2), format_change(None)
    ('+5.12 %', '−20.00 %', '–')
    """
    if ratio is None or math.isnan(ratio):
        return "–"
    told = f"{abs(100 * ratio):.2f} %"
    return told if told == "0.00 %" else f"{'−' if ratio < 0 else '+'}{told}"


def format_rate(lr: float | None) -> str:
    """Return a learning rate.

    >>> format_rate(1e-5), format_rate(9.1234e-6), format_rate(0.0)
    ('1e-5', '9.12e-6', '0')
    """
    if lr is None or math.isnan(lr):
        return "–"
    if not lr:
        return "0"
    digits, _, power = f"{lr:.2e}".partition("e")
    return f"{digits.rstrip('0').rstrip('.')}e{int(power)}"
