"""LLM-Foundry runs our configuration and trains what the reference loop trains: on one rank and on two."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs the train lock")

from ixigen_data.shards.manifest import Manifest
from ixigen_train.foundry.render import render, to_yaml
from ixigen_train.models.load import load_model
from ixigen_train.recipe.settings import ModelSettings, TrainRecipe
from ixigen_train.runs.folder import RunFolder
from ixigen_train.windows.plan import plan_course
from tests.dataset import ORDER, write_dataset
from tests.unit.train.models.layouts import model_settings

pytestmark = pytest.mark.train

ROOT = Path(__file__).resolve().parents[2]
WINDOWS = (*ORDER, *ORDER[:7])  # six steps of four, and one window left
PARTS = ("telco", "replay/ko", "replay/en")


@dataclass(frozen=True)
class Case:
    """A run to compare."""

    name: str
    model: ModelSettings
    microbatch: int
    activation_checkpointing: bool
    clip: float | None


def recipe_of(case: Case) -> TrainRecipe:
    return TrainRecipe.model_validate(
        {
            "name": case.name,
            "model": case.model.model_dump(),
            "precision": "fp32",
            "batch": {"windows": 4, "microbatch": case.microbatch},
            "optimizer": {"lr": 3e-3, "clip": case.clip},
            "schedule": {"warmup": 2},
            "fsdp": {"activation_checkpointing": case.activation_checkpointing},
            "evaluation": {"alarm": None},
        }
    )


def compare(cases: list[Case], ranks: int, folder: Path) -> list[dict[str, object]]:
    """Run each case on so many ranks, by LLM-Foundry and by the reference loop."""
    write_dataset(str(folder / "dataset"), order=WINDOWS)
    seq_len = Manifest.load(str(folder / "dataset")).seq_len
    runs = []
    for case in cases:
        recipe, run = recipe_of(case), RunFolder(folder / "runs" / case.name)
        plan = plan_course(recipe, str(folder / "dataset"))
        run.make()
        run.configuration.write_text(to_yaml(render(recipe, plan, seq_len, run, ranks)), encoding="utf-8")
        (run.root / "recipe.json").write_text(recipe.model_dump_json(), encoding="utf-8")
        (run.root / "plan.json").write_text(plan.model_dump_json(), encoding="utf-8")
        runs.append(run.root)
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={ranks}"]
    done = subprocess.run(
        [*launcher, str(ROOT / "tests" / "e2e" / "foundry_rank.py"), *map(str, runs)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return [json.loads((run / "compared.json").read_text(encoding="utf-8")) for run in runs]


def must_be_equal(told: dict[str, object]) -> None:
    ours, reference = told["ours"], told["reference"]
    assert len(ours) == len(reference) == 6
    for line, step in zip(ours, reference, strict=True):
        assert line["loss"] == pytest.approx(step["loss"], abs=1e-6)
        assert line["lr"] == pytest.approx(step["lr"], rel=1e-12)
        assert line["grad_norm"] == pytest.approx(step["norm"], rel=1e-5)
        sums = [line.get(f"loss/{part}", 0.0) * line[f"labels/{part}"] for part in PARTS]
        assert sums == pytest.approx(step["nll"], abs=1e-4)
    assert told["distance"] < 1e-6
    assert told["moved"] > 1e-3  # equal weights are not those of two models that stand still


def test_one_rank_trains_as_the_reference_does(tmp_path: Path) -> None:
    case = Case("llama", model_settings(tmp_path), microbatch=2, activation_checkpointing=False, clip=1.0)
    (told,) = compare([case], 1, tmp_path)
    must_be_equal(told)
    assert told["is_sharded"] is False
    assert told["ours"][0]["windows"] == [0, 4]


def test_two_ranks_train_as_the_reference_does(tmp_path: Path) -> None:
    # Pretrained weights, which one rank reads and the other is given; its embeddings are tied.
    tied = load_model(model_settings(tmp_path, "qwen2"), seed=3)
    tied.save_pretrained(tmp_path / "pretrained")
    pretrained = ModelSettings(path=str(tmp_path / "pretrained"))
    cases = [
        Case("llama", model_settings(tmp_path), microbatch=1, activation_checkpointing=False, clip=1.0),
        Case("qwen2", pretrained, microbatch=2, activation_checkpointing=True, clip=None),
    ]
    for told in compare(cases, 2, tmp_path):
        must_be_equal(told)
        assert told["is_sharded"] is True
