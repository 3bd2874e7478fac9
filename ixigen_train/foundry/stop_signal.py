"""SIGTERM, as schedulers of preemptible machines send it: one rank that got it is enough, and all know it at once."""

import signal
from collections.abc import Callable
from types import FrameType

import ixigen_train.foundry.compat  # noqa: F401 -- before any Mosaic package

import torch
from composer.utils import dist
from torch.distributed import ProcessGroup, ReduceOp, all_reduce, new_group


class StopSignal:
    """Notes the signal. Ranks agree in the host's memory: whoever asks a device waits for all it still has to do."""

    def __init__(self) -> None:
        self._sent = False
        self._group: ProcessGroup | None = None
        self._before: Callable[[int, FrameType | None], object] | int | None = None

    def listen(self) -> None:
        """Begin to note it; every rank calls this."""
        if self._group is None and dist.get_world_size() > 1:
            self._group = new_group(backend="gloo")
        self._before = signal.signal(signal.SIGTERM, self._note)

    def unlisten(self) -> None:
        """Leave it to whoever had it before."""
        if self._before is not None:
            signal.signal(signal.SIGTERM, self._before)
            self._before = None

    def was_sent(self) -> bool:
        """Return, alike on all ranks, whether one of them got it; every rank calls this, as often as the others."""
        if self._group is None:
            return self._sent
        sent = torch.tensor([self._sent], dtype=torch.int32)
        all_reduce(sent, ReduceOp.MAX, self._group)
        return bool(sent)

    def _note(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._sent = True
