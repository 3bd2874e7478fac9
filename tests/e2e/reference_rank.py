"""One rank of a run of the reference loop. All that it needs is imported here, once, for all ranks that are forked."""

import contextlib
import os
import sys

import numpy as np
import pyarrow.parquet  # noqa: F401 -- lineage is read with it
import torch
import transformers.models.llama.modeling_llama  # noqa: F401 -- transformers imports it when it makes a model

from ixigen_train.reference import main
from ixigen_train.windows.batch_kernel import fill

_FOREIGN = ("composer", "llmfoundry", "streaming")
_NOTHING = np.zeros((0, 8), np.int64)
# Numba takes a second to load a compiled function.
fill(
    *(_NOTHING, np.zeros((0, 1), np.uint8), np.zeros(0, np.int64), np.zeros(0, np.int16)),
    *(_NOTHING, _NOTHING, np.zeros((0, 8), np.int16)),
)


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
