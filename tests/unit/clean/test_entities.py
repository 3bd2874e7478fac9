"""Entities become what they stand for, and nothing else does."""

import html
import time

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ixigen_data.clean.entities import Entities
from ixigen_data.core.edits import Edit

RULE = Entities()
EDITED = [
    ("요금&nbsp;제 &amp;lt;5G&amp;gt;", "요금\xa0제 <5G>"),
    ("&#44032;&#xAC01; &lt;p&gt;", "가각 <p>"),
    ("&#128;&#8482;", "€™"),  # as browsers read it: cp1252
    ("&l&#116;;", "<"),
    ("&#1;", ""),
    ("Q&amp;A &&amp;", "Q&A &&"),
    ("&l\u200bt; ＆ｌｔ； &lt\u037e", "< < <"),  # later rules would bring them to light
    ("&amp;amp;amp;lt; &gt;", "&amp;amp;amp;lt; >"),
]
LEFT = [
    "R&D, AT&T; a&b;c &c.",
    "https://a.kr/?a=1&lang=ko&copy=2",
    "&notit; &section; &nosuch; &copyright;",  # `html.unescape`: ¬it; §ion; …
    "&#0; &#65533; &#xD800; &#1114112;",
    "&lt &amp",
    "&amp;amp;lt;",  # twice unescaped it is an entity still: it was written to be one
    "& lt; &\nlt;",
]


@pytest.mark.parametrize(("text", "edited"), EDITED)
def test_entities_are_unescaped(text: str, edited: str) -> None:
    assert RULE.format(text) == edited
    assert RULE.format(edited) == edited


@pytest.mark.parametrize("text", LEFT)
def test_what_is_no_entity_stays(text: str) -> None:
    assert RULE.format(text) == text
    assert list(RULE.edits(text)) == []


def test_each_stretch_is_an_edit() -> None:
    assert list(RULE.edits("가&lt;나 R&D &gt;&amp;")) == [Edit(1, "&lt;", "<"), Edit(11, "&gt;&amp;", ">&")]


PIECES = st.sampled_from(
    [*"& # ; amp; lt; nbsp; 38; x26; l t a 가 ； ＆ ＃ 1".split(), "\u200b", "\u037e", " ", "\n", "\r"]
)


@given(st.lists(PIECES, max_size=16).map("".join))
@settings(deadline=None)
def test_a_second_run_finds_nothing(text: str) -> None:
    edited = RULE.format(text)
    assert RULE.format(edited) == edited
    assert RULE.format_all(pa.array([text, edited], pa.large_string())).to_pylist() == [edited, edited]


@given(st.text("&;#amplt38x", max_size=16))
def test_what_is_unescaped_agrees_with_html(text: str) -> None:
    edited = RULE.format(text)
    assert edited in (text, html.unescape(text), html.unescape(html.unescape(text))) or "&" in edited


@pytest.mark.parametrize("piece", ["&", "&amp;", "&a", "&#", "＆ａ", "a", "a;", "amp;"])
def test_hostile_texts_take_linear_time(piece: str) -> None:
    started = time.process_time()
    RULE.format("&" + piece * 500_000 + ";")
    assert time.process_time() - started < 10  # 0.2 to 2 s; a search from every ampersand would take hours
