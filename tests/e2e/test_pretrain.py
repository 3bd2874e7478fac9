"""`ixigen-train pretrain` as a user runs it: a run with a fault in its middle, and what is refused before the start."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from ixigen_data.shards.manifest import Manifest
from ixigen_train.runs.folder import RunFolder
from ixigen_train.runs.metrics import read_metrics
from ixigen_train.runs.run_file import RunFile
from tests.conftest import TrainCommand

pytestmark = pytest.mark.train

ROOT = Path(__file__).resolve().parents[2]
RECIPE = "recipes/train/tiny.yaml"
TINY = ROOT / "shards" / "tiny"


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """Run a command of ixigen-train in the repository's root, in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore", "COLUMNS": "200"}
    line = [sys.executable, "-m", "ixigen_train.cli.main", *words]
    return subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_a_run_fails_in_one_line_goes_on_with_more_ranks_and_ends(tmp_path: Path) -> None:
    dataset, out = shutil.copytree(TINY, tmp_path / "dataset"), RunFolder(tmp_path / "run")
    words = ("pretrain", RECIPE, "--shards", str(dataset), "--out", str(out.root))
    # The shard that serves from the seventh step on: its size is right, one bit of it is not.
    shard = dataset / "shard.00002.mds"
    whole = shard.read_bytes()
    shard.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))

    done = run(*words, "--ranks", "1", "--quiet")
    assert done.returncode == 1
    errors = [line for line in done.stderr.splitlines() if not line.startswith("warning:")]
    assert len(errors) == 1, done.stderr
    assert errors[0].startswith(f"error: {shard}: expected 3,833 bytes of digest")
    assert (RunFile.load(out.run_file).status, out.saved_steps()) == ("failed", (5,))
    assert f"error: {RunFile.load(out.run_file).reason}" == errors[0]

    shard.write_bytes(whole)
    done = run(*words, "--ranks", "2")
    assert done.returncode == 0, done.stderr
    assert "goes on from the checkpoint after step 5" in done.stderr
    assert "step 10/10" in done.stderr
    assert done.stdout == f"trained 10 steps: {out.root}\n"
    file = RunFile.load(out.run_file)
    assert (file.status, out.saved_steps()) == ("finished", (5, 10))
    assert [(start.step, start.ranks) for start in file.starts] == [(0, 1), (5, 2)]
    assert list(dict.fromkeys(line["step"] for line in read_metrics(out.metrics))) == list(range(11))

    done = run(*words, "--json")  # nothing is left to do, and nothing is started
    assert json.loads(done.stdout) == {"ok": True, "out": str(out.root), "steps": 10, "from_step": 10}
    assert "goes on" not in done.stderr


@pytest.fixture
def call(train_command: TrainCommand, monkeypatch: pytest.MonkeyPatch) -> TrainCommand:
    """Run a command on a machine without a GPU, in a wide terminal."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    return train_command


def recipe(folder: Path, text: str = "") -> str:
    """The tiny recipe with other lines at its end, in a file."""
    plain = yaml.safe_load((ROOT / RECIPE).read_text())
    (folder / "recipe.yaml").write_text(yaml.safe_dump(plain | (yaml.safe_load(text) or {}), sort_keys=False))
    return str(folder / "recipe.yaml")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("batch: {windows: 44}", "batch.windows: 44, but shards/tiny has 43 windows: not one step; use at most 43"),
        (
            "batch: {tokens: 100}",
            "batch.tokens: 100 is no multiple of the dataset's windows of 64 tokens; use 64 or 128",
        ),
        ("context: 128", "context: 128, but the windows of shards/tiny have 64 tokens; use 64, or build the dataset"),
        ("steps: 11", "steps: 11, but the data serves 10 full batches; use at most 10"),
        ("batch: {windows: 3}", "batch.windows: 3 is no multiple of 2 ranks; use 1, 3 ranks"),
        (
            "model: {path: nowhere/at/all}",
            "there is none; give the folder of a Hugging Face model, or a model of the hub",
        ),
        (
            "model: {path: recipes/train/layouts/tiny, weights: random, overrides: {vocab_size: 290}}",
            "recipes/train/layouts/tiny has a vocabulary of 290 ids, shards/tiny has 291",
        ),
        (
            "model: {path: recipes/train/layouts/tiny, weights: random, overrides: {max_position_embeddings: 32}}",
            "context: windows have 64 tokens, recipes/train/layouts/tiny knows 32 positions",
        ),
        ("evaluation: {parts: [finance]}", "evaluation.parts: 'finance' has no hold-out in the dataset"),
        ("precision: bf16", "precision: bf16 needs a GPU, and there is none here; use fp32"),
        ("fsdp: {cpu_offload: true}", "fsdp.cpu_offload: Composer's FSDP2 cannot"),
    ],
)
def test_what_cannot_begin_is_told_in_one_line(text: str, told: str, tmp_path: Path, call: TrainCommand) -> None:
    words = ("pretrain", recipe(tmp_path, text), "--shards", "shards/tiny", "--out", str(tmp_path / "run"))
    status, printed, errors = call(*words, "--ranks", "2")
    assert (status, printed) == (1, "")
    assert len(errors.splitlines()) == 1
    assert errors.startswith("error: ")
    assert told in errors
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (
            lambda folder: (folder / "shard.00001.mds").unlink(),
            "shard.00001.mds is missing, the manifest says 3,833 bytes",
        ),
        (
            lambda folder: (folder / "shard.00003.mds").write_bytes(b"short"),
            "shard.00003.mds has 5 bytes, the manifest",
        ),
        (
            lambda folder: (folder / "manifest.json").unlink(),
            "manifest.json: not found; a dataset's manifest is written",
        ),
    ],
)
def test_a_dataset_that_is_not_whole_is_told_in_one_line(
    damage: Callable[[Path], None], told: str, tmp_path: Path, call: TrainCommand
) -> None:
    dataset = shutil.copytree(TINY, tmp_path / "dataset")
    damage(dataset)
    status, _, errors = call("pretrain", RECIPE, "--shards", str(dataset), "--out", str(tmp_path / "run"))
    assert status == 1
    assert len(errors.splitlines()) == 1
    assert told in errors


def test_a_dataset_of_another_tokenizer_is_told_with_both(tmp_path: Path, call: TrainCommand) -> None:
    manifest = Manifest.load(str(TINY))
    dataset = shutil.copytree(TINY, tmp_path / "dataset")
    other = manifest.tokenizer.model_copy(update={"fingerprint": "0" * 32})
    manifest.model_copy(update={"tokenizer": other}).write(str(dataset))
    status, _, errors = call("pretrain", RECIPE, "--shards", str(dataset), "--out", str(tmp_path / "run"))
    assert status == 1
    assert f"has the fingerprint {manifest.tokenizer.fingerprint}, {dataset} was made with {'0' * 32}" in errors


def test_a_recipe_with_several_mistakes_is_told_line_by_line(tmp_path: Path, call: TrainCommand) -> None:
    (tmp_path / "r.yaml").write_text("name: a\nmodle: {path: m}\nbatch: {windows: 0}\n")
    status, _, errors = call("pretrain", str(tmp_path / "r.yaml"), "--shards", "s", "--out", str(tmp_path / "run"))
    assert status == 1
    assert [line.split(": ")[2:4] for line in errors.splitlines()] == [
        ["line 1", "model"],
        ["line 2", "modle"],
        ["line 3", "batch.windows"],
    ]


def test_a_configuration_alone_is_written_and_a_dry_run_writes_nothing(tmp_path: Path, call: TrainCommand) -> None:
    words = ("pretrain", RECIPE, "--shards", "shards/tiny", "--out", str(tmp_path / "run"), "--ranks", "2")
    status, planned, _ = call(*words, "--dry-run", "--json")
    assert (status, json.loads(planned)["steps"]) == (0, 10)
    status, _, errors = call(*words, "--dry-run")
    assert status == 0
    assert "256 = 4 windows of 64" in errors
    status, printed, _ = call(*words, "--write-config", str(tmp_path / "foundry.yaml"))
    assert (status, printed) == (0, f"written {tmp_path / 'foundry.yaml'}\n")
    config = yaml.safe_load((tmp_path / "foundry.yaml").read_bytes())
    assert (config["max_duration"], config["device_train_microbatch_size"]) == ("10ba", 2)
    assert not (tmp_path / "run").exists()


def test_a_plan_is_told_in_words_and_in_json(call: TrainCommand) -> None:
    words = ("plan", RECIPE, "--shards", "shards/tiny", "--ranks", "2")
    status, printed, errors = call(*words, "--gpu", "h100")
    assert status == 0
    for told in (
        "256 = 4 windows of 64",
        "10, of them 2 to warm up",
        "unserved windows  3",
        "105,280",
        "2 h100 at 40%",
    ):
        assert told in printed
    assert "warning: steps: 10 steps are too few to tell much" in errors
    status, printed, errors = call(*words, "--json")
    plan = json.loads(printed)
    assert (plan["steps"], plan["tokens_per_step"], plan["unserved_windows"], errors) == (10, 256, 3, "")


def test_a_gpu_that_is_not_known_is_a_wrong_call(call: TrainCommand) -> None:
    status, _, errors = call("plan", RECIPE, "--shards", "shards/tiny", "--gpu", "voodoo")
    assert status == 2
    assert "'voodoo' is not known; use one of gb200, b200, h200" in errors.replace("\n", " ")
