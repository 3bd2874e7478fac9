"""Addresses for mail (이메일)."""

import re

from ixigen_data.privacy.detector import CONTEXT_CHARS, Detector, Span

_PATTERN = re.compile(
    r"@(?<=[A-Za-z0-9_%+-]@)(?=[A-Za-z0-9])"
    r"((?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8})([A-Za-z]{2,24})(?![A-Za-z0-9_@])(?!-[A-Za-z0-9])"
)
_LOCAL = re.compile(r"[A-Za-z0-9_%+-](?:[A-Za-z0-9._%+-]{0,63}[A-Za-z0-9_%+-])?$")
_LOCAL_CHARS = 64
_VERSION = re.compile(r"(?:[0-9]+\.){2,}")  # react@18.2.0.min
_LOGIN = re.compile(r"://[^\s/?#]*$")  # scheme://user:secret@host
_FILES = frozenset(
    "png jpg jpeg gif svg webp ico bmp js ts css json html htm md txt pdf xml yml yaml py so dll exe".split()
)


def _span(match: re.Match[str]) -> Span | None:
    """Accept a name and a domain, but no file such as icon@2x.png, version, or login to a page or repository."""
    text, at = match.string, match.start()
    if match[2].lower() in _FILES or _VERSION.fullmatch(match[1]):
        return None
    local = _LOCAL.search(text[max(0, at - _LOCAL_CHARS - 1) : at])
    if local is None or len(local[0]) > _LOCAL_CHARS:
        return None
    start = at - len(local[0])
    earlier = _PATTERN.match(text, start - 1) if start and text[start - 1] == "@" else None
    if earlier is not None:  # "a@b.kr--c@d.kr": its end is no part of this name
        local = _LOCAL.search(text[earlier.end() : at])
        if local is None:
            return None
        start = at - len(local[0])
    if local[0] == "git" and text[match.end() : match.end() + 1] == ":":
        return None
    if _LOGIN.search(text[max(0, at - CONTEXT_CHARS) : start]):
        return None
    return start, match.end()


EMAIL = Detector("email", _PATTERN, _span)
