"""Loggers that a recipe names get every curve, in the run's folder, and a run that goes on stays one run there."""

import json
import shutil
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import pytest

pytest.importorskip("ixigen_train.foundry.compat", reason="needs the train lock")

from mlflow import MlflowClient
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from wandb.proto.wandb_internal_pb2 import Record
from wandb.sdk.internal.datastore import DataStore

from ixigen_train.foundry.loggers import loggers_of, run_name
from ixigen_train.recipe.settings import TrainRecipe
from ixigen_train.runs.folder import RunFolder
from ixigen_train.runs.metrics import read_metrics
from tests.unit.train.foundry.hooks.small_runs import run, small_course, small_recipe

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]

Curves = Mapping[str, Mapping[int, float]]  # by name and step
URL = "s3://bucket/runs/telco"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run that went on from its second step, and told all three loggers."""
    root = tmp_path_factory.mktemp("told")
    loggers = {"tensorboard": {}, "wandb": {"project": "p", "init_kwargs": {"mode": "offline"}}, "mlflow": {}}
    keys: dict[str, object] = {"loggers": loggers, "checkpoints": {"every": 2, "keep": 9}}
    found = RunFolder(root / "run")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WANDB_SILENT", "true")
        for changes in ({}, {"batch": {"windows": 4, "microbatch": 1}}):
            for name in ("MLFLOW_TRACKING_URI", "DATABRICKS_TOKEN"):  # a start sets the first, in its own process
                patch.delenv(name, raising=False)
            recipe = small_recipe(root, keys | changes)
            run(recipe, small_course(root, recipe), found, {"loggers": loggers_of(recipe, found)}).close()
            shutil.rmtree(found.checkpoint(4))
    return found


def of_mlflow(folder: Path) -> Curves:
    client = MlflowClient(str(folder / "mlflow"))
    (one,) = [each for found in client.search_experiments() for each in client.search_runs([found.experiment_id])]
    histories = {name: client.get_metric_history(one.info.run_id, name) for name in one.data.metrics}
    return {name: {point.step: point.value for point in history} for name, history in histories.items()}


def of_tensorboard(folder: Path) -> Curves:
    (place,) = {path.parent for path in folder.rglob("*tfevents*")}
    events = EventAccumulator(str(place)).Reload()
    return {name: {one.step: one.value for one in events.Scalars(name)} for name in events.Tags()["scalars"]}


def of_wandb(folder: Path) -> Curves:
    files = sorted(folder.glob("wandb/offline-run-*/*.wandb"))
    assert len({path.name for path in files}) == 1  # one id, started twice
    found: dict[str, dict[int, float]] = defaultdict(dict)
    for path in files:
        records = DataStore()
        records.open_for_scan(str(path))
        while (data := records.scan_data()) is not None:
            record = Record.FromString(data)
            items = {".".join(item.nested_key) or item.key: json.loads(item.value_json) for item in record.history.item}
            for name, value in items.items():
                found[name][items["_step"]] = value
    return found


@pytest.mark.parametrize("read", [of_mlflow, of_tensorboard, of_wandb])
def test_every_curve_is_that_of_the_metrics(read: object, folder: RunFolder) -> None:
    assert callable(read)
    curves = read(folder.tracking)
    lines = read_metrics(folder.metrics)[1:]
    assert len(lines) == 4
    for name in ("lr", "loss/telco", "loss/replay/ko", "loss/replay/en", "tokens/telco", "held_out/loss/replay/ko"):
        told = {int(line["step"]): line[name] for line in lines if name in line}
        drawn = {step: value for step, value in curves[name].items() if step}
        assert drawn == pytest.approx(told), name
    total = "total_loss" if read is of_mlflow else "loss"
    assert list(curves[total].values()) == pytest.approx([line["loss"] for line in lines])


def recipe(**loggers: object) -> TrainRecipe:
    keys = {"name": "telco", "model": {"path": "m"}, "batch": {"windows": 8}, "loggers": loggers}
    return TrainRecipe.model_validate(keys)


def test_what_a_recipe_says_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    told = recipe(wandb={"init_kwargs": {"mode": "offline"}}, mlflow={"tracking_uri": "https://host", "resume": False})
    found = loggers_of(told, RunFolder(Path("run"), URL))
    wandb, mlflow = found["wandb"], found["mlflow"]
    assert isinstance(wandb, dict)
    assert isinstance(mlflow, dict)
    assert wandb["init_kwargs"].items() >= {"mode": "offline", "resume": "allow", "dir": "run/tracking"}.items()
    assert (mlflow["tracking_uri"], mlflow["resume"], mlflow["run_name"]) == ("https://host", False, "telco")


def test_a_run_is_one_wherever_it_is_worked_in() -> None:
    names = [run_name(recipe(), RunFolder(Path(root), url)) for root, url in (("here", URL), ("there", URL))]
    assert names == ["telco-33b95e26"] * 2
    assert run_name(recipe(), RunFolder(Path("here"), f"{URL}-2")) not in names


def test_a_server_that_the_environment_names_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "https://host")
    found = loggers_of(recipe(mlflow={}), RunFolder(Path("run")))["mlflow"]
    assert isinstance(found, dict)
    assert "tracking_uri" not in found
