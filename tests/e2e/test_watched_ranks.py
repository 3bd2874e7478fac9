"""What goes wrong on two ranks is told by both, and nothing hangs: another recipe on one, a loss that is no number."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("ixigen_train.foundry.compat", reason="needs the train lock")

from ixigen_train.foundry.render import render, to_yaml
from ixigen_train.recipe.settings import TrainRecipe
from ixigen_train.runs.folder import RunFolder
from ixigen_train.runs.metrics import read_metrics
from ixigen_train.windows.course import Course
from tests.unit.train.foundry.hooks.small_runs import late_token, poisoned, small_course, small_recipe

pytestmark = [pytest.mark.train, pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

ROOT = Path(__file__).resolve().parents[2]
RANKS = 2
SECONDS = 300  # where ranks wait for each other, they do so for half an hour


def written(name: str, recipe: TrainRecipe, course: Course, folder: Path) -> RunFolder:
    run = RunFolder(folder / name)
    run.make()
    run.configuration.write_text(to_yaml(render(recipe, course.plan, course.seq_len, run, RANKS)), encoding="utf-8")
    return run


def test_both_ranks_stop_and_say_why(tmp_path: Path) -> None:
    recipe = small_recipe(tmp_path, {"checkpoints": {"every": 1}})
    course = small_course(tmp_path, recipe)
    token, step, windows = late_token(course)
    apart = written("apart", recipe, course, tmp_path)
    poison = written("poison", poisoned(recipe, tmp_path / "poisoned", token), course, tmp_path)
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={RANKS}"]
    done = subprocess.run(
        [*launcher, str(ROOT / "tests" / "e2e" / "watched_rank.py"), str(apart.root), str(poison.root)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
        check=False,
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stderr[-4000:]

    told = [(apart.root / f"stopped-{rank}").read_text(encoding="utf-8") for rank in range(RANKS)]
    other = recipe.model_copy(update={"optimizer": recipe.optimizer.model_copy(update={"lr": 0.5})})
    sentence = f"ranks disagree on the recipe: {recipe.digest()} on rank 0; {other.digest()} on rank 1; give every rank"
    assert [text.startswith(sentence) for text in told] == [True, True], told
    assert read_metrics(apart.metrics) == ()

    told = [(poison.root / f"stopped-{rank}").read_text(encoding="utf-8") for rank in range(RANKS)]
    assert told[0] == told[1]
    assert told[0].startswith(f"step {step + 1}: the loss is nan: window")
    half = step * 4 + 2  # the first window of rank 1's share
    for rank, found in enumerate([[w for w in windows if w < half], [w for w in windows if w >= half]]):
        named = f"{', '.join(map(str, found))} of {tmp_path / 'data'} (rank {rank})"
        assert (named in told[0]) == bool(found), told[0]
    assert f"the last good checkpoint is {poison.checkpoint(step)}" in told[0]
    assert poison.saved_steps()[-1] == step
    assert [line["step"] for line in read_metrics(poison.metrics)] == [0, *range(1, step + 2)]
