"""Characters replaced by others: one by one as in bulk."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ixigen_data.core.edits import Edit, apply
from ixigen_data.core.substitution import Substitution

EVERYWHERE = Substitution({"㈜": "(주)", "№": "No.", "−": "-", "\u00b4": "'", "𝐀": "A", "x": "", "]": "^"})
BESIDE = Substitution(
    {"ㆍ": "·", "・": "·", "\U0001f600": ":)", "-": "--"},
    unless_beside={"ㆍ": "ㄱ-ㅎ", "・": "ァ-ヺ\U0001f600", "-": "0-9é"},
)
TEXTS = st.lists(
    st.one_of(st.sampled_from([*"㈜№−´𝐀x]ㆍ・-ㅎァ가é0a^ \n\U0001f600\U0010ffff"]), st.characters(codec="utf-8")),
    max_size=12,
).map("".join)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("㈜이노 № 7", "(주)이노 No. 7"),
        ("−3 ´ x] 𝐀", "-3 ' ^ A"),
        ("", ""),
        ("가나다", "가나다"),
    ],
)
def test_characters_are_replaced(before: str, after: str) -> None:
    assert EVERYWHERE.format(before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("4ㆍ15", "4·15"),
        ("ㅎㆍㄴ", "ㅎㆍㄴ"),
        ("ㅎㆍ가", "ㅎㆍ가"),
        ("가ㆍㅎ", "가ㆍㅎ"),
        ("ㅎ ㆍ", "ㅎ ·"),
        ("ㅎㆍㆍ", "ㅎㆍ·"),  # what an edit writes is nobody's neighbour
        ("ァ・\U0001f600・a", "ァ・:)・a"),
        ("1-a-b-é", "1-a--b-é"),
        ("ㆍ", "·"),
    ],
)
def test_some_neighbours_keep_a_character(before: str, after: str) -> None:
    assert BESIDE.format(before) == after


def test_edits_say_where() -> None:
    assert list(EVERYWHERE.edits("가㈜ x")) == [Edit(1, "㈜", "(주)"), Edit(3, "x", "")]


def test_triggers_are_a_set() -> None:
    assert BESIDE.triggers == "-ㆍ・\U0001f600".replace("ㆍ・", "・ㆍ")
    assert Substitution({}).apply(pa.array(["가"], pa.large_string())).to_pylist() == ["가"]


@given(st.lists(TEXTS, max_size=6))
@settings(deadline=None)  # the kernel compiles in the first example
def test_a_column_is_edited_as_its_texts_are(texts: list[str]) -> None:
    column = pa.array(["㈜㈜㈜", *texts], pa.large_string())[1:]  # a column need not begin where its buffer does
    for substitution in (EVERYWHERE, BESIDE):
        edited = substitution.apply(column).to_pylist()
        assert edited == [substitution.format(text) for text in texts]
        assert edited == [apply(text, substitution.edits(text)) for text in texts]


def test_a_text_of_nothing_but_the_longest_growth_fits() -> None:
    assert EVERYWHERE.apply(pa.array(["㈜" * 1_001], pa.large_string())).to_pylist() == ["(주)" * 1_001]


def test_what_cannot_be_replaced_is_told() -> None:
    with pytest.raises(ValueError, match=r"U\+30000 cannot be replaced; use characters up to U\+2FFFE"):
        Substitution({"\U00030000": "x"})
    with pytest.raises(ValueError, match="'ㄱ' is not replaced at all; use the characters that are"):
        Substitution({"a": "b"}, unless_beside={"ㄱ": "0-9"})
    with pytest.raises(ValueError, match="up to 255 characters and eight sets of neighbours; split it"):
        Substitution({chr(0x4E00 + i): "" for i in range(256)})
