"""N12: quotation marks."""

import pytest

from ixigen_data.core.edits import Edit
from ixigen_data.korean.quotes import Quotes


def test_curly_marks_stay() -> None:
    assert Quotes().format("“네” ‘예’ 『책』 「법」") == "“네” ‘예’ 『책』 「법」"


def test_transcripts_have_plain_ones() -> None:
    assert Quotes(style="ascii").format("“네” ‘예’ 『책』") == "\"네\" '예' 『책』"


@pytest.mark.parametrize("style", ["keep", "ascii"])
def test_stand_ins_are_plain(style: str) -> None:
    rule = Quotes.model_validate({"style": style})
    assert rule.format("It´s ＂네＂") == 'It\'s "네"'
    assert set("´＂") <= set(rule.triggers)
    assert rule.edits("가´") == [Edit(1, "´", "'")]


def test_other_marks_stay() -> None:
    for text in ("`a`", "5′ 3″", "«a»", "é", "'\""):
        assert Quotes(style="ascii").format(text) == text
