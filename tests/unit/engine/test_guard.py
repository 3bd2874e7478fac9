"""What a guard gives out: batches as they are, without what was decided, or in pieces for a search."""

import resource
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest

from ixigen_data.core.documents import Int64s
from ixigen_data.engine import guard as guards
from ixigen_data.engine.decisions import Decision, Origin, add_decision
from ixigen_data.engine.guard import Guard, Searched, attend
from ixigen_data.engine.local import _context
from ixigen_data.engine.slate import Range, Slate


class Batch(list[int]):
    """Documents that are numbers."""

    def take(self, rows: Int64s) -> "Batch":
        return Batch(self[row] for row in rows.tolist())


BATCHES = [Batch(range(50)), Batch(), Batch(range(50, 150)), Batch([150])]


def guard(folder: Path) -> Guard[Batch]:
    return Guard(str(folder), 0, lambda batch, row: Origin(id=str(batch[row])))


@pytest.fixture
def slate(monkeypatch: pytest.MonkeyPatch) -> Slate:
    monkeypatch.setattr(guards, "_slate", None)
    slate = Slate(Slate.allocate(_context()))
    attend(slate)
    slate.begin(None)
    return slate


def set_aside(folder: Path, *rows: int) -> None:
    for row in rows:
        add_decision(str(folder), Decision(stage="s", task=0, row=row, step="nfc", reason="SIGSEGV"))


def given(folder: Path) -> list[list[int]]:
    return [list(documents) for documents in guard(folder).documents(BATCHES, len, "step")]


def searched(folder: Path, batches: Iterable[Batch]) -> list[int]:
    """Return the documents that a search works on."""
    met: list[int] = []
    try:
        for piece in guard(folder).pieces(batches, len):
            met += piece.documents
    except Searched:
        return met
    raise AssertionError


def test_batches_come_as_they_are(tmp_path: Path) -> None:
    assert given(tmp_path) == BATCHES
    assert guard(tmp_path).files == {}


def test_what_was_decided_is_kept_back_and_told(tmp_path: Path) -> None:
    set_aside(tmp_path, 150, 0, 60)
    pieces = list(guard(tmp_path).pieces(BATCHES, len))
    assert [list(piece.aside) for piece in pieces] == [[0], [], [60], [150]]
    assert [[each.row for each in piece.decisions] for piece in pieces] == [[0], [], [60], [150]]
    assert [document for piece in pieces for document in piece.documents] == [
        number for number in range(151) if number not in (0, 60, 150)
    ]
    (name,) = guard(tmp_path).files
    assert guard(tmp_path).files == {name: (tmp_path / name).stat().st_size}


def test_a_search_meets_every_document_of_its_range_once_and_no_other(tmp_path: Path, slate: Slate) -> None:
    set_aside(tmp_path, 77)
    for search in (Range(50, 150), Range(70, 90), Range(77, 78), Range(78, 79), Range(10, 50)):
        slate.begin(search)
        assert searched(tmp_path, BATCHES) == [number for number in range(search.first, search.stop) if number != 77]


def test_a_search_asks_for_no_batch_behind_its_range(tmp_path: Path, slate: Slate) -> None:
    def batches() -> Iterator[Batch]:
        yield BATCHES[0]
        raise AssertionError

    slate.begin(Range(10, 50))
    assert searched(tmp_path, batches()) == list(range(10, 50))


def test_the_slate_tells_where_the_work_is(tmp_path: Path, slate: Slate) -> None:
    held = guard(tmp_path)
    batches = held.documents([Batch(range(50)), Batch([50])], len, "nfc")
    seen = [(len(documents), slate.at, slate.step, slate.origin) for documents in batches]
    origin = Origin(id="50").model_dump_json().encode()
    assert seen == [(50, Range(0, 50), "nfc", b""), (1, Range(50, 51), "nfc", origin)]
    assert slate.at is None


def test_an_exception_leaves_the_slate_and_lifts_the_limits(tmp_path: Path, slate: Slate) -> None:
    before = resource.getrlimit(resource.RLIMIT_CPU)
    pieces = guard(tmp_path).pieces(BATCHES, len)
    next(pieces)
    assert resource.getrlimit(resource.RLIMIT_CPU)[0] > 0
    pieces.close()
    assert resource.getrlimit(resource.RLIMIT_CPU) == before
    assert slate.at == Range(0, 50)


def test_work_of_more_text_is_allowed_more(tmp_path: Path, slate: Slate) -> None:
    sizes = {0: 0, 1: 64 << 20}
    pieces = guard(tmp_path).pieces([Batch([0]), Batch([1])], lambda batch: sizes[batch[0]])
    limits = [resource.getrlimit(resource.RLIMIT_CPU)[0] for _ in pieces]
    assert limits[1] - limits[0] == pytest.approx(64 * guards.CPU_SECONDS_PER_MIB, abs=2)


def test_a_document_of_thirty_thousand_is_found_in_three_pieces() -> None:
    search = Range(0, 32_768)
    for _ in range(3):
        search = list(guards._parts(search, Range(0, 32_768)))[17]
    assert len(search) == 1
    assert np.sum([len(part) for part in guards._parts(Range(3, 1000), Range(0, 5000))]) == 997
