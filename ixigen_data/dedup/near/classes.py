"""What each code point is to a shingle: part of its text, a token by itself, an end of a word, or nothing."""

import functools
import unicodedata

import numpy as np
import numpy.typing as npt

from ixigen_data.core.code_points import members, nfc_maybe
from ixigen_data.dedup.near.units_kernel import ALONE, CLASSES, ENDS, PART, SUSPECT
from ixigen_data.dedup.settings import Unit

_NOT_SEEN = "\u034f\u115f\u1160\u180b-\u180d\u180f\u3164\ufe00-\ufe0f\uffa0"  # marks and letters that show nothing


@functools.cache
def classes_of(unit: Unit) -> npt.NDArray[np.uint32]:
    """Return the class of every code point below CLASSES; those beyond are as the last, which is nothing.

    A class is the code point that stands for it, with flags:

    - PART: letters, marks and numbers, and in tokens `_` and its kind; but for tokens lower-cased, where that is one
      code point. Marks are part of a word: they are the vowels of Indic scripts, and Korean has none after NFC.
      Marks that enclose or choose a variant are not: a keycap of 1 is 1.
    - ALONE: in tokens, what else is to be seen
    - ENDS: in words and tokens, what parts two of them. Format characters do not: a word with a soft hyphen is one.
    - SUSPECT: with it, a text may not be NFC

    In characters, emoji, symbols, punctuation and white space are nothing: copies of a text differ in them first.
    """
    classes = np.zeros(CLASSES, np.uint32)
    ignored, maybe = frozenset(members(_NOT_SEEN)), frozenset(members(nfc_maybe()))
    for point in range(CLASSES - 1):
        composed = unicodedata.normalize("NFC", chr(point)) if point in maybe else chr(point)
        # Most that NFC changes are Hanja that stand for others, one for one, whatever is around them.
        is_suspect = len(composed) > 1 or ord(composed[0]) in maybe
        if point not in ignored:
            classes[point] = _class_of(point if is_suspect else ord(composed), unit)
        classes[point] |= SUSPECT * is_suspect
    classes.flags.writeable = False
    return classes


def _class_of(point: int, unit: Unit) -> int:
    category = unicodedata.category(chr(point))
    if category in ("Cf", "Cs", "Co", "Cn", "Me"):
        return 0
    if category[0] in "LMN" or (unit == "tokens" and category == "Pc"):
        return PART | (point if unit == "tokens" else _lower(point))
    if unit == "characters":
        return 0
    is_white = category[0] in "ZC"
    return ENDS if is_white or unit == "words" else ALONE | point


def _lower(point: int) -> int:
    lower = chr(point).lower()
    return ord(lower) if len(lower) == 1 else point
