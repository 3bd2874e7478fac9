"""The counts of the kernel are those of plain Python, and their classes are what they are called."""

import unicodedata

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from ixigen_data.core.documents import text_buffers
from ixigen_data.korean.quality.counts import Counted, _class, counts_all, counts_of
from ixigen_data.korean.quality.counts_kernel import DIGIT, HANGUL, JAMO, LATIN, LETTER, MARK, RARE, WHITE, most_eojeols

TEXTS = st.text(st.sampled_from("가는다을를었뷁좉ㅋa1 .…#-•\n\t樂é👨０・(\u3000\x00"), max_size=40)


def counted(text: str) -> dict[Counted, int]:
    (row,) = counts_all(pa.array([text], pa.large_string()))
    assert row.tolist() == counts_of(text).tolist()
    return {column: int(row[column]) for column in Counted}


@settings(deadline=None)  # kernels compile in the first example
@given(st.lists(TEXTS, max_size=6))
def test_the_kernel_counts_as_plain_python(texts: list[str]) -> None:
    rows = counts_all(pa.array(texts, pa.large_string()))
    assert rows.tolist() == [counts_of(text).tolist() for text in texts]


def test_eojeols_and_lines() -> None:
    counts = counted("1. 이 법은 다음과 같다.\n\n- 은행…\n홈\n#태그 100%\n")
    assert counts[Counted.EOJEOLS] == 10
    assert counts[Counted.LETTERED] == 7
    assert counts[Counted.HANGUL_STARTS] == 6
    assert counts[Counted.HANGUL_ENDS] == 7
    assert counts[Counted.SUFFIXED] == 4  # 이, 법은, 다음과, 같다
    assert counts[Counted.SUFFIXES].bit_count() == 4
    assert (counts[Counted.LINES], counts[Counted.LINE_ENDS]) == (4, 5)
    assert (counts[Counted.CLOSED_LINES], counts[Counted.BULLETS], counts[Counted.ELLIPSES]) == (2, 1, 1)
    assert counts[Counted.OPEN_SHORT_LINES] == 2
    assert counts[Counted.SYMBOLS] == 2


def test_syllables() -> None:
    counts = counted("를를를 학교를 좉컼")
    assert counts[Counted.TOP_SYLLABLE] == 4
    assert counts[Counted.RARE] == 2
    assert counts[Counted.INNER_STARTS] == 1
    # A syllable that the document before is full of does not count in the next.
    rows = counts_all(pa.array(["가" * 50, "나가", ""], pa.large_string()))
    assert rows[:, Counted.TOP_SYLLABLE].tolist() == [50, 1, 0]


def test_every_code_point_has_the_kind_that_unicode_says() -> None:
    letters, marks = set(), set()
    for point in range(0x10000):
        if 0xD800 <= point < 0xE000:
            continue
        character, kind = chr(point), _class(chr(point)) & 7
        category = unicodedata.category(character)
        if kind == HANGUL:
            assert "가" <= character <= "힣"
        elif kind == LETTER and category[0] in "PSZ":
            letters.add(unicodedata.name(character).split()[0])
        elif kind == MARK and category[0] == "L":
            marks.add(unicodedata.name(character).split()[0])
        assert (kind == WHITE) == (character in " \t\n")
        assert (kind == LATIN) == (character.isascii() and character.isalpha())
        assert kind != DIGIT or character.isdigit()
        assert (kind == JAMO) == ("ㄱ" <= character <= "ㆎ")
    # Marks of scripts that Korean documents do not hold pass for letters, and some symbols made of letters for marks.
    assert not letters & {"LEFT", "RIGHT", "EM", "EN", "BULLET", "MIDDLE", "IDEOGRAPHIC", "FULLWIDTH", "CIRCLED", "BOX"}
    assert "CJK" not in marks
    assert "HANGUL" not in marks


def test_rare_syllables_are_those_that_ks_x_1001_lacks() -> None:
    rare = [chr(point) for point in range(0xAC00, 0xD7A4) if _class(chr(point)) & RARE]
    assert len(rare) == 11_172 - 2_350
    assert {"똠", "펲", "뷁"} <= set(rare)


def test_short_documents_may_be_left_out() -> None:
    rows = counts_all(pa.array(["가 나", "가 나 다"], pa.large_string()), 3)
    assert not rows[0].any()
    assert rows[1].tolist() == counts_of("가 나 다").tolist()


@settings(deadline=None)  # kernels compile in the first example
@given(TEXTS)
def test_no_text_has_more_eojeols_than_told(text: str) -> None:
    data, _ = text_buffers(pa.array([text], pa.large_string()))
    assert most_eojeols(np.array(data[: len(text.encode())])) >= counts_of(text)[Counted.EOJEOLS]
