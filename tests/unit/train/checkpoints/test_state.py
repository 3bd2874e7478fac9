from pathlib import Path

import torch

from ixigen_train.checkpoints.state import read_weights, weights_in
from ixigen_train.checkpoints.store import Checkpoints
from tests.unit.train.checkpoints.saved import Small


def test_weights_are_read_by_the_models_names_and_tied_ones_once(tmp_path: Path) -> None:
    run = Small.seeded(0)
    checkpoint = run.save(Checkpoints(tmp_path, 1), 1)
    found = read_weights(checkpoint)
    assert sorted(found) == ["embed.weight", "seen"]
    assert torch.equal(found["embed.weight"], run.model.get_parameter("embed.weight"))
    assert weights_in(checkpoint) == {"embed.weight": 8 * 6 * 4, "seen": 4}
    assert list(read_weights(checkpoint, ["seen"])) == ["seen"]
