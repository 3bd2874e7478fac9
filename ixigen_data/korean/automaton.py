"""Jamo typed one after the other, put together as an input method does."""

import re
from collections.abc import Iterator

ONSETS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
CODAS = "ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"

_VOWEL_SET = frozenset(VOWELS)
_VOWEL_PAIRS = {"ㅗㅏ": "ㅘ", "ㅗㅐ": "ㅙ", "ㅗㅣ": "ㅚ", "ㅜㅓ": "ㅝ", "ㅜㅔ": "ㅞ", "ㅜㅣ": "ㅟ", "ㅡㅣ": "ㅢ"}
_CODA_PAIRS = {
    "ㄱㅅ": "ㄳ",
    "ㄴㅈ": "ㄵ",
    "ㄴㅎ": "ㄶ",
    "ㄹㄱ": "ㄺ",
    "ㄹㅁ": "ㄻ",
    "ㄹㅂ": "ㄼ",
    "ㄹㅅ": "ㄽ",
    "ㄹㅌ": "ㄾ",
    "ㄹㅍ": "ㄿ",
    "ㄹㅎ": "ㅀ",
    "ㅂㅅ": "ㅄ",
}
_PARTS_OF_CODA = {coda: pair for pair, coda in _CODA_PAIRS.items()}
_CLUSTER_BETWEEN_VOWELS = re.compile(f"(?<=[{VOWELS}])[{''.join(_PARTS_OF_CODA)}](?=[{VOWELS}])")


def composed(jamo: str) -> str:
    """Return compatibility jamo as the syllables that they spell on a keyboard of two sets; what spells none stays.

    A consonant closes a syllable unless a vowel follows, which takes it, or the second half of a cluster, as its onset.

    >>> composed("ㄷㅏㄹㄱㅇㅣ"), composed("ㄷㅏㄹㄱㅣ"), composed("ㄱㅅ")
    ('닭이', '달기', 'ㄱㅅ')
    """
    return "".join(_syllables(_CLUSTER_BETWEEN_VOWELS.sub(lambda cluster: _PARTS_OF_CODA[cluster[0]], jamo)))


def _syllables(jamo: str) -> Iterator[str]:
    place = 0
    while place < len(jamo):
        if jamo[place] not in ONSETS or not _is_vowel(jamo, place + 1):
            yield jamo[place]
            place += 1
            continue
        onset, vowel = jamo[place], jamo[place + 1]
        place += 2
        if _is_vowel(jamo, place) and vowel + jamo[place] in _VOWEL_PAIRS:
            vowel = _VOWEL_PAIRS[vowel + jamo[place]]
            place += 1
        coda = _coda(jamo, place)
        place += len(coda)
        number = CODAS.index(_CODA_PAIRS.get(coda, coda)) + 1 if coda else 0
        yield chr(0xAC00 + (ONSETS.index(onset) * len(VOWELS) + VOWELS.index(vowel)) * (len(CODAS) + 1) + number)


def _coda(jamo: str, place: int) -> str:
    """Return the consonants that close a syllable whose vowel ends before a place: none, one, or two of a cluster."""
    if jamo[place : place + 2] in _CODA_PAIRS and not _is_vowel(jamo, place + 2):
        return jamo[place : place + 2]
    if place < len(jamo) and jamo[place] in CODAS and not _is_vowel(jamo, place + 1):
        return jamo[place]
    return ""


def _is_vowel(jamo: str, place: int) -> bool:
    return jamo[place : place + 1] in _VOWEL_SET
