"""The sentences and lines of the hooks, and what a token costs."""

import io
import math
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs the train lock")

from ixigen_train.foundry.hooks.console import Console
from ixigen_train.foundry.hooks.cost import flops_of, peak_of
from ixigen_train.foundry.hooks.not_finite import told_not_finite
from ixigen_train.recipe.settings import TrainRecipe
from ixigen_train.runs.records import PartStep, StepRecord
from ixigen_train.sizing.flops import flops_per_token
from ixigen_train.sizing.shape import shape_of
from ixigen_train.windows.course import Course, CoursePlan
from ixigen_train.windows.plan import plan_course
from tests.dataset import write_dataset

pytestmark = pytest.mark.train

CONFIG = {
    "model_type": "llama",
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "vocab_size": 104,
}


@pytest.fixture
def course(tmp_path: Path) -> Course:
    write_dataset(str(tmp_path / "data"))
    recipe = TrainRecipe.model_validate({"name": "small", "model": {"path": "tiny"}, "batch": {"windows": 8}})
    return Course.open(plan_course(recipe, str(tmp_path / "data")), None, None)


def record(nll: float, norm: float) -> StepRecord:
    return StepRecord(2, 512, 1e-3, {"telco": PartStep(nll, 10, 0, 512)}, (8, 16), {"grad_norm": norm})


def test_windows_are_named_by_rank_and_by_their_number_in_the_dataset(course: Course, tmp_path: Path) -> None:
    told = told_not_finite(course, record(math.inf, math.nan), [(), (0, 3)], saved=None)
    url = tmp_path / "data"
    assert told == (
        f"step 2: the loss is inf: windows 12, 15 of {url} (rank 1); nothing of this step was saved, there is no "
        f"checkpoint yet; look at `ixigen-data show {url} --window 12`"
    )


def test_a_gradient_without_a_norm_is_told_although_the_loss_has_one(course: Course) -> None:
    told = told_not_finite(course, record(25.0, math.inf), [(), ()], saved="run/checkpoints/step-000001")
    assert told == (
        "step 2: the loss is 2.5000, but the norm of the gradients is inf; its windows are 8 to 15 of the course; "
        "nothing of this step was saved, the last good checkpoint is run/checkpoints/step-000001"
    )


def test_many_windows_are_counted(course: Course) -> None:
    told = told_not_finite(course, record(math.nan, 1.0), [tuple(range(8))], saved=None)
    assert "windows 8, 9, 10, 11, 12, 13, 14, 15 of " in told
    (stretch,) = course.plan.stretches
    plan = CoursePlan(stretches=(stretch.model_copy(update={"steps": 1}),), batch_windows=16)
    wide = StepRecord(1, 0, 0.0, {}, (0, 16))
    told = told_not_finite(Course.open(plan, None, None), wide, [tuple(range(10))], saved=None)
    assert "windows 0, 1, 2, 3, 4, 5, 6, 7 and 2 more of " in told


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_log_file_gets_a_line_now_and_then_and_the_last_one() -> None:
    stream = io.StringIO()
    console = Console(steps=3, stream=stream)
    for step in (1, 2, 3):
        console.step({"step": step, "loss": None if step == 3 else 2.0, "lr": 1e-5})
    assert stream.getvalue() == "step 1/3  loss 2.0000  lr 1.00e-05\nstep 3/3  lr 1.00e-05\n"


def test_a_terminal_has_a_display_of_its_own() -> None:
    stream = Terminal()
    Console(steps=3, stream=stream).say("done")
    assert stream.getvalue() == ""


def test_a_token_attends_within_its_document(course: Course) -> None:
    shape, manifest = shape_of(CONFIG), course.manifests[0]
    assert shape is not None
    documents = sum(part.documents for part in manifest.parts)
    mean = sum(part.unique_tokens for part in manifest.parts) // documents
    assert 0 < mean < course.seq_len
    assert flops_of(CONFIG, course.manifests) == flops_per_token(shape, mean)
    long = tuple(part.model_copy(update={"documents": 1}) for part in manifest.parts)
    one_each = manifest.model_copy(update={"parts": long})
    assert flops_of(CONFIG, [one_each]) == flops_per_token(shape, course.seq_len)
    assert flops_of({"model_type": "mamba"}, course.manifests) is None


def test_a_processor_has_no_peak(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = TrainRecipe.model_validate({"name": "small", "model": {"path": "tiny"}, "batch": {"windows": 8}})
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert peak_of(recipe, 4) is None
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.get_device_name", lambda: "NVIDIA A100-SXM4-80GB")
    assert peak_of(recipe, 4) == 4 * 312e12
