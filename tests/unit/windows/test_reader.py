"""Reading ahead: the same batches, errors at their step, an end without a hang."""

import gc
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from ixigen_data.core.errors import IxigenError, ShardError
from ixigen_data.shards.manifest import Manifest
from ixigen_data.shards.settings import ShardSettings
from ixigen_train.windows.course import Course, CoursePlan, Stretch
from ixigen_train.windows.reader import Reader, Seat
from tests.dataset import write_dataset

WAIT_SECONDS = 10


def course_of(url: str, manifest: Manifest, cache: Path | None = None) -> Course:
    assert manifest.digest is not None
    stretch = Stretch(shards=url, digest=manifest.digest, steps=manifest.total_windows // 4)
    return Course.open(CoursePlan(stretches=(stretch,), batch_windows=4), cache, None)


def threads_of_readers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("ixigen_")]


def until(condition: object, *args: object) -> None:
    """Wait until a function of these arguments says so."""
    assert callable(condition)
    ends = time.monotonic() + WAIT_SECONDS
    while not condition(*args):
        assert time.monotonic() < ends
        time.sleep(0.01)


@pytest.mark.parametrize("first", [0, 1, 24, 25])
def test_batches_are_those_of_the_course(long_dataset: tuple[str, Manifest], first: int) -> None:
    course = course_of(*long_dataset)
    with Reader(course, Seat(1, 2), first) as reader:
        steps = 0
        for step, batch in enumerate(reader, first):
            expected = course.batch(step, 1, 2)
            assert all(np.array_equal(getattr(batch, name), getattr(expected, name)) for name in vars(batch))
            steps += 1
            assert reader.step == step + 1
    assert steps == 25 - first
    assert next(reader, None) is None, "the end stays the end"
    until(lambda: not threads_of_readers())


def test_no_more_is_made_ready_than_asked_for(
    long_dataset: tuple[str, Manifest], monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []
    true = Course.batch

    def batch(course: Course, step: int, rank: int, ranks: int) -> object:
        made.append(step)
        return true(course, step, rank, ranks)

    monkeypatch.setattr(Course, "batch", batch)
    with Reader(course_of(*long_dataset), Seat(0, 1), ahead=3) as reader:
        for taken in range(5):
            until(lambda stop: made == list(range(stop)), taken + 3)
            time.sleep(0.02)
            assert made == list(range(taken + 3))
            next(reader)


def test_waiting_is_counted(long_dataset: tuple[str, Manifest], monkeypatch: pytest.MonkeyPatch) -> None:
    true = Course.batch

    def slow(course: Course, step: int, rank: int, ranks: int) -> object:
        time.sleep(0.05)
        return true(course, step, rank, ranks)

    monkeypatch.setattr(Course, "batch", slow)
    with Reader(course_of(*long_dataset), Seat(0, 1)) as reader:
        next(reader)
        waited = reader.wait_seconds
        assert 0.03 < waited < 5
        until(lambda: reader._line.made.qsize() == 2)
        next(reader)
        assert reader.wait_seconds - waited < 0.03, "it was ready"


def test_an_error_comes_at_its_step(tmp_path: Path) -> None:
    manifest = write_dataset(str(tmp_path))  # five windows a shard
    (tmp_path / "shard.00002.mds").unlink()
    reader = Reader(course_of(str(tmp_path), manifest), Seat(0, 1))
    for _ in range(2):
        next(reader)
    with pytest.raises(ShardError, match=r"shard.00002.mds: no such shard"):
        next(reader)
    with pytest.raises(IxigenError, match=r"this reader was closed before step 2; make another from there"):
        next(reader)
    until(lambda: not threads_of_readers())


def test_shards_are_fetched_before_their_step(tmp_path: Path) -> None:
    manifest = write_dataset(str(tmp_path / "set"), ShardSettings(compression="zstd"))
    cache = tmp_path / "cache"
    with Reader(course_of(str(tmp_path / "set"), manifest, cache), Seat(0, 4)) as reader:
        until(lambda: len(list(cache.glob("*.mds"))) >= 3)
        assert reader.step == 0


def test_a_reader_that_is_dropped_ends_its_threads(long_dataset: tuple[str, Manifest]) -> None:
    reader = Reader(course_of(*long_dataset), Seat(0, 1))
    next(reader)
    assert threads_of_readers()
    del reader
    gc.collect()
    until(lambda: not threads_of_readers())


def test_a_fork_has_no_reader(long_dataset: tuple[str, Manifest]) -> None:
    with Reader(course_of(*long_dataset), Seat(0, 1)) as reader:
        child = os.fork()
        if child == 0:
            try:
                next(reader)
            except IxigenError as error:
                reader.close()
                os._exit(7 if "belongs to another process" in str(error) else 1)
            os._exit(2)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
        next(reader)


def test_a_process_ends_with_a_reader_open(long_dataset: tuple[str, Manifest]) -> None:
    script = (
        "import sys\n"
        "from ixigen_train.windows.course import Course, CoursePlan\n"
        "from ixigen_train.windows.reader import Reader, Seat\n"
        "reader = Reader(Course.open(CoursePlan.model_validate_json(sys.argv[1]), None, None), Seat(0, 1))\n"
        "next(reader)\n"
        "assert 'torch' not in sys.modules\n"
        "raise SystemExit(3)\n"
    )
    plan = course_of(*long_dataset).plan.model_dump_json()
    done = subprocess.run([sys.executable, "-c", script, plan], timeout=60, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (3, "")


def test_seats_and_steps_that_there_are_not(long_dataset: tuple[str, Manifest]) -> None:
    course = course_of(*long_dataset)
    with pytest.raises(IxigenError, match=r"batch.windows: 4 is no multiple of 3 ranks"):
        Reader(course, Seat(0, 3))
    with pytest.raises(IxigenError, match=r"step 26: the course has steps 0 to 25"):
        Reader(course, Seat(0, 1), 26)
