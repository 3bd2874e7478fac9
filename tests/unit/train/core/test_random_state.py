"""Every generator is set by seed, step and rank, and by nothing else."""

import random

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the train lock")

import torch

from ixigen_train.core.random_state import reseed

pytestmark = pytest.mark.train


def drawn(seed: int, step: int, rank: int) -> tuple[float, float, float]:
    reseed(seed, step, rank)
    return random.random(), float(np.random.rand()), float(torch.rand(()))


def test_the_place_decides_what_is_drawn() -> None:
    first = drawn(17, 3, 1)
    drawn(5, 0, 0)
    assert drawn(17, 3, 1) == first


def test_another_seed_step_or_rank_draws_otherwise() -> None:
    places = [(17, 3, 1), (18, 3, 1), (17, 4, 1), (17, 3, 2), (17, 1, 3)]
    for one_generator in zip(*(drawn(*place) for place in places), strict=True):
        assert len(set(one_generator)) == len(places)
