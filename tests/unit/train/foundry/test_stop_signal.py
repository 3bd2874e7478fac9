"""A process that is told to end within a step gives the step up, saves the one before, and nothing is missed later."""

import os
import signal
from pathlib import Path

import pytest

pytest.importorskip("ixigen_train.foundry.compat", reason="needs the train lock")

from ixigen_train.foundry.model import CausalLM
from ixigen_train.runs.folder import RunFolder
from ixigen_train.runs.metrics import read_metrics
from tests.unit.train.foundry.hooks.small_runs import run, small_course, small_recipe

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]

MICROBATCHES = 4  # of a step


def test_a_step_that_is_given_up_is_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = small_recipe(tmp_path, {"batch": {"windows": MICROBATCHES, "microbatch": 1}, "evaluation": {"every": 9}})
    course = small_course(tmp_path, recipe)
    undisturbed, stopped = RunFolder(tmp_path / "undisturbed"), RunFolder(tmp_path / "stopped")
    run(recipe, course, undisturbed)

    done = []
    loss = CausalLM.loss

    def told(*words: object) -> object:
        done.append(words)
        if len(done) == 2 * MICROBATCHES + 2:  # the second of the third step
            os.kill(os.getpid(), signal.SIGTERM)
        return loss(*words)  # type: ignore[arg-type]

    handler = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(CausalLM, "loss", told)
    with pytest.raises(SystemExit, match=r"^0$"):
        run(recipe, course, stopped)
    monkeypatch.undo()
    signal.signal(signal.SIGTERM, handler)
    assert len(done) == 2 * MICROBATCHES + 2
    assert stopped.saved_steps() == (2,)
    assert [line["step"] for line in read_metrics(stopped.metrics)] == [0, 1, 2]

    run(recipe, course, stopped)
    again, before = read_metrics(stopped.metrics), read_metrics(undisturbed.metrics)
    assert [line["loss"] for line in again[1:]] == [line["loss"] for line in before[1:]]
    assert [line["windows"] for line in again] == [line["windows"] for line in before]
