"""`run.json` survives what happens to a run."""

from pathlib import Path

import pytest

from ixigen_data.core.errors import IxigenError
from ixigen_train.runs.run_file import RunFile, Start

RUN = RunFile(
    name="tiny",
    model="models/tiny",
    recipe_digest="a" * 32,
    course={"batch_windows": 4, "stretches": [{"shards": "s3://b/d", "digest": "0" * 32, "steps": 6}]},
    starts=(Start(step=0, ranks=2, device="cpu", versions={"torch": "2.13.0"}),),
)


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    RUN.write(tmp_path / "run.json")
    assert RunFile.load(tmp_path / "run.json") == RUN
    assert RUN.status == "running"


def test_a_run_that_goes_on_forgets_its_failure_and_keeps_its_starts(tmp_path: Path) -> None:
    failed = RUN.failed("step 5: the loss is nan")
    assert (failed.status, failed.reason) == ("failed", "step 5: the loss is nan")
    on = failed.resumed(Start(step=4, ranks=1, device="cpu"), {"batch_windows": 4})
    assert (on.status, on.reason, on.ended) == ("running", None, None)
    assert [(start.step, start.ranks) for start in on.starts] == [(0, 2), (4, 1)]
    assert on.course == {"batch_windows": 4}
    done = on.finished()
    assert done.status == "finished"
    assert done.ended is not None


def test_a_folder_without_one_is_told(tmp_path: Path) -> None:
    with pytest.raises(IxigenError, match=r"run\.json: not found; name the folder that `ixigen-train pretrain` got"):
        RunFile.load(tmp_path / "run.json")


def test_another_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('{"name": "tiny", "status": "asleep"}')
    with pytest.raises(IxigenError, match=r"run\.json: model: Field required"):
        RunFile.load(tmp_path / "run.json")
