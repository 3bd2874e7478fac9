"""Copies as they are made in the wild, seeded: other particles, lost spaces, other words, other names, other layout.

An edit is a function of a text, the share of places to change and a generator of chances. The share is of all eojeols,
spaces, words or names of the text, rounded; where fewer places can be changed, all of those are.
"""

import keyword
import random
import re
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

Edit = Callable[[str, float, random.Random], str]
_T = TypeVar("_T")

# The commonest behind a noun that ends in a consonant, and in a vowel: what was rewritten stays grammatical.
# Endings of verbs that look like a particle count as one.
_BOTH: Final = ("도", "만", "에", "의", "에서")
_BEHIND_CONSONANT: Final = ("은", "이", "을", "과", "으로", *_BOTH)
_BEHIND_VOWEL: Final = ("는", "가", "를", "와", "로", *_BOTH)
_PARTICLES: Final = "|".join(sorted({*_BEHIND_CONSONANT, *_BEHIND_VOWEL}))
# The shortest stem first: so it is "에서" of "학교에서", not what is left of a longer stem.
_EOJEOL: Final = re.compile(rf"(?<!\S)(?P<stem>\S*?[가-힣])(?P<particle>{_PARTICLES})(?=[^\w\s]*(?!\S))")
_SPACE: Final = re.compile(r"(?<=\S) (?=\S)")
_WORD: Final = re.compile(r"[A-Za-z]{3,}")
_IDENTIFIER: Final = re.compile(r"\b[A-Za-z_]\w{2,}\b")
_SYLLABLES: Final = 28  # of Hangul, from one without a final consonant to the next


def change_particles(text: str, share: float, chance: random.Random) -> str:
    """Give a share of the eojeols another particle, one that fits the syllable before it."""

    def other(match: re.Match[str]) -> str:
        closed = (ord(match["stem"][-1]) - ord("가")) % _SYLLABLES != 0
        fitting = _BEHIND_CONSONANT if closed else _BEHIND_VOWEL
        return match["stem"] + chance.choice([one for one in fitting if one != match["particle"]])

    places = list(_EOJEOL.finditer(text))
    return _replaced(text, _sample(places, round(share * len(text.split())), chance), other)


def remove_spaces(text: str, share: float, chance: random.Random) -> str:
    """Remove a share of the single spaces within lines."""
    places = list(_SPACE.finditer(text))
    return _replaced(text, _sample(places, round(share * len(places)), chance), lambda _: "")


def replace_words(text: str, share: float, chance: random.Random) -> str:
    """Put other words of the same text in the place of a share of its words."""
    places = list(_WORD.finditer(text))
    words = sorted({match.group() for match in places})

    def other(match: re.Match[str]) -> str:
        return chance.choice([word for word in words if word != match.group()] or [match.group()])

    return _replaced(text, _sample(places, round(share * len(text.split())), chance), other)


def rename_identifiers(text: str, share: float, chance: random.Random) -> str:
    """Give a share of the distinct names and words of a program other names, everywhere."""
    names = sorted({match.group() for match in _IDENTIFIER.finditer(text)} - set(keyword.kwlist))
    chosen = _sample(names, round(share * len(names)), chance)
    renamed = {name: f"{name}{chance.randrange(10, 100)}" for name in chosen}
    return _IDENTIFIER.sub(lambda match: renamed.get(match.group(), match.group()), text)


def reformat(text: str, share: float, chance: random.Random) -> str:
    """Indent twice as deep, put spaces around brackets and behind commas, and drop a share of the empty lines."""
    lines = [re.sub(r"^[ \t]+", lambda indent: indent.group() * 2, line) for line in text.split("\n")]
    kept = "\n".join(line for line in lines if line.strip() or chance.random() >= share)
    return re.sub(r",(?=\S)", ", ", re.sub(r"(?<=\S)(?=[)\]}])|(?<=[(\[{])(?=\S)", " ", kept))


def share_block(own: str, block: str, ratio: float, chance: random.Random) -> str:
    """Return the block with as much of its own text before or behind it that the block is `ratio` of the characters."""
    mine = own[: round(len(block) * (1 - ratio) / ratio)]
    return f"{block}\n{mine}" if chance.random() < 1 / 2 else f"{mine}\n{block}"


def _sample(places: Sequence[_T], wanted: int, chance: random.Random) -> list[_T]:
    """Return that many of the places, all where there are fewer, in order."""
    return [places[index] for index in sorted(chance.sample(range(len(places)), min(wanted, len(places))))]


def _replaced(text: str, places: Sequence[re.Match[str]], other: Callable[[re.Match[str]], str]) -> str:
    pieces, end = [], 0
    for match in places:
        pieces += [text[end : match.start()], other(match)]
        end = match.end()
    return "".join([*pieces, text[end:]])
