"""From deaths to a document, without a process: every answer of the inquest, and how many deaths a document costs."""

from pathlib import Path

import pytest

from ixigen_data.core.errors import EngineError
from ixigen_data.engine.decisions import Origin, decided, decisions_in, read_decisions
from ixigen_data.engine.executor import Job
from ixigen_data.engine.inquest import MAX_DECISIONS, Inquest, death_of
from ixigen_data.engine.local import _context
from ixigen_data.engine.slate import Range, Slate

BATCH = Range(100, 10_100)


@pytest.fixture
def slate() -> Slate:
    return Slate(Slate.allocate(_context()))


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job("plan", "clean/web", 3, 10, str(tmp_path))


def die(inquest: Inquest, slate: Slate, at: Range | None, how: str = "SIGSEGV") -> str:
    """Leave a slate as a worker does that dies at work on some documents."""
    slate.begin(inquest.search)
    if at is not None:
        slate.meet(at, Origin(file="a.jsonl", offset=7, id="x").model_dump_json().encode())
        slate.enter("nfc")
    return inquest.died(slate, how)


def test_the_names_of_deaths() -> None:
    assert [death_of(code) for code in (-11, -6, -9, -24, 3)] == ["SIGSEGV", "SIGABRT", "SIGKILL", "stuck", "status 3"]


def test_the_same_place_twice_begins_a_search(slate: Slate, job: Job) -> None:
    inquest = Inquest(job)
    assert "repeated" in die(inquest, slate, BATCH)
    assert inquest.search is None
    assert die(inquest, slate, BATCH).endswith("at work on documents 100 to 10,099; looking for the document")
    assert inquest.search == BATCH


def test_different_places_are_bad_luck_and_then_an_error(slate: Slate, job: Job) -> None:
    inquest = Inquest(job)
    die(inquest, slate, BATCH)
    die(inquest, slate, None)
    with pytest.raises(
        EngineError, match=r"clean/web, task 3: its worker died 3 times; the last: .*\(SIGSEGV\) at work"
    ):
        die(inquest, slate, Range(0, 100))


@pytest.mark.parametrize("how", ["stuck", "memory"])
def test_work_without_end_is_searched_at_once(how: str, slate: Slate, job: Job) -> None:
    inquest = Inquest(job)
    die(inquest, slate, BATCH, how)
    assert inquest.search == BATCH


def test_a_document_is_found_in_three_deaths_and_the_search_goes_on_behind_it(slate: Slate, job: Job) -> None:
    inquest = Inquest(job)
    die(inquest, slate, BATCH, "stuck")
    for part in (Range(413, 726), Range(500, 510)):
        die(inquest, slate, part)
        assert inquest.search == part
    told = die(inquest, slate, Range(503, 504), "SIGABRT")
    assert told == "clean/web, task 3: document x of a.jsonl, at 7 is set aside: died:nfc:SIGABRT"
    assert inquest.search == Range(504, BATCH.stop)
    assert inquest.searched().endswith("repeated without what is set aside")
    assert inquest.search is None
    (decision,) = read_decisions(job.folder, 3)
    assert (decision.row, decision.told, decision.origin.id) == (503, "died:nfc:SIGABRT", "x")
    assert decided("0" * 32, job.folder) != "0" * 32
    assert decided("0" * 32, job.folder + "/other") == "0" * 32


def test_the_last_document_of_a_batch_ends_the_search(slate: Slate, job: Job) -> None:
    inquest = Inquest(job)
    die(inquest, slate, Range(5, 6), "stuck")
    die(inquest, slate, Range(5, 6))
    assert inquest.search is None


def test_a_kill_from_outside_decides_nothing(slate: Slate, job: Job) -> None:
    inquest = Inquest(job)
    die(inquest, slate, Range(5, 6), "SIGKILL")
    die(inquest, slate, Range(5, 6), "SIGKILL")
    die(inquest, slate, Range(5, 6), "SIGKILL")
    die(inquest, slate, Range(5, 6), "SIGKILL")
    with pytest.raises(EngineError, match=r"the worker that searched document 5 died \(SIGKILL\)"):
        die(inquest, slate, Range(5, 6), "SIGKILL")
    assert decisions_in(job.folder) == ()


def test_a_search_in_vain_is_not_begun_again(slate: Slate, job: Job) -> None:
    inquest = Inquest(job)
    die(inquest, slate, BATCH, "stuck")
    assert "no document ends a worker by itself" in inquest.searched()
    with pytest.raises(EngineError, match=r"documents 100 to 10,099 again, and none of them ends it alone"):
        die(inquest, slate, BATCH)


def test_a_step_that_kills_every_document_is_broken(slate: Slate, job: Job) -> None:
    inquest = Inquest(job)
    die(inquest, slate, BATCH, "stuck")
    for row in range(100, 100 + MAX_DECISIONS):
        die(inquest, slate, Range(row, row + 1))
    with pytest.raises(EngineError, match=r"more than 100 documents end their workers \(SIGSEGV in 'nfc'\)"):
        die(inquest, slate, Range(300, 301))


def test_an_origin_too_long_for_a_slate_is_left_out(slate: Slate, job: Job) -> None:
    inquest = Inquest(job)
    die(inquest, slate, Range(5, 6), "stuck")
    slate.begin(inquest.search)
    slate.meet(Range(5, 6), Origin(file="a" * 20_000).model_dump_json().encode())
    assert "document number 5 is set aside" in inquest.died(slate, "SIGSEGV")
