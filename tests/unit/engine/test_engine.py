"""Tasks are run once, repeated when a worker dies, and skipped when they are complete."""

import time
from multiprocessing import forkserver
from pathlib import Path

import pytest

from ixigen_data.core.errors import EngineError, SourceError
from ixigen_data.core.progress import Silent
from ixigen_data.engine.completion import read_outcomes, stage_folder
from ixigen_data.engine.executor import InlineExecutor, Job, TaskFunction
from ixigen_data.engine.local import LocalExecutor
from ixigen_data.engine.locks import lock
from ixigen_data.engine.waves import run_wave
from tests.unit.engine import toy


class Notes(Silent):
    """Progress that keeps what it is told."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, message: str) -> None:
        self.notes.append(message)


def folder_of(work: Path) -> str:
    stage = toy.ToyStage()
    return stage_folder(str(work), stage.name, stage.fingerprint)


def run(work: Path, function: TaskFunction, progress: Silent | None = None) -> None:
    with LocalExecutor(function, 2, progress or Silent()) as executor:
        run_wave(folder_of(work), str(work), [toy.ToyStage()], executor, progress or Silent())


def test_every_task_runs_and_its_outcome_is_kept(tmp_path: Path) -> None:
    run(tmp_path, toy.run_toy)
    outcomes = read_outcomes(folder_of(tmp_path))
    assert [list(outcome.files) for outcome in outcomes] == [[f"{index}.txt"] for index in range(toy.TASKS)]


def test_complete_tasks_are_skipped_and_damaged_ones_repeated(tmp_path: Path) -> None:
    run(tmp_path, toy.run_toy)
    folder = Path(folder_of(tmp_path))
    (folder / "2.txt").write_text("cut")
    (folder / "5.txt").unlink()
    (folder / "6.txt").unlink()
    (folder / "00006.done.json").unlink()
    ran: list[int] = []

    def note(plan: str, stage: str, index: int) -> None:
        ran.append(index)
        toy.run_toy(plan, stage, index)

    run_wave(str(folder), str(tmp_path), [toy.ToyStage()], InlineExecutor(note), Silent())
    assert ran == [2, 5, 6]


def test_workers_have_the_environment_of_the_build_not_of_an_older_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(tmp_path / "before", toy.run_toy)
    monkeypatch.setenv("IXIGEN_TOY", "told")
    run(tmp_path / "after", toy.run_told)


def test_a_killed_worker_is_noticed_and_its_task_repeated(tmp_path: Path) -> None:
    notes = Notes()
    run(tmp_path, toy.run_killed_once, notes)
    assert len(read_outcomes(folder_of(tmp_path))) == toy.TASKS
    assert notes.notes == ["toy/one, task 3: its worker died; the task is repeated"]


def test_a_death_has_the_name_of_its_signal_however_the_threads_take_turns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = forkserver.read_signed

    def late(file: int) -> int:
        time.sleep(0.1)  # all who wait for the process have seen its end by then
        return int(at_once(file))

    monkeypatch.setattr(forkserver, "read_signed", late)
    with pytest.raises(EngineError, match=r"its worker died 3 times; the last: .*its worker died \(SIGKILL\)"):
        run(tmp_path, toy.run_killed_always)


def test_a_task_that_always_kills_its_worker_ends_the_build(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"toy/one, task 3: its worker died 3 times"):
        run(tmp_path, toy.run_killed_always)


def test_a_mistake_of_the_user_arrives_as_it_was_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"^x.jsonl: broken$"):
        run(tmp_path, toy.run_user_error)


def test_a_defect_names_its_task(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="toy/one, task 3: ZeroDivisionError: division by zero"):
        run(tmp_path, toy.run_bug)


def test_a_job_is_three_plain_words() -> None:
    assert Job("plan", "toy/one", 3, 10, "folder") == Job("plan", "toy/one", 3, 10, "folder")


@pytest.mark.parametrize("remote", [False, True])
def test_one_writer_at_a_time(tmp_path: Path, remote: bool) -> None:
    url = f"memory://{tmp_path.name}" if remote else str(tmp_path / "out")
    with (
        lock(url),
        pytest.raises(EngineError, match=r"process \d+ on .* is writing here; wait for it, or use another folder"),
        lock(url),
    ):
        pass
    with lock(url):
        pass
