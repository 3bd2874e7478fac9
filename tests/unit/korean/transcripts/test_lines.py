"""Lines are edited until they settle, or not at all."""

from typing import Literal

import pyarrow as pa

from ixigen_data.korean.transcripts.lines import LineFormatter


class Shorten(LineFormatter):
    TRIGGERS = "a"

    rule: Literal["shorten"] = "shorten"

    def lines(self, text: str) -> str:
        return text.replace("aab", "ab")


def test_a_line_is_edited_until_it_settles() -> None:
    assert Shorten().format("aaaab\naaaaaaaaaab\nx") == "ab\naaaaaaaaaab\nx"
    assert Shorten().format_all(pa.array(["aaaab\nx", "", "y"], pa.large_string())).to_pylist() == ["ab\nx", "", "y"]
