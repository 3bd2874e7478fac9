"""Hold-outs scored by a model of pairs of tokens, which a test can score by hand."""

import math
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from torch import nn

from ixigen_data.core.errors import IxigenError
from ixigen_train.forgetting.measure import HeldOut, Windows, measure
from ixigen_train.recipe.settings import EvaluationSettings
from ixigen_train.windows.course import Course, CoursePlan, Stretch
from tests.dataset import EOS, VOCABULARY, document_stream, write_dataset

CPU = torch.device("cpu")


class Pairs(nn.Module):
    """Each token is predicted from the one before it."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(3)
        self.table = nn.Embedding(VOCABULARY, VOCABULARY)
        self.frozen = nn.Dropout(0.5).eval()  # someone keeps it so while the rest trains
        self.shapes: list[tuple[int, ...]] = []

    def forward(self, windows: Windows) -> torch.Tensor:
        assert not self.training
        assert not torch.is_grad_enabled()
        self.shapes.append(tuple(windows.input_ids.shape))
        logits = self.table(windows.input_ids[:, :-1])
        targets = windows.labels[:, 1:]
        return nn.functional.cross_entropy(logits.transpose(1, 2), targets, ignore_index=-100, reduction="none")


@pytest.fixture
def course(tmp_path: Path) -> Course:
    manifest = write_dataset(str(tmp_path / "set"))
    stretch = Stretch(shards=str(tmp_path / "set"), digest=manifest.digest or "", steps=9)
    return Course.open(CoursePlan(stretches=(stretch,), batch_windows=2), None, None)


def by_hand(model: Pairs, windows: int) -> tuple[float, int, int]:
    """NLL, labels, and the sum of the labels' ids, over the first windows of the hold-out, token by token."""
    table = model.table.weight.detach().double().log_softmax(dim=1)
    nll, labels, ids = 0.0, 0, 0
    for size in (32, 32, 27)[:windows]:
        stream = document_stream(1, 99)
        tokens = [next(stream).id for _ in range(size)]
        for before, after in pairwise(tokens):
            if before != EOS:  # else a document begins
                nll, labels, ids = nll - float(table[before, after]), labels + 1, ids + after
    return nll, labels, ids


@pytest.mark.parametrize(("limit", "microbatch"), [(None, 1), (None, 2), (None, 5), (1, 2), (2, 2), (9, 3)])
def test_sums_are_those_made_by_hand(course: Course, limit: int | None, microbatch: int) -> None:
    model = Pairs()
    settings = EvaluationSettings(windows=limit)
    sizes = torch.arange(VOCABULARY)
    score = measure(model, model, HeldOut.of(course, settings, microbatch, sizes), CPU)["replay/ko"]
    nll, labels, ids = by_hand(model, min(limit or 3, 3))
    assert (score.labels, score.bytes) == (labels, ids)
    assert score.nll == pytest.approx(nll, rel=1e-6)
    assert score.loss == pytest.approx(nll / labels, rel=1e-6)
    assert score.perplexity == pytest.approx(math.exp(nll / labels), rel=1e-6)
    assert score.bits_per_byte == pytest.approx(nll / math.log(2) / ids, rel=1e-6)
    assert set(model.shapes) == {(microbatch, 32)}  # one shape, however many windows there are


def test_the_model_is_left_as_it_was(course: Course) -> None:
    model = Pairs().train()
    model.frozen.eval()
    measure(model, model, HeldOut.of(course, EvaluationSettings(), 2), CPU)
    assert (model.training, model.table.training, model.frozen.training) == (True, True, False)
    assert torch.is_grad_enabled()


def test_a_fault_leaves_the_model_as_it_was(course: Course) -> None:
    def broken(windows: Windows) -> torch.Tensor:
        raise RuntimeError("no more memory")

    model = Pairs().train()
    with pytest.raises(RuntimeError, match="no more memory"):
        measure(model, broken, HeldOut.of(course, EvaluationSettings(), 2), CPU)
    assert model.training


def test_without_a_vocabulary_there_are_no_bits_per_byte(course: Course) -> None:
    model = Pairs()
    assert measure(model, model, HeldOut.of(course, EvaluationSettings(), 2), CPU)["replay/ko"].bits_per_byte is None


def test_nothing_to_measure(course: Course) -> None:
    model = Pairs()
    assert measure(model, model, HeldOut.of(course, EvaluationSettings(parts=()), 2), CPU) == {}
    assert model.shapes == []


def test_a_part_without_a_hold_out(course: Course) -> None:
    with pytest.raises(IxigenError, match=r"evaluation.parts: telco has no hold-out .* these have: replay/ko"):
        HeldOut.of(course, EvaluationSettings(parts=("replay/ko", "telco")), 2)
