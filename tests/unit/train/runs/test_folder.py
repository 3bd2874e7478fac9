"""The folder of a run is made once, and nobody else's is taken for one."""

from pathlib import Path

import pytest

from ixigen_data.core.errors import IxigenError
from ixigen_train.runs.folder import RunFolder


def test_an_empty_folder_becomes_that_of_a_run_and_stays_it(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "a" / "run")
    folder.make()
    folder.run_file.write_text("{}")
    (folder.root / "notes.txt").write_text("mine")  # what a user adds to a run of theirs is nobody's business
    folder.make()
    assert folder.checkpoints.is_dir()
    assert folder.log(3) == folder.root / "logs" / "rank-3.log"


def test_a_run_that_was_stopped_before_its_first_file_can_be_made_again(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    folder.make()
    folder.recipe.write_text("name: tiny\n")
    folder.make()
    assert not folder.run_file.exists()


def test_somebody_elses_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("\\begin{document}")
    with pytest.raises(IxigenError, match=r"holds thesis\.tex and is not the folder of a run; name one that is empty"):
        RunFolder(tmp_path).make()
    assert not (tmp_path / "checkpoints").exists()


def test_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("")
    with pytest.raises(IxigenError, match="run: is a file, a run needs a folder"):
        RunFolder(tmp_path / "run").make()


def test_only_whole_checkpoints_count(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    assert folder.saved_steps() == ()
    for name in ("step-000012", "step-000004", "step-000020.partial", "step-1000000", "other"):
        (folder.checkpoints / name).mkdir(parents=True)
    assert folder.saved_steps() == (4, 12, 1_000_000)
    assert folder.checkpoint(12).is_dir()
