"""What the hooks tell of real Composer runs: it adds up, it agrees with the dataset, and it stops what goes wrong."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

pytest.importorskip("ixigen_train.foundry.compat", reason="needs the train lock")

from composer import Trainer
from composer.loggers import InMemoryLogger

from ixigen_data.core.errors import IxigenError
from ixigen_train.recipe.schedule import learning_rate
from ixigen_train.recipe.settings import TrainRecipe
from ixigen_train.runs.folder import RunFolder
from ixigen_train.runs.metrics import Line, read_metrics
from ixigen_train.windows.course import Course
from tests.unit.train.foundry.hooks.small_runs import late_token, poisoned, run, small_course, small_recipe

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]


@dataclass(frozen=True)
class Watched:
    """A run, and what was told of it."""

    recipe: TrainRecipe
    course: Course
    trainer: Trainer
    lines: tuple[Line, ...]  # of metrics.jsonl; one before the first step, then one a step
    printed: str

    def logged(self, key: str) -> list[float]:
        """What a Composer logger was told, in its order."""
        logger = next(each for each in self.trainer.logger.destinations if isinstance(each, InMemoryLogger))
        return [float(value) for _, value in logger.data[key]]


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Watched:
    folder = tmp_path_factory.mktemp("watched")
    recipe = small_recipe(folder)
    course = small_course(folder, recipe)
    capture = pytest.MonkeyPatch()
    printed: list[str] = []
    capture.setattr("ixigen_train.foundry.hooks.console.Console.say", lambda _, text: printed.append(text))
    # A duration beyond the course, which ends where it ends all the same.
    trainer = run(recipe, course, RunFolder(folder / "run"), {"max_duration": "99ba"})
    capture.undo()
    return Watched(recipe, course, trainer, read_metrics(folder / "run" / "metrics.jsonl"), "\n".join(printed))


def test_parts_add_up_to_what_composer_trained_on(watched: Watched) -> None:
    totals = watched.logged("loss/train/total")
    assert len(totals) == 4
    for line, total in zip(watched.lines[1:], totals, strict=True):
        counts = {path: int(line[f"labels/{path}"]) for path in watched.course.parts}
        losses = sum(count * float(line[f"loss/{path}"]) for path, count in counts.items() if count)
        assert losses / sum(counts.values()) == pytest.approx(total, rel=1e-6)
        assert line["loss"] == pytest.approx(total, rel=1e-6)


def test_a_run_ends_with_its_course(watched: Watched) -> None:
    assert [line["step"] for line in watched.lines] == [0, 1, 2, 3, 4]
    assert [line.get("windows") for line in watched.lines] == [[0, 0], [0, 4], [4, 8], [8, 12], [12, 16]]
    assert watched.trainer.state.timestamp.batch == 4
    assert watched.lines[-1]["unserved_windows"] == 2
    assert "trained 4 of 4 steps, 512 tokens\n2 windows at the end of " in watched.printed


def test_the_ledger_is_what_the_dataset_plans(watched: Watched) -> None:
    for line in watched.lines[1:]:
        step = int(line["step"])
        planned = dict(zip(watched.course.parts, watched.course.planned(step), strict=True))
        assert {path: line[f"tokens/{path}"] for path in watched.course.parts} == planned
        assert line["tokens"] == sum(planned.values())


def test_the_rate_is_that_of_the_very_step(watched: Watched) -> None:
    settings = watched.recipe.schedule
    expected = [learning_rate(settings, 1e-2, step, 4) for step in range(4)]
    assert [line["lr"] for line in watched.lines[1:]] == pytest.approx(expected)


def test_loggers_are_told_the_same_under_the_same_keys(watched: Watched) -> None:
    for key in ("loss", "loss/telco", "perplexity", "tokens/replay/ko", "lr", "grad_norm", "seconds", "wait_seconds"):
        assert watched.logged(key) == [line[key] for line in watched.lines if key in line], key
    held_out = "held_out/loss/replay/ko"
    assert watched.logged(held_out) == [line[held_out] for line in watched.lines if held_out in line]


def test_hold_outs_are_told_before_during_and_after(watched: Watched) -> None:
    told = {
        line["step"]: line["held_out/loss/replay/ko"] for line in watched.lines if "held_out/loss/replay/ko" in line
    }
    assert list(told) == [0, 2, 4]
    assert watched.lines[0]["held_out/change/replay/ko"] == 0
    assert told[4] != told[0]


def test_norms_are_those_before_clipping(watched: Watched) -> None:
    assert all(float(line["grad_norm"]) > 0.5 for line in watched.lines[1:]), "0.5 is where the recipe clips"


def test_a_loss_that_is_no_number_names_its_windows(tmp_path: Path) -> None:
    recipe = small_recipe(tmp_path, {"checkpoints": {"every": 1}})
    course = small_course(tmp_path, recipe)
    token, step, windows = late_token(course)
    folder = RunFolder(tmp_path / "run")
    named = ", ".join(map(str, windows))
    url = re.escape(str(tmp_path / "data"))
    sentence = (
        rf"step {step + 1}: the loss is nan: windows? {named} of {url} \(rank 0\); nothing of this step was saved, "
        rf"the last good checkpoint is {re.escape(str(folder.checkpoint(step)))}; "
        rf"look at `ixigen-data show {url} --window {windows[0]}`"
    )
    with pytest.raises(IxigenError, match=sentence):
        run(poisoned(recipe, tmp_path / "poisoned", token), course, folder)
    lines = read_metrics(folder.metrics)
    assert [line["step"] for line in lines] == [0, 1, 2, 3]
    assert lines[-1]["loss"] is None
    assert lines[-2]["loss"] is not None
    assert folder.saved_steps()[-1] == step


def test_a_ledger_that_differs_is_told_before_anything_is_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = small_recipe(tmp_path, {"checkpoints": {"every": 2}})
    course = small_course(tmp_path, recipe)
    planned = Course.planned

    def one_more(course: Course, step: int) -> tuple[int, ...]:
        first, *others = planned(course, step)
        return (first + (step == 2), *others)

    monkeypatch.setattr(Course, "planned", one_more)
    found = planned(course, 2)[0]
    sentence = rf"step 2: telco: trained on {found} tokens, but the dataset plans {found + 1} up to here \(-1\)"
    with pytest.raises(IxigenError, match=sentence):
        run(recipe, course, RunFolder(tmp_path / "run"))
    assert RunFolder(tmp_path / "run").saved_steps() == ()
