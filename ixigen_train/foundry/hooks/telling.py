"""Where the record of a step goes: metrics.jsonl, every Composer logger, the console."""

from collections.abc import Mapping
from pathlib import Path

import ixigen_train.foundry.compat  # noqa: F401 -- before any Mosaic package

from composer import Logger
from pydantic import JsonValue

from ixigen_train.foundry.hooks.console import Console
from ixigen_train.runs.metrics import MetricsLog
from ixigen_train.runs.records import StepRecord


class Telling:
    """Tells what a run does. Rank 0 writes; loggers of Composer know for themselves which ranks they listen to."""

    def __init__(self, metrics: Path, step: int, console: Console | None) -> None:
        """Make the log of a run ready that goes on after so many steps. A rank without a console writes no file."""
        self._console = console
        self._log = MetricsLog(metrics, step) if console is not None else None

    def step(self, record: StepRecord, logger: Logger) -> None:
        """Tell a step, the same keys everywhere."""
        line = record.line()
        logger.log_metrics(_numbers(line), step=record.step)
        if self._log is not None:
            self._log.append(line)
        if self._console is not None and record.step:
            self._console.step(line)

    def say(self, text: str) -> None:
        """Tell something once, in words."""
        if self._console is not None:
            self._console.say(text)


def _numbers(line: Mapping[str, JsonValue]) -> dict[str, float]:
    return {key: float(value) for key, value in line.items() if isinstance(value, int | float) and key != "step"}
