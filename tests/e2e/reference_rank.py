"""One rank of a run of the reference loop; it imports nothing else, for it is imported in every rank."""

import contextlib
import os
import sys

import torch

from ixigen_train.reference import main

_FOREIGN = ("composer", "llmfoundry", "streaming")


def run_rank(place: tuple[int, int, int], words: list[str], log: str) -> None:
    """Run the command as torchrun would start it, and exit with its code. place: rank, ranks, port of rank 0."""
    rank, ranks, port = place
    told = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": ranks, "LOCAL_WORLD_SIZE": ranks, "MASTER_PORT": port}
    os.environ |= {"MASTER_ADDR": "127.0.0.1"} | {name: str(number) for name, number in told.items()}
    torch.set_num_threads(1)
    with (
        open(f"{log}.out", "w") as out,
        open(f"{log}.err", "w") as err,
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        code = main(words)
        foreign = [name for name in _FOREIGN if name in sys.modules]
        assert not foreign, f"imported {foreign}"
    sys.exit(code)
