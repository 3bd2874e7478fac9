"""`metrics.jsonl` holds whole lines only, each step once, whatever was killed when."""

import json
import math
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ixigen_data.core.errors import IxigenError
from ixigen_train.runs.metrics import MetricsLog, read_metrics

KILLED_WRITER = """
import sys
from pathlib import Path
from ixigen_train.runs.metrics import MetricsLog
log = MetricsLog(Path(sys.argv[1]))
for step in range(1, 10**9):
    log.append({"step": step, "loss": 1 / step, **{f"loss/part-{n}": 2.5 for n in range(200)}})
"""


def steps_of(path: Path) -> list[object]:
    return [line["step"] for line in read_metrics(path)]


def write(path: Path, *steps: int) -> None:
    log = MetricsLog(path)
    for step in steps:
        log.append({"step": step, "loss": 1.0})


def test_a_line_can_be_read_at_once(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    MetricsLog(path).append({"step": 1, "loss": 2.5, "windows": [0, 4]})
    assert read_metrics(path) == ({"step": 1, "loss": 2.5, "windows": [0, 4]},)


def test_there_may_be_no_file_yet(tmp_path: Path) -> None:
    assert read_metrics(tmp_path / "metrics.jsonl") == ()


def test_what_is_not_finite_is_null(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    MetricsLog(path).append({"step": 1, "loss": math.nan, "perplexity": math.inf, "mfu": -math.inf})
    assert path.read_text() == '{"step":1,"loss":null,"perplexity":null,"mfu":null}\n'


def test_a_line_that_is_being_written_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    write(path, 1, 2)
    with path.open("a") as stream:
        stream.write('{"step": 3, "lo')
    assert steps_of(path) == [1, 2]


def test_steps_that_will_be_taken_again_go(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    write(path, 0, 1, 2, 3, 4, 5)
    MetricsLog(path, step=3).append({"step": 4})
    assert steps_of(path) == [0, 1, 2, 3, 4]
    MetricsLog(path)
    assert steps_of(path) == []


@pytest.mark.parametrize("torn", ['{"step": 3, "lo', '{"step": 3, "lo\n', "\0\0\0\0", "\0\0\0\n"])
def test_a_torn_line_is_healed(tmp_path: Path, torn: str) -> None:
    path = tmp_path / "metrics.jsonl"
    write(path, 1, 2)
    with path.open("a") as stream:
        stream.write(torn)
    MetricsLog(path, step=2).append({"step": 3, "loss": 0.5})
    assert [json.loads(line)["step"] for line in path.read_text().splitlines()] == [1, 2, 3]


def test_damage_before_the_last_line_is_told(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"step": 1}\n{"loss": 2.0}\n{"step": 3}\n')
    with pytest.raises(IxigenError, match=r'metrics\.jsonl:2: expected an object with a "step", got b\'{"loss": 2\.0}'):
        read_metrics(path)


def test_a_killed_writer_leaves_every_line_but_perhaps_the_last(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    writer = subprocess.Popen([sys.executable, "-c", KILLED_WRITER, str(path)])
    while not path.exists() or path.stat().st_size < 200_000:
        assert writer.poll() is None
        time.sleep(0.01)
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    found = steps_of(path)
    assert found == list(range(1, len(found) + 1))
    MetricsLog(path, step=len(found)).append({"step": len(found) + 1})
    assert steps_of(path) == list(range(1, len(found) + 2))
    assert path.read_bytes().endswith(b"}\n")
