"""A rank of a run whose disk is full on rank 1: `python -m tests.e2e.full_disk_rank FOLDER`, on two ranks.

It saves step 2, may write no file beyond 1 KiB when it saves step 4, writes what it is told to `FOLDER/rank-N.txt`,
goes on from step 2, and saves step 6.
"""

import resource
import sys
from pathlib import Path

import torch
import torch.distributed as dist
from torch.distributed.fsdp import fully_shard

from ixigen_train.checkpoints.place import CheckpointError
from ixigen_train.checkpoints.store import Checkpoints
from ixigen_train.reference import process_group
from tests.unit.train.checkpoints.saved import Small

WIDTH = 256  # 4 KiB of weights on each rank, and moments


def main(folder: Path) -> None:
    checkpoints = Checkpoints(folder / "checkpoints", 2)
    torch.manual_seed(0)
    run = Small.seeded(0, width=WIDTH)
    fully_shard(run.model)
    run.optimizer = torch.optim.AdamW(run.model.parameters(), lr=0.1)
    run.step()
    good = run.save(checkpoints, 2)
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    run.step()
    if dist.get_rank() == 1:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1024, hard))
    try:
        run.save(checkpoints, 4)
    except CheckpointError as error:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        (folder / f"rank-{dist.get_rank()}.txt").write_text(str(error))
    run.load(checkpoints, good)
    run.save(checkpoints, 6)


if __name__ == "__main__":
    with process_group():
        main(Path(sys.argv[1]))
