from pathlib import Path

import pytest
import torch

from ixigen_train.checkpoints import store
from ixigen_train.checkpoints.place import CheckpointError
from ixigen_train.checkpoints.store import Checkpoints
from ixigen_train.runs.checkpoint_names import PLACE
from tests.unit.train.checkpoints.saved import RECIPE, Small, place


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_run_goes_on_as_if_it_had_not_stopped(tmp_path: Path) -> None:
    checkpoints, run = Checkpoints(tmp_path / "checkpoints", 2), Small.seeded(0)
    run.step()
    run.save(checkpoints, 1)
    run.step()

    other = Small.seeded(1)
    last = checkpoints.last()
    assert last == tmp_path / "checkpoints/step-000001"
    found = other.load(checkpoints, last)
    assert (found.step, found.tokens, found.recipe) == (1, {"telco": 100}, RECIPE.deciding())
    other.step()
    assert other.weights() == run.weights()
    assert other.model.get_parameter("head.weight") is other.model.get_parameter("embed.weight")


def test_hyperparameters_are_those_of_the_recipe_not_of_the_checkpoint(tmp_path: Path) -> None:
    run, checkpoints = Small.seeded(0, lr=0.1), Checkpoints(tmp_path, 2)
    run.step()
    other = Small.seeded(1, lr=0.25)
    other.load(checkpoints, run.save(checkpoints, 1))
    assert other.optimizer.param_groups[0]["lr"] == 0.25
    assert float(next(iter(other.optimizer.state.values()))["step"]) == 1


def test_the_last_so_many_stay(tmp_path: Path) -> None:
    run, checkpoints = Small.seeded(0), Checkpoints(tmp_path, 2)
    assert checkpoints.last() is None
    for step in (2, 4, 10):
        run.save(checkpoints, step)
    assert names(tmp_path) == ["step-000004", "step-000010"]
    assert checkpoints.steps() == (4, 10)


def test_what_killed_runs_left_is_no_checkpoint_and_goes_at_the_next_save(tmp_path: Path) -> None:
    run, checkpoints = Small.seeded(0), Checkpoints(tmp_path, 2)
    run.save(checkpoints, 2)
    (tmp_path / "step-000004.partial").mkdir()
    (tmp_path / "step-000004.partial" / PLACE).write_text("{")
    assert checkpoints.last() == tmp_path / "step-000002"
    run.save(checkpoints, 3)
    assert names(tmp_path) == ["step-000002", "step-000003"]


def test_a_step_is_saved_once(tmp_path: Path) -> None:
    run, checkpoints = Small.seeded(0), Checkpoints(tmp_path, 2)
    first = run.save(checkpoints, 2)
    before = (first / PLACE).stat().st_mtime_ns
    assert run.save(checkpoints, 2) == first
    assert (first / PLACE).stat().st_mtime_ns == before


@pytest.mark.parametrize("moment", ["_own_files", "_seal", "_publish"])
def test_a_full_disk_leaves_the_last_good_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    run, checkpoints = Small.seeded(0), Checkpoints(tmp_path, 1)
    run.save(checkpoints, 2)
    weights = run.weights()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    run.step()
    with monkeypatch.context() as patch:
        patch.setattr(store, moment, full)
        told = r"step-000004: could not be saved: .*No space left on device; the last good one is .*step-000002$"
        with pytest.raises(CheckpointError, match=told):
            run.save(checkpoints, 4)
    assert names(tmp_path) == ["step-000002"]
    run.load(checkpoints, tmp_path / "step-000002")
    assert run.weights() == weights


def test_the_first_one_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "checkpoints").write_text("a file")
    with pytest.raises(CheckpointError, match=r"could not be saved: .*; there is no earlier one"):
        Small.seeded(0).save(Checkpoints(tmp_path / "checkpoints", 2), 2)


def test_damage_names_the_checkpoint_and_the_one_before(tmp_path: Path) -> None:
    run, checkpoints = Small.seeded(0), Checkpoints(tmp_path, 2)
    good, bad = run.save(checkpoints, 2), run.save(checkpoints, 4)
    data = bytearray((bad / "__0_0.distcp").read_bytes())
    data[len(data) // 2] ^= 1
    (bad / "__0_0.distcp").write_bytes(data)
    told = r"step-000004: damaged: __0_0.distcp: its bytes .*the one before it is .*step-000002: remove step-000004 to"
    with pytest.raises(CheckpointError, match=told):
        run.load(checkpoints, bad)
    (good / ".metadata").unlink()
    with pytest.raises(CheckpointError, match=r"damaged: .metadata: expected .* found no such file; there is none bef"):
        run.load(checkpoints, good)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", r"place.json is damaged: the file: Invalid JSON"),
        ("{}", r"place.json is damaged: step: Field required"),
        (None, r"place.json: No such file"),
    ],
)
def test_a_damaged_place(tmp_path: Path, text: str | None, told: str) -> None:
    run, checkpoints = Small.seeded(0), Checkpoints(tmp_path, 2)
    checkpoint = run.save(checkpoints, 2)
    (checkpoint / PLACE).unlink()
    if text is not None:
        (checkpoint / PLACE).write_text(text)
    with pytest.raises(CheckpointError, match=told):
        run.load(checkpoints, checkpoint)


def test_another_model_is_refused_by_name_and_shape(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path, 2)
    checkpoint = Small.seeded(0).save(checkpoints, 2)
    wide = Small.seeded(0, width=8)
    before = wide.weights()
    with pytest.raises(CheckpointError, match=r"another model: model.embed.weight is \(8, 6\) there, \(8, 8\) here"):
        wide.load(checkpoints, checkpoint)
    deep = Small.seeded(0)
    deep.model.add_module("more", torch.nn.Linear(2, 2))
    with pytest.raises(CheckpointError, match=r"another model: model.more.bias is missing there, \(2,\) here"):
        deep.load(checkpoints, checkpoint)
    assert wide.weights() == before


def test_a_place_knows_its_files_and_versions(tmp_path: Path) -> None:
    run, checkpoints = Small.seeded(0), Checkpoints(tmp_path, 2)
    found = run.load(checkpoints, run.save(checkpoints, 2))
    assert [file.name for file in found.files] == ["__0_0.distcp", ".metadata"]
    assert found.versions["torch"] == torch.__version__.split("+")[0] or found.versions["torch"] == torch.__version__
    assert found.model_copy(update={"files": ()}) == place(2)
