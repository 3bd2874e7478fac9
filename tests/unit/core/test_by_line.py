"""Edits of lines and words agree with plain Python, and see no other text."""

import json
import re
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from ixigen_data.core.by_line import edit_lines, edit_runs, edit_words

TRIGGERS = "·ㆍ＇👨é&"  # of one, two, three and four bytes
PIECES = st.sampled_from([*TRIGGERS, *"ab가나ㅋ樂\n \t、👩ê", "\n\n", "요금제를 바꾸고 " * 30, "plain " * 60])
TEXTS = st.lists(st.lists(PIECES, max_size=12).map("".join), max_size=8)


def bracketed(text: str) -> str:
    """An edit of words: each by itself."""
    return " ".join(f"<{word}>" if re.search(f"[{TRIGGERS}]", word) else word for word in text.split(" "))


def lines_edited(text: str, edit: Callable[[str], str]) -> str:
    """The plain-Python twin of `edit_lines`."""
    return "\n".join(edit(line) if re.search(f"[{TRIGGERS}]", line) else line for line in text.split("\n"))


def column_of(texts: list[str]) -> pa.LargeStringArray:
    return pa.array(["skipped·", *texts, "· beyond"], pa.large_string()).slice(1, len(texts))


@given(TEXTS)
@settings(deadline=None)
def test_neighbouring_lines_are_edited_together(texts: list[str]) -> None:
    seen: list[str] = []

    def edit(lines: str) -> str:
        seen.append(lines)
        return "\n".join(f"[{line}]" for line in lines.split("\n"))

    edited = edit_runs(column_of(texts), TRIGGERS, edit)
    assert edited.to_pylist() == [lines_edited(text, lambda line: f"[{line}]") for text in texts]
    runs = [re.findall(f"^.*[{TRIGGERS}].*$(?:\n.*[{TRIGGERS}].*$)*", text, re.MULTILINE) for text in texts]
    assert seen == [run for runs_of_text in runs for run in runs_of_text]


def test_a_run_of_lines_is_cut() -> None:
    lengths: list[int] = []
    edit_runs(column_of(["·\n" * 1000]), TRIGGERS, lambda lines: lengths.append(lines.count("\n")) or lines)
    assert lengths == [255, 255, 255, 231]


@given(TEXTS)
@settings(deadline=None)  # kernels compile in the first example
def test_lines_are_edited_whole(texts: list[str]) -> None:
    edited = edit_lines(column_of(texts), TRIGGERS, lambda line: f"[{line}]\n")
    edited.validate(full=True)
    assert edited.to_pylist() == [lines_edited(text, lambda line: f"[{line}]\n") for text in texts]


@given(TEXTS)
@settings(deadline=None)
def test_words_are_edited_one_by_one_or_together(texts: list[str]) -> None:
    seen: list[str] = []

    def noted(words: str) -> str:
        seen.append(words)
        return bracketed(words)

    edited = edit_words(column_of(texts), TRIGGERS, noted)
    assert edited.to_pylist() == ["\n".join(map(bracketed, text.split("\n"))) for text in texts]
    assert all("\n" not in words and re.search(f"[{TRIGGERS}]", words) for words in seen)


def test_every_trigger_is_found_wherever_it_stands() -> None:
    for trigger in ("a", "é", "ㆍ", "👨", "\U0010ffff"):
        texts = [f"{'가' * before}{trigger}{'나' * 99}" for before in range(300)] + ["가" * 300 + trigger, trigger]
        edited = edit_lines(pa.array(texts, pa.large_string()), trigger, lambda line: str(len(line)))
        assert edited.to_pylist() == [str(len(text)) for text in texts]


def test_more_hits_than_are_found_at_a_time() -> None:
    text = "·\n" * 150_000 + "·"
    assert edit_lines(column_of([text, "x", text]), "·", lambda _: "").to_pylist() == [
        "\n" * 150_000,
        "x",
        "\n" * 150_000,
    ]
    words = edit_words(column_of([text]), "·", lambda word: word + word)
    assert words.to_pylist() == [text.replace("·", "··")]


def test_an_untouched_column_is_itself() -> None:
    column = column_of(["가나다", "·"])
    assert edit_lines(column, "·", str) is column
    assert edit_lines(column, "x", str.upper) is column
    assert edit_words(pa.array([], pa.large_string()), "x", str.upper).to_pylist() == []


def test_an_edit_that_raises_is_heard() -> None:
    def fails(line: str) -> str:
        raise ValueError(f"cannot edit {line!r}")

    with pytest.raises(ValueError, match="cannot edit 'a·'"):
        edit_lines(column_of(["a·"]), "·", fails)


def test_a_long_line_takes_linear_time() -> None:
    column = pa.array(["가나·다 " * 1_000_000], pa.large_string())  # 12 MB, a hit every 12 bytes
    edit_words(column_of(["·"]), "·", str)  # compiles
    started = time.process_time()
    assert edit_words(column, "·", str) is column
    assert edit_lines(column, "·", str) is column
    assert time.process_time() - started < 5  # 0.2 s; a search from every hit would take hours


@pytest.mark.parametrize("name", ["ko_general/petitions", "en_general/gutenberg", "dialogue/spoken_3i4k"])
def test_real_text(corpora: Path, name: str) -> None:
    with zstandard.open(corpora / f"{name}.jsonl.zst", "rt", encoding="utf-8") as stream:
        texts = [json.loads(line)["text"] for line in islice(stream, 60)]
    edited = edit_lines(column_of(texts), TRIGGERS + "…“", lambda line: re.sub(f"[{TRIGGERS}…“]+", "", line))
    assert edited.to_pylist() == [re.sub(f"[{TRIGGERS}…“]+", "", text) for text in texts]
