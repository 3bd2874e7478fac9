"""What a run on an object store keeps of itself there, and when."""

from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.importorskip("torch", reason="needs the train lock")

import ixigen_train.foundry.compat  # noqa: F401 -- before any Mosaic package

from ixigen_train.checkpoints.mirror import Mirror
from ixigen_train.checkpoints.place import CheckpointError
from ixigen_train.checkpoints.store import Checkpoints
from ixigen_train.foundry import checkpointing
from ixigen_train.foundry.checkpointing import Checkpointing
from ixigen_train.metering.ledger import Ledger
from ixigen_train.windows.course import CoursePlan, Stretch
from tests.unit.train.pretrain.jobs import recipe

pytestmark = pytest.mark.train

PLAN = CoursePlan(stretches=(Stretch(shards="d", digest="0" * 32, steps=4),), batch_windows=2)


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A run after its second step, of a course of one part."""
    course = SimpleNamespace(plan=PLAN, planned=lambda step: (64 * step,))
    monkeypatch.setattr(checkpointing, "course_of", lambda _: course)
    monkeypatch.setattr(checkpointing, "_hooks", lambda _: SimpleNamespace(ledger=Ledger(["ko"], {"ko": 128})))
    monkeypatch.setattr(checkpointing, "_model", lambda _: SimpleNamespace(lm=None))
    return SimpleNamespace(timestamp=SimpleNamespace(batch=SimpleNamespace(value=2)), optimizers=[None])


@pytest.fixture
def callback(tmp_path: Path) -> Checkpointing:
    return Checkpointing(str(tmp_path), recipe(2).model_dump(mode="json"), "memory://bucket/run")


def test_metrics_are_there_before_the_checkpoint_that_goes_on_behind_them(
    state: SimpleNamespace, callback: Checkpointing, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = []
    monkeypatch.setattr(Mirror, "put_files", lambda self, folder: done.append("metrics"))
    monkeypatch.setattr(Checkpoints, "save", lambda *_: done.append("checkpoint"))
    callback.fit_end(state, None)  # type: ignore[arg-type]
    assert done[:2] == ["metrics", "checkpoint"]


def test_a_run_does_not_end_for_metrics_that_could_not_be_put(
    state: SimpleNamespace,
    callback: Checkpointing,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def down(self: Mirror, folder: Path) -> None:
        raise CheckpointError("s3://bucket/run/metrics.jsonl: no answer")

    saved = []
    monkeypatch.setattr(Mirror, "put_files", down)
    monkeypatch.setattr(Checkpoints, "save", lambda *_: saved.append(2))
    callback.fit_end(state, None)  # type: ignore[arg-type]
    assert saved == [2]
    assert "no answer" in caplog.text
