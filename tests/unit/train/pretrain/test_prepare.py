from pathlib import Path

import pytest
import yaml
from pydantic import JsonValue

from ixigen_data.core.errors import IxigenError
from ixigen_data.core.files import write_model
from ixigen_train.checkpoints.place import Place
from ixigen_train.pretrain.machines import Machines
from ixigen_train.pretrain.outcome import recorded
from ixigen_train.pretrain.prepare import Prepared, prepare, stretched
from ixigen_train.recipe.file import load_recipe
from ixigen_train.runs.claim import claimed
from ixigen_train.runs.run_file import RunFile
from tests.unit.train.pretrain.jobs import ROOT, recipe

pytestmark = pytest.mark.train

TINY = str(ROOT / "shards" / "tiny")
MODEL: dict[str, JsonValue] = {"path": str(ROOT / "recipes" / "train" / "layouts" / "tiny"), "weights": "random"}


def ready(out: Path, lr: float = 1e-5, ranks: int = 1) -> Prepared:
    return prepare(recipe(4, model=MODEL, optimizer={"lr": lr}), TINY, str(out), Machines(ranks))


def save(prepared: Prepared, step: int) -> None:
    """Leave what a checkpoint says of its place."""
    job = prepared.job
    folder = prepared.folder.checkpoint(step)
    folder.mkdir()
    write_model(
        str(folder / "place.json"),
        Place(step=step, tokens={}, course=job.course, recipe=job.recipe.deciding(), ranks=1),
    )


def test_a_run_is_written_so_that_it_can_be_read(tmp_path: Path) -> None:
    prepared = ready(tmp_path / "run", ranks=2)
    assert not (tmp_path / "run").exists()
    prepared.write("NVIDIA H100")
    assert load_recipe(str(prepared.folder.recipe)) == prepared.job.recipe
    assert yaml.safe_load(prepared.folder.configuration.read_bytes()) == prepared.config
    run = RunFile.load(prepared.folder.run_file)
    assert run.course == prepared.job.course.model_dump(mode="json")
    assert [(start.step, start.ranks, start.device) for start in run.starts] == [(0, 2, "NVIDIA H100")]


def test_another_machine_leaves_the_run_file_to_the_first(tmp_path: Path) -> None:
    machines = Machines(1, 2, 1, "host:1")
    prepared = prepare(recipe(4, model=MODEL), TINY, str(tmp_path / "run"), machines)
    prepared.write("cpu")
    assert prepared.config["global_train_batch_size"] == 4
    assert not prepared.folder.run_file.exists()


def test_a_run_goes_on_from_its_last_checkpoint(tmp_path: Path) -> None:
    first = ready(tmp_path / "run")
    first.write("cpu")
    save(first, 5)
    again = ready(tmp_path / "run", ranks=4)
    assert (again.step, again.is_finished) == (5, False)
    again.write("cpu")
    assert [(start.step, start.ranks) for start in RunFile.load(first.folder.run_file).starts] == [(0, 1), (5, 4)]
    save(first, 10)
    assert ready(tmp_path / "run").is_finished


def test_a_run_that_goes_on_with_another_recipe_is_refused_by_key(tmp_path: Path) -> None:
    first = ready(tmp_path / "run")
    first.write("cpu")
    save(first, 5)
    told = r"the recipe has changed since step 5: optimizer\.lr was 1e-05, is 2e-05; put it back, or name another --out"
    with pytest.raises(IxigenError, match=told):
        ready(tmp_path / "run", lr=2e-5)


def test_a_folder_of_another_run_without_a_checkpoint_is_refused(tmp_path: Path) -> None:
    ready(tmp_path / "run").write("cpu")
    with pytest.raises(
        IxigenError, match=r"--out: .*run: holds the run 'a' of another recipe \(digest .*name another f"
    ):
        ready(tmp_path / "run", lr=2e-5)
    assert ready(tmp_path / "run").step == 0, "the same run begins anew"


def test_a_folder_that_is_no_runs_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("")
    with pytest.raises(IxigenError, match=r"holds thesis\.tex and is not the folder of a run; name one that is empty"):
        ready(tmp_path).write("cpu")


def test_a_run_on_an_object_store_is_worked_on_locally(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IXIGEN_RUNS", str(tmp_path))
    prepared = prepare(recipe(4, model=MODEL), TINY, "memory://bucket/run", Machines(1))
    assert prepared.step == 0
    assert prepared.folder.root.parent == tmp_path
    assert prepared.config["callbacks"]["ixigen_checkpoints"]["mirror"] == "memory://bucket/run"  # type: ignore[index, call-overload]


def test_a_run_within_its_dataset_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IxigenError, match=r"^--out: .*/set/run: lies in the dataset .*/set; name a folder beside it"):
        prepare(recipe(4, model=MODEL), str(tmp_path / "set"), str(tmp_path / "set" / "run"), Machines(1))


def test_a_run_knows_where_its_model_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    relative = {**MODEL, "path": str(Path(str(MODEL["path"])).relative_to(ROOT))}
    prepare(recipe(4, model=relative), str(TINY), str(tmp_path / "run"), Machines(1)).write("cpu")
    file = RunFile.load(tmp_path / "run" / "run.json")
    assert (file.model, file.model_folder) == (relative["path"], str(MODEL["path"]))


def test_a_password_does_not_go_into_a_runs_folder() -> None:
    with pytest.raises(IxigenError, match=r"--out: s3://bucket/run: carries a password, .* use the environment"):
        prepare(recipe(4, model=MODEL), TINY, "s3://key:secret@bucket/run", Machines(1))
    with pytest.raises(IxigenError, match=r"--shards: s3://bucket/data: carries a password"):
        prepare(recipe(4, model=MODEL), "s3://key:secret@bucket/data", "run", Machines(1))
    stage: JsonValue = {"shards": "s3://key:secret@bucket/more", "at_tokens": 1024}
    with pytest.raises(IxigenError, match=r"stages\.0\.shards: s3://bucket/more: carries a password"):
        prepare(recipe(4, model=MODEL, stages=[stage]), TINY, "run", Machines(1))


def test_a_run_does_not_go_on_while_its_last_ranks_live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = ready(tmp_path / "run")
    first.write("cpu")
    monkeypatch.setattr("ixigen_train.pretrain.prepare.LEEWAY_SECONDS", 0.3)
    with claimed(first.folder, 0, 1.0), pytest.raises(IxigenError, match="another command trains there"):
        prepare(recipe(4, model=MODEL), TINY, str(tmp_path / "run"), Machines(1, grace_seconds=0))
    assert ready(tmp_path / "run").step == 0


@pytest.mark.parametrize("how", ["well", "badly", "by hand"])
def test_the_end_of_a_run_is_written_down(how: str, tmp_path: Path) -> None:
    prepared = ready(tmp_path / "run")
    prepared.write("cpu")
    ends = {"well": None, "badly": IxigenError("NaN at step 7"), "by hand": KeyboardInterrupt()}[how]
    if ends is None:
        with recorded(prepared):
            save(prepared, prepared.job.course.steps)
    else:
        with pytest.raises(type(ends), match=r"NaN|^$"), recorded(prepared):
            raise ends
    run = RunFile.load(prepared.folder.run_file)
    expected = {
        "well": ("finished", None),
        "badly": ("failed", "NaN at step 7"),
        "by hand": ("failed", "was told to end"),
    }
    assert (run.status, run.reason) == expected[how]


def test_ranks_that_were_told_to_end_are_not_a_finished_run(tmp_path: Path) -> None:
    prepared = ready(tmp_path / "run")
    prepared.write("cpu")
    told = r"run: was told to end after step 5 of 10; the same command goes on from there"
    with pytest.raises(IxigenError, match=told), recorded(prepared):
        save(prepared, 5)
    assert RunFile.load(prepared.folder.run_file).status == "failed"
    assert ready(tmp_path / "run").step == 5


def test_a_rate_that_is_drawn_anew_is_told(tmp_path: Path) -> None:
    first = ready(tmp_path / "run")
    first.write("cpu")
    save(first, 5)
    again = ready(tmp_path / "run")
    assert again.warning is None
    place = Place.of(first.folder.checkpoint(5))
    (stretch,) = place.course.stretches
    shorter = place.course.model_copy(update={"stretches": (stretch.model_copy(update={"steps": 6}),)})
    told = stretched(place.model_copy(update={"course": shorter}), again.job)
    assert told is not None
    assert told.startswith("the course has 10 steps and had 6: the learning rate's curve is drawn anew")
