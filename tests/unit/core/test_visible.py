"""Text that a terminal would obey, or nobody would see."""

import pytest

from ixigen_data.core.visible import visible, visible_line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J\x1b]0;title\a", r"\x1b[2J\x1b]0;title\x07"),
        ("a\rb\x9b31m", r"a\rb\x9b31m"),
        ("user\u202etxt.exe\u2066\u200f", r"user\u202etxt.exe\u2066\u200f"),
        ("a\u200bb\ufeffc\u00add\u2060", r"a\u200bb\ufeffc\xadd\u2060"),
        ("tag\U000e0041 \ud800 \ufdd0 \ue000", r"tag\U000e0041 \ud800 \ufdd0 \ue000"),
        ("[red]한국어[/red] 日本 é ☕️ \ufffd\tx\n", "[red]한국어[/red] 日本 é ☕️ \ufffd\tx\n"),
    ],
)
def test_what_is_shown(text: str, shown: str) -> None:
    assert visible(text) == shown
    assert visible_line(text) == shown.replace("\t", r"\t").replace("\n", r"\n")
