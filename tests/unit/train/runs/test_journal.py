import json
from pathlib import Path

import numpy as np
import pytest

from ixigen_train.runs.journal import Journal, columns_of
from ixigen_train.runs.metrics import MetricsLog


def write(path: Path, *lines: dict[str, object]) -> None:
    with path.open("a", encoding="utf-8") as stream:
        stream.writelines(f"{json.dumps(line)}\n" for line in lines)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "metrics.jsonl"


def test_lines_become_columns(file: Path) -> None:
    write(file, {"step": 0, "held_out/loss/ko": 3.0})
    write(file, {"step": 1, "loss": 2.0, "windows": [0, 8], "tokens/ko": 5, "tokens/한국어/상담": 7})
    write(file, {"step": 2, "loss": None, "windows": [8, 16], "note": "x", "tokens/ko": 9})
    metrics = columns_of(str(file))
    assert metrics.steps.tolist() == [0, 1, 2]
    np.testing.assert_array_equal(metrics.of("loss"), [np.nan, 2.0, np.nan])
    np.testing.assert_array_equal(metrics.of("windows"), [np.nan, 8, 16])
    np.testing.assert_array_equal(metrics.of("nothing"), [np.nan] * 3)
    assert metrics.parts == ("ko", "한국어/상담")
    assert metrics.below("held_out/loss") == ("ko",)
    assert (metrics.last("loss"), metrics.last("tokens/ko"), metrics.last("note")) == (2.0, 9.0, None)
    assert metrics.step == 2


def test_no_file_is_no_step(file: Path) -> None:
    metrics = columns_of(str(file))
    assert (metrics.step, metrics.parts, metrics.last("loss")) == (0, (), None)


def test_what_a_resumed_run_took_back_does_not_count(file: Path) -> None:
    write(file, *({"step": step, "loss": 1.0} for step in range(1, 8)))
    write(file, *({"step": step, "loss": 2.0, "mfu": 0.4} for step in range(5, 7)))
    metrics = columns_of(str(file))
    assert metrics.steps.tolist() == [1, 2, 3, 4, 5, 6]
    assert metrics.of("loss").tolist() == [1.0] * 4 + [2.0] * 2
    np.testing.assert_array_equal(metrics.of("mfu"), [np.nan] * 4 + [0.4] * 2)
    assert metrics.resumed == (4,)


def test_a_line_of_the_same_step_adds_to_it(file: Path) -> None:
    write(file, {"step": 1, "loss": 1.0}, {"step": 1, "held_out/loss/ko": 3.0})
    metrics = columns_of(str(file))
    assert metrics.steps.tolist() == [1]
    assert (metrics.last("loss"), metrics.last("held_out/loss/ko"), metrics.resumed) == (1.0, 3.0, ())


@pytest.mark.parametrize("line", ["{torn", "[1]", '{"loss": 1}', '{"step": "2"}', '{"step": true}', "\x00\x00"])
def test_what_is_no_line_is_counted(file: Path, line: str) -> None:
    write(file, {"step": 1, "loss": 1.0})
    with file.open("a") as stream:
        stream.write(f"{line}\n")
    write(file, {"step": 2, "loss": float("nan")})
    metrics = columns_of(str(file))
    assert (metrics.steps.tolist(), metrics.damaged) == ([1, 2], 1)
    assert np.isnan(metrics.of("loss")[1])


def test_it_grows_with_the_file(file: Path) -> None:
    journal = Journal(str(file))
    assert not journal.poll()
    write(file, {"step": 1, "loss": 1.0})
    with file.open("a") as stream:
        stream.write('{"step": 2, "lo')
    assert journal.poll()
    assert journal.metrics().step == 1
    assert not journal.poll()
    with file.open("a") as stream:
        stream.write('ss": 3.0}\n')
    assert journal.poll()
    assert journal.metrics().of("loss").tolist() == [1.0, 3.0]


def test_a_log_that_was_cut_back_is_read_anew(file: Path) -> None:
    journal = Journal(str(file))
    write(file, *({"step": step, "loss": 1.0} for step in range(1, 8)))
    journal.poll()
    log = MetricsLog(file, step=4)
    for step in range(5, 12):  # beyond the place that was reached
        log.append({"step": step, "loss": 2.0})
    assert journal.poll()
    assert journal.metrics().of("loss").tolist() == [1.0] * 4 + [2.0] * 7


def test_until_a_step(file: Path) -> None:
    write(file, *({"step": step, "loss": float(step)} for step in range(1, 8)))
    assert columns_of(str(file)).until(3).of("loss").tolist() == [1.0, 2.0, 3.0]
