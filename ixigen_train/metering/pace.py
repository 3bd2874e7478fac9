"""How fast steps go: seconds, waiting for data, tokens a second, and the share of the devices' peak that they reach."""

import time
from collections.abc import Callable

Clock = Callable[[], float]


class Pace:
    """Times a step from asking for its windows to its end; checkpoints and hold-outs between steps do not count.

    A device that works in the background must have been waited for when `measures` is called.
    """

    def __init__(
        self, flops_per_token: float | None = None, peak_flops: float | None = None, clock: Clock = time.perf_counter
    ) -> None:
        """`flops_per_token`: forward and backward; `peak_flops`: a second, of all devices together."""
        self._flops_per_token = flops_per_token
        self._peak_flops = peak_flops
        self._clock = clock
        self._asked = self._served = clock()

    def asked(self) -> None:
        """The step's windows are asked for."""
        self._asked = self._clock()

    def served(self) -> None:
        """The step's windows are there."""
        self._served = self._clock()

    def measures(self, tokens: int) -> dict[str, float]:
        """Return what a step took that trained on so many tokens, over all ranks.

        "mfu" is model FLOPs utilization (Chowdhery et al., "PaLM", 2022, appendix B), a ratio of the peak; it is left
        out where the peak of the devices or the layout of the model is not known.
        """
        seconds = self._clock() - self._asked
        speed = tokens / seconds if seconds > 0 else 0.0
        measures = {
            "seconds": seconds,
            "wait_seconds": self._served - self._asked,
            "tokens_per_second": speed,
        }
        if self._flops_per_token is not None and self._peak_flops is not None:
            measures["mfu"] = speed * self._flops_per_token / self._peak_flops
        return measures
