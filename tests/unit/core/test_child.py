"""A text that crashes, hangs or fills the process that answers it costs itself."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ixigen_data.core.child import Child, ChildError, Crashed, Raised, TextError, TooMuchWork

FAKE = (sys.executable, str(Path(__file__).with_name("child_fakes.py")))


def child_of(*command: str, wait_seconds: float = 5) -> Child:
    return Child(command or FAKE, "shouts", "a voice", cpu_seconds=1, wait_seconds=wait_seconds)


@pytest.fixture(scope="module")
def child() -> Iterator[Child]:
    with child_of() as opened:
        yield opened


def test_texts_are_answered_in_order(child: Child) -> None:
    texts = ["a", "", "한글", "\ud800", "print", "x" * 300_000]
    assert [child.answer(text) for text in texts] == ["A", "", "한글", "?", "PRINT", "X" * 300_000]


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("crash", Crashed, "signal 11"),
        ("work", TooMuchWork, "more than 1 CPU-seconds"),
        ("raise", Raised, "KeyError"),
        ("memory", Raised, "MemoryError"),
    ],
)
def test_a_bad_text_is_told_and_the_next_one_is_answered(
    child: Child, text: str, kind: type[TextError], message: str
) -> None:
    with pytest.raises(kind, match=message):
        child.answer(text)
    assert child.answer("next") == "NEXT"


def test_a_text_that_ends_the_process_is_tried_in_a_fresh_one(child: Child, tmp_path: Path) -> None:
    text = str(tmp_path / "once")
    assert child.answer(text) == text.upper()
    assert os.path.exists(text)


def test_a_text_that_waits_for_ever_is_ended_by_the_clock() -> None:
    with child_of(wait_seconds=0.3) as child:
        with pytest.raises(TooMuchWork, match="more than 1 CPU-seconds"):
            child.answer("sleep")
        assert child.answer("next") == "NEXT"


def test_what_the_system_does_is_no_fault_of_the_text(child: Child) -> None:
    with pytest.raises(ChildError, match="the system killed the process that shouts, twice; free memory"):
        child.answer("killed")
    with (
        child_of(sys.executable, "-c", "raise SystemExit(3)") as broken,
        pytest.raises(ChildError, match="a voice inst"),
    ):
        broken.answer("a")
    with (
        child_of("/no/such/program") as missing,
        pytest.raises(ChildError, match=r"shouts cannot be started: .*No such"),
    ):
        missing.answer("a")
