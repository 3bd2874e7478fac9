"""What kernels count and find, against what one reads."""

import random

import numpy as np
import pyarrow as pa
import pytest

from ixigen_data.core.documents import text_buffers
from ixigen_data.dedup.decontaminate.index import PassageIndex, units_of
from ixigen_data.dedup.decontaminate.items import Passage
from ixigen_data.dedup.decontaminate.limits import Limits
from ixigen_data.dedup.decontaminate.passages_kernel import BLOCK_UNITS, best_window, count_hits, find_ngrams
from ixigen_data.dedup.near.classes import classes_of

NGRAM = 9
LETTERS = [chr(code) for code in range(0xAC00, 0xAC00 + 500)]
Counted = list[tuple[int, int]]


def passages(chance: random.Random) -> list[str]:
    """Return passages of all lengths that are looked for."""
    return ["".join(chance.choices(LETTERS, k=chance.randrange(6, 60))) for _ in range(40)]


def documents(chance: random.Random, given: list[str]) -> list[str]:
    """Return documents of pieces of passages and other text, across the blocks in which they are read."""
    texts = ["", "가", "\n", given[0], "\n".join(given)]
    for _ in range(30):
        pieces = []
        for _ in range(chance.randrange(1, 12)):
            piece = chance.choice(given)
            cut = chance.randrange(len(piece))
            around = chance.choices([*LETTERS, " ", "\n", ".", "e", "é"], k=chance.choice([0, 3, 200, BLOCK_UNITS]))
            pieces += [piece[: cut + 15], "".join(around), chance.choice(["", " ", "\n"])]
        texts.append("".join(pieces))
    return texts


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("reach", [1, NGRAM, 150, 10_000])
def test_counts_are_those_that_one_reads(seed: int, reach: int) -> None:
    chance = random.Random(seed)
    given = passages(chance)
    texts = documents(chance, given)
    index = PassageIndex.of(
        [Passage("s", str(i), "q", text) for i, text in enumerate(given)], Limits(NGRAM, 0.6, 12, 6)
    )
    tables = index.tables
    data, offsets = text_buffers(pa.array(texts, pa.large_string()))
    hits, met = np.empty((len(texts), 2), np.int64), np.empty(len(texts), np.uint32)
    shared = (tables.bits, tables.keys, tables.line_keys, tables.shifts, tables.longest, reach)
    count_hits(data, offsets, classes_of("characters"), NGRAM, *shared, hits, met)
    assert [(together, lines) for together, lines in hits.tolist()] == counted(texts, given, reach)


def counted(texts: list[str], given: list[str], reach: int) -> Counted:
    """Return what `count_hits` does: most units within n-grams that follow each other closely, and lines."""
    ngrams = {text[i : i + NGRAM] for text in given for i in range(len(text) - NGRAM + 1)}
    short = {text for text in given if len(text) < 12}
    told = []
    for text in texts:
        own = letters(text)
        places = [i for i in range(len(own) - NGRAM + 1) if own[i : i + NGRAM] in ngrams]
        most = held = 0
        for number, place in enumerate(places):
            gap = place - places[number - 1] if number else max(reach, NGRAM) + 1
            held = min(gap, NGRAM) + (held if gap <= reach else 0)
            most = max(most, held)
        told.append((most, sum(letters(line) in short for line in text.split("\n"))))
    return told


def letters(text: str) -> str:
    return "".join(each for each in text if each.isalpha())


@pytest.mark.parametrize("seed", range(4))
def test_ngrams_are_found_where_they_stand(seed: int) -> None:
    chance = random.Random(seed)
    given = passages(chance)
    index = PassageIndex.of(
        [Passage("s", str(i), "q", text) for i, text in enumerate(given)], Limits(NGRAM, 0.6, 12, 6)
    )
    tables = index.tables
    for text in documents(chance, given):
        units, _ = units_of(text.encode())
        found = np.empty((len(units), 2), np.int64)
        count = find_ngrams(units, NGRAM, tables.bits, tables.keys, tables.shifts, tables.numbers, found)
        own = letters(text)
        ngrams = {text[i : i + NGRAM] for text in given for i in range(len(text) - NGRAM + 1)}
        places = [i for i in range(len(own) - NGRAM + 1) if own[i : i + NGRAM] in ngrams]
        assert found[:count, 1].tolist() == places
        for number, place in found[:count].tolist():
            at = int(np.flatnonzero(index.ngrams == number)[0])
            assert index.units[at : at + NGRAM].tolist() == units[place : place + NGRAM].tolist()


@pytest.mark.parametrize("seed", range(20))
def test_a_window_holds_as_many_different_ngrams_as_any(seed: int) -> None:
    chance = random.Random(seed)
    kinds, width = chance.randrange(1, 6), chance.randrange(1, 30)
    places = sorted(chance.sample(range(100), chance.randrange(1, 30)))
    numbers = [chance.randrange(kinds) for _ in places]
    first, last = best_window(np.array(numbers, np.int64), np.array(places, np.int64), kinds, width)
    windows = [
        len({number for number, place in zip(numbers, places, strict=True) if start <= place <= start + width})
        for start in places
    ]
    assert len(set(numbers[first:last])) == max(windows)
    assert places[last - 1] - places[first] <= width
    assert last == len(places) or places[last] - places[first] > width
