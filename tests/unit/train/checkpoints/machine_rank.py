"""One rank on a machine of its own: `machine_rank.py FOLDER URL STEPS RESULT`.

It opens the checkpoints in FOLDER, goes on from the last one, trains to STEPS with a checkpoint each, and writes what
it was told and has done to RESULT. In FOLDER and RESULT `{}` is the machine; URL "-" is no mirror.
"""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import fsspec
import torch
import torch._dynamo  # optimizers do it: 3 s for each rank that is forked
import torch.distributed as dist
from torch.distributed.fsdp import fully_shard

from ixigen_train.checkpoints import disks, store
from ixigen_train.checkpoints.mirror import Mirror
from ixigen_train.checkpoints.place import CheckpointError, StateFile
from ixigen_train.checkpoints.store import Checkpoints
from tests.unit.train.checkpoints.saved import Small

WAITS = (0.0, 0.1)  # instead of seconds


def main(folder: Path, url: str, steps: int) -> dict[str, object]:
    """Return what was told, or the weights at the end and which files were fetched and verified here."""
    fetched, verified = watched()
    run = Small.seeded(0)
    fully_shard(run.model)
    run.optimizer = torch.optim.AdamW(run.model.parameters(), lr=0.1)
    done = 0
    try:
        checkpoints = Checkpoints.opened(folder, 2, None if url == "-" else Mirror(url, 2))
        last = checkpoints.last()
        if last is not None:
            done = run.load(checkpoints, last).step
        for step in range(done + 1, steps + 1):
            run.step()
            run.save(checkpoints, step)
    except CheckpointError as error:
        return {"told": str(error)}
    weights = {name: each.full_tensor().flatten().tolist() for name, each in run.model.named_parameters()}
    return {"from": done, "weights": weights, "fetched": sorted(fetched), "verified": sorted(verified)}


def watched() -> tuple[list[str], list[str]]:
    """Return the names of files to come: fetched from the mirror, and compared with their digests."""
    fetched, verified = list[str](), list[str]()
    get, verify = Mirror._get, store.verify_files

    def got(self: Mirror, url: str, path: Path) -> None:
        fetched.append(path.name)
        get(self, url, path)

    def compared(checkpoint: Path, files: Sequence[StateFile]) -> None:
        verified.extend(file.name for file in files)
        verify(checkpoint, files)

    for owner, name, value in ((disks, "_WAITS", WAITS), (Mirror, "_get", got), (store, "verify_files", compared)):
        setattr(owner, name, value)
    return fetched, verified


if __name__ == "__main__":
    os.environ |= {"LOCAL_RANK": "0", "LOCAL_WORLD_SIZE": "1"}
    fsspec.config.conf["file"] = {"auto_mkdir": True}  # as a bucket has no folders to make
    dist.init_process_group("gloo")
    folder, url, steps, result = (word.format(dist.get_rank()) for word in sys.argv[1:])
    outcome = main(Path(folder), url, int(steps))
    Path(result).write_text(json.dumps(outcome))
    dist.destroy_process_group()
