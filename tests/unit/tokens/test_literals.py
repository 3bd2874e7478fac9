"""Literal special tokens are counted, the longest at each place, never across documents."""

import pyarrow as pa
import pytest

from ixigen_data.tokens.literals import LiteralCounter


def counted(specials: list[str], *texts: str) -> dict[str, int]:
    counter = LiteralCounter(specials)
    counter.add(pa.array(texts, pa.large_string()))
    return counter.found()


@pytest.mark.parametrize(
    ("specials", "texts", "found"),
    [
        (["<|a|>"], ["<|a|><|a|> <|a|"], {"<|a|>": 2}),
        (["<|a|>"], ["<|a", "|>"], {}),
        (["ab", "abc"], ["abcab"], {"ab": 1, "abc": 1}),
        (["aa"], ["aaaaa"], {"aa": 2}),
        (["한", "한글"], ["한글 한 글"], {"한": 1, "한글": 1}),
        (["x"], ["x", "axx", ""], {"x": 3}),
        ([], ["anything"], {}),
        (["<a>"], [], {}),
    ],
)
def test_counts(specials: list[str], texts: list[str], found: dict[str, int]) -> None:
    assert counted(specials, *texts) == found


def test_counts_add_up_over_calls() -> None:
    counter = LiteralCounter(["<e>"])
    for text in ("<e>", "no", "<e><e>"):
        counter.add(pa.array([text], pa.large_string()))
    assert counter.found() == {"<e>": 3}
