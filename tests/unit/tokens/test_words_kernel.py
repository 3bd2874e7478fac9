import re

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ixigen_data.core.documents import text_buffers
from ixigen_data.tokens.words_kernel import count_words

# Unicode's White_Space; str.split() would add U+001C to U+001F.
WHITE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
LIKE_WHITE = "\u200b\u2018\u2026\u2041\u300c\u3001\u1681\xb7\x1c\x84"  # share bytes with white code points
WORD = re.compile(f"[^{WHITE}]+")


def words(texts: list[str]) -> int:
    return count_words(*text_buffers(pa.array(texts, pa.large_string())))


def twin(texts: list[str]) -> int:
    return sum(len(WORD.findall(text)) for text in texts)


@pytest.mark.parametrize("space", WHITE)
def test_every_white_code_point_parts_words(space: str) -> None:
    assert words([f"요금{space}안내", f"{space}a{space}{space}b{space}", space, ""]) == 4


@pytest.mark.parametrize("letter", LIKE_WHITE)
def test_others_do_not(letter: str) -> None:
    assert words([f"요금{letter}안내", letter]) == 2


@given(st.lists(st.text(st.sampled_from(WHITE + LIKE_WHITE + "가a😀ㅋ")), max_size=6))
def test_the_kernel_counts_as_its_twin(texts: list[str]) -> None:
    assert words(texts) == twin(texts)


@pytest.mark.parametrize("ahead", range(2_040, 2_052))
@pytest.mark.parametrize("space", [" ", "\u3000", "\xa0", "가", "😀"])
def test_blocks_divide_nothing(ahead: int, space: str) -> None:
    texts = ["a" * ahead + space + "b" * 3_000, "c", "d" * 10 + space]
    assert words(texts) == twin(texts)


def test_a_slice_of_a_column() -> None:
    column = pa.array(["가 나 다", "a b", "c"], pa.large_string())
    assert count_words(*text_buffers(column.slice(1, 1))) == 2
