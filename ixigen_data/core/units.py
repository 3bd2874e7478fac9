"""Sizes and counts, as people write and read them."""

import re

_BINARY = {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
_DECIMAL = {"kB": 10**3, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_SIZE = re.compile(r"\s*([\d_]+)\s*([A-Za-z]*)\s*")


def parse_size(text: str | int) -> int:
    """Return a size in bytes.

    Raises:
        ValueError: `text` is not a whole number with a unit of B, KiB … TiB, kB … TB.

    >>> parse_size("64MiB"), parse_size("1_000"), parse_size(5)
    (67108864, 1000, 5)
    """
    if isinstance(text, int):
        return text
    match = _SIZE.fullmatch(text)
    units = _BINARY | _DECIMAL | {"": 1}
    if match is None or match[2] not in units:
        raise ValueError(f"{text!r} is not a size; write a whole number with a unit, such as 64MiB or 500MB")
    return int(match[1].replace("_", "")) * units[match[2]]


def format_size(size_bytes: float) -> str:
    """Return a size for a reader.

    >>> format_size(67108864), format_size(999)
    ('64.0 MiB', '999 B')
    """
    value = float(size_bytes)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if value < 1024:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} TiB"


def format_count(count: int) -> str:
    """Return a whole number with separators.

    >>> format_count(10485760000)
    '10,485,760,000'
    """
    return f"{count:,}"


def format_percent(ratio: float) -> str:
    """Return a ratio in [0, 1] as a percentage with two digits.

    >>> format_percent(0.5)
    '50.00 %'
    """
    return f"{100 * ratio:.2f} %"


def format_duration(seconds: float) -> str:
    """Return a time span for a reader, in its two largest units.

    >>> format_duration(4), format_duration(125), format_duration(8000)
    ('4 s', '2 min 5 s', '2 h 13 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
