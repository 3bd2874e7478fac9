"""Random state follows from the place in a run, so that a run that goes on needs none saved."""

import random

import numpy as np
import torch

from ixigen_data.core.seeds import seed_for


def reseed(seed: int, step: int, rank: int) -> None:
    """Set every generator that a model may draw from, for one step of one rank: Python's, NumPy's, torch's, CUDA's."""
    named = seed_for(seed, "step", step, rank)
    random.seed(named)
    np.random.seed(named % 2**32)  # it takes no more bits
    torch.manual_seed(named)
