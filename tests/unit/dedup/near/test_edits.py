"""The edits that near-duplicates are measured with change what they say, as much of it as they say, always the same."""

import random
import re
from collections.abc import Callable

import pytest

from benchmarks.edits import (
    Edit,
    change_particles,
    reformat,
    remove_spaces,
    rename_identifiers,
    replace_words,
    share_block,
)

KOREAN = '정부는 학교에서 국민의 건강을 위하여, "약관"을 서울로 보냈다. ' * 50
ENGLISH = "The quick brown foxes jumped over seven lazy dogs near some river. " * 20
CODE = "def total(items, rate):\n    return [item * rate for item in items]\n\n\nprint(total([1,2], 3))\n"


def changed(one: str, other: str, split: Callable[[str], list[str]] = str.split) -> int:
    words, others = split(one), split(other)
    assert len(words) == len(others)
    return sum(a != b for a, b in zip(words, others, strict=True))


@pytest.mark.parametrize("share", [0.02, 0.05, 0.1])
def test_that_share_of_eojeols_gets_another_particle(share: float) -> None:
    edited = change_particles(KOREAN, share, random.Random(1))
    assert changed(KOREAN, edited) == round(share * len(KOREAN.split()))
    stems = re.sub(r"(은|는|이|가|을|를|과|와|으로|로|도|만|에서|에|의)(?=[\s,.])", "", KOREAN)
    assert all(edited_word[0] == word[0] for word, edited_word in zip(stems.split(), edited.split(), strict=True))


def test_particles_fit_the_syllable_before_them() -> None:
    edited = change_particles("나무는 사람은 " * 500, 1, random.Random(1)).split()
    assert {word.removeprefix("나무") for word in edited[::2]} == set("가 를 와 로 도 만 에 의 에서".split())
    assert {word.removeprefix("사람") for word in edited[1::2]} == set("이 을 과 으로 도 만 에 의 에서".split())


def test_a_share_of_spaces_goes_and_nothing_else() -> None:
    edited = remove_spaces(KOREAN, 0.2, random.Random(1))
    assert edited.replace(" ", "") == KOREAN.replace(" ", "")
    spaces = KOREAN.strip().count(" ")
    assert edited.count(" ") == KOREAN.count(" ") - round(0.2 * spaces)


def test_a_share_of_words_becomes_others_of_the_text() -> None:
    edited = replace_words(ENGLISH, 0.05, random.Random(1))
    assert changed(ENGLISH, edited) == round(0.05 * len(ENGLISH.split()))
    assert set(re.findall(r"\w+", edited)) <= set(re.findall(r"\w+", ENGLISH))


def test_a_name_is_renamed_everywhere() -> None:
    edited = rename_identifiers(CODE, 0.3, random.Random(1))
    names = {name: set(re.findall(rf"\b{name}\d*\b", edited)) for name in ("total", "items", "rate", "item", "print")}
    assert all(len(found) == 1 for found in names.values())
    assert sum(found != {name} for name, found in names.items()) == 2  # of five names, keywords are none
    assert "return" in edited


def test_layout_changes_nothing_but_white_space() -> None:
    edited = reformat(CODE, 1, random.Random(1))
    assert "".join(edited.split()) == "".join(CODE.split())
    assert "\n        return [ item" in edited
    assert "\n\n" not in edited


@pytest.mark.parametrize("ratio", [0.5, 0.7])
def test_a_block_is_that_much_of_a_text(ratio: float) -> None:
    shared = share_block(ENGLISH * 2, KOREAN, ratio, random.Random(1))
    assert KOREAN in shared
    assert len(KOREAN) / len(shared) == pytest.approx(ratio, abs=0.01)


@pytest.mark.parametrize(
    "edit",
    [change_particles, remove_spaces, replace_words, rename_identifiers, reformat],
    ids=lambda edit: edit.__name__,
)
def test_the_same_chance_gives_the_same_text(edit: Edit) -> None:
    text = KOREAN + ENGLISH + CODE
    assert edit(text, 0.1, random.Random(3)) == edit(text, 0.1, random.Random(3)) != text
    assert edit("", 0.5, random.Random(3)) == ""
