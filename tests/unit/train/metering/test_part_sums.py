"""Sums by part equal those of a plain loop, and what is no number stays where it is."""

import math

import pytest

pytest.importorskip("torch", reason="needs the train lock")

import torch

from ixigen_train.metering.finite import WindowLosses, gathered
from ixigen_train.metering.gradients import clip_gradients
from ixigen_train.metering.part_sums import IGNORED, PartSums

pytestmark = pytest.mark.train

PARTS, WINDOWS, SEQ_LEN, VOCABULARY = 3, 6, 17, 50


def batch(seed: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return nll, labels and part of some windows; one in five tokens has no label, one in seven is pad."""
    rng = torch.Generator().manual_seed(seed)
    part = torch.randint(0, PARTS, (WINDOWS, SEQ_LEN), generator=rng).to(torch.int16)
    part[torch.rand(WINDOWS, SEQ_LEN, generator=rng) < 1 / 7] = -1
    labels = torch.randint(0, VOCABULARY, (WINDOWS, SEQ_LEN), generator=rng)
    labels[(torch.rand(WINDOWS, SEQ_LEN, generator=rng) < 0.2) | (part < 0)] = IGNORED
    nll = torch.rand(WINDOWS, SEQ_LEN - 1, generator=rng) * 9
    return nll.where(labels[:, 1:] != IGNORED, 0), labels, part


def test_sums_are_those_of_a_plain_loop() -> None:
    sizes = torch.arange(VOCABULARY) % 5
    sums = PartSums(PARTS, torch.device("cpu"), sizes)
    nll, labels, text, tokens = [0.0] * PARTS, [0] * PARTS, [0] * PARTS, [0] * PARTS
    for seed in range(3):
        losses, targets, owners = batch(seed)
        sums.add(losses, targets, owners)
        for row in range(WINDOWS):
            for place in range(SEQ_LEN):
                owner, target = int(owners[row, place]), int(targets[row, place])
                tokens[owner] += owner >= 0
                if place and target != IGNORED:
                    nll[owner] += float(losses[row, place - 1])
                    labels[owner] += 1
                    text[owner] += target % 5
    told = sums.reduced()
    assert told.nll == pytest.approx(nll, rel=1e-12)
    assert (told.labels, told.bytes, told.tokens) == (tuple(labels), tuple(text), tuple(tokens))
    assert sums.reduced().tokens == (0, 0, 0)


def test_what_is_not_finite_is_that_of_its_part_and_window_alone() -> None:
    sums, windows = PartSums(PARTS, torch.device("cpu")), WindowLosses()
    for seed in range(2):
        nll, labels, part = batch(seed)
        part[:] = torch.arange(WINDOWS)[:, None] % PARTS
        if seed == 1:
            nll[4, 3], labels[4, 4] = math.inf, 7  # window 10 of the step, of part 1
        sums.add(nll, labels, part)
        windows.add(nll)
    told = sums.reduced()
    assert [math.isfinite(value) for value in told.nll] == [True, False, True]
    assert windows.not_finite() == (10,)
    assert gathered(windows.not_finite()) == [(10,)]
    windows.clear()
    assert windows.not_finite() == ()


@pytest.mark.parametrize("limit", [0.5, 1e6, None])
def test_clipping_is_torchs_and_tells_the_norm_before_it(limit: float | None) -> None:
    rng = torch.Generator().manual_seed(0)
    ours = [torch.nn.Parameter(torch.zeros(size)) for size in (7, 3, 2)]
    theirs = [torch.nn.Parameter(torch.zeros(size)) for size in (7, 3, 2)]
    for one, other in zip(ours[:2], theirs[:2], strict=True):  # the third has no gradient
        one.grad = torch.randn(one.shape, generator=rng)
        other.grad = one.grad.clone()
    norm = clip_gradients(ours, limit)
    expected = torch.nn.utils.clip_grad_norm_(theirs, math.inf if limit is None else limit)
    assert float(norm) == float(expected)
    for one, other in zip(ours[:2], theirs[:2], strict=True):
        assert one.grad is not None
        assert other.grad is not None
        assert torch.equal(one.grad, other.grad)
