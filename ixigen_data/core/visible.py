"""Text of strangers made safe to show: a terminal obeys some characters, and readers cannot see others."""

import re

# Controls but tab and line feed, soft hyphens, marks of direction, joiners and other characters of no width, lone
# surrogates, private use, tags, and what is no character.
_HOSTILE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff"
    "\uffa0\ufff0-\ufffc\ufffe\uffff\ud800-\udfff\ufdd0-\ufdef\ue000-\uf8ff\U000e0000-\U0010ffff]"
)
_NAMES = {"\t": "\\t", "\n": "\\n"}


def visible(text: str) -> str:
    r"""Return a text in which what a terminal would obey, or nobody would see, stands as an escape of Python's.

    Tabs and line ends stay as they are.

    >>> visible("a\x1b[31mb\u202e") == r"a\x1b[31mb\u202e", visible("한 글\n")
    (True, '한 글\n')
    """
    return _HOSTILE.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def visible_line(text: str) -> str:
    r"""Return `visible` in one line.

    >>> visible_line("a\nb")
    'a\\nb'
    """
    return re.sub(r"[\t\n]", lambda found: _NAMES[found[0]], visible(text))
