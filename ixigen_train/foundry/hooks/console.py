"""What a run prints where nobody watches it live: a line now and then, for a log file."""

import logging
import sys
import time
from collections.abc import Mapping
from typing import TextIO

from pydantic import JsonValue

_SECONDS = 2.0  # between lines, so that a run of many short steps writes no megabytes
_NOISY = ("composer", "llmfoundry", "streaming", "datasets", "transformers", "py.warnings")


def quiet() -> None:
    """Leave the frameworks' warnings and errors, and nothing below them."""
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)


class Console:
    """Prints the progress of a run to a stream that is no terminal; a terminal has a live display of its own."""

    def __init__(self, steps: int, stream: TextIO | None = None) -> None:
        self._steps = steps
        self._stream = sys.stdout if stream is None else stream
        self._is_used = not self._stream.isatty()
        self._printed = float("-inf")

    def step(self, line: Mapping[str, JsonValue]) -> None:
        """Print a step's line of `metrics.jsonl`, unless one was printed just now; the last one always is."""
        now = time.monotonic()
        if now - self._printed >= _SECONDS or line["step"] == self._steps:
            self._printed = now
            self.say(told(line, self._steps))

    def say(self, text: str) -> None:
        """Print a line."""
        if self._is_used:
            print(text, file=self._stream, flush=True)


def told(line: Mapping[str, JsonValue], steps: int) -> str:
    """Return a step in one line.

    >>> told({"step": 12, "lr": 1e-5, "loss": 3.25, "tokens_per_second": 3512.4, "wait_seconds": 0.01}, 100)
    'step 12/100  loss 3.2500  lr 1.00e-05  3,512 tokens/s  waited 0.01 s'
    """
    pieces = [f"step {line['step']:,}/{steps:,}"]
    for key, form in _FORMS.items():
        value = line.get(key)
        if isinstance(value, int | float):
            pieces.append(form.format(value))
    return "  ".join(pieces)


_FORMS = {
    "loss": "loss {:.4f}",
    "lr": "lr {:.2e}",
    "grad_norm": "norm {:.3g}",
    "tokens_per_second": "{:,.0f} tokens/s",
    "mfu": "mfu {:.1%}",
    "wait_seconds": "waited {:.2f} s",
}
