"""`metrics.jsonl`: one object a step, in the order of the steps; whole lines only, whatever was killed when."""

import json
import math
from collections.abc import Mapping
from pathlib import Path

import orjson
from pydantic import JsonValue

from ixigen_data.core.errors import IxigenError
from ixigen_data.core.files import write_bytes

Line = dict[str, JsonValue]


class MetricsLog:
    """The writer: one at a time, that of rank 0. The file is open while a line is written, not longer."""

    def __init__(self, path: Path, step: int = 0) -> None:
        """Make the log ready for a run that goes on after so many finished steps; 0 begins anew.

        Lines beyond that step belong to steps that will be taken again, and go; so does the torn line of a writer that
        was killed.

        Raises:
            IxigenError: a line before the last is not an object with a step.
        """
        self.path = path
        kept = [line for line in _lines(path) if 0 < step >= _step_of(line)]
        if path.exists():
            write_bytes(str(path), b"".join(map(_line_of, kept)))
        path.parent.mkdir(parents=True, exist_ok=True)

    def append(self, line: Mapping[str, JsonValue]) -> None:
        """Write a line; it can be read when this returns. What is not finite is null there, for JSON has no NaN."""
        with self.path.open("ab") as stream:
            stream.write(_line_of(line))


def read_metrics(path: Path) -> tuple[Line, ...]:
    """Return the lines of a log, in their order; none where there is no such file yet.

    A last line that is being written, or was torn by a kill, is left out.

    Raises:
        IxigenError: a line before the last is not an object with a step.
    """
    return tuple(_lines(path))


def _lines(path: Path) -> list[Line]:
    if not path.exists():
        return []
    texts = path.read_bytes().split(b"\n")
    # What stands behind the last newline was not written whole; a file system may also leave zeros there.
    return [line for number, text in enumerate(texts[:-1], 1) if (line := _parsed(path, number, text, len(texts) - 1))]


def _parsed(path: Path, number: int, text: bytes, last: int) -> Line | None:
    try:
        line = json.loads(text)
    except ValueError:
        line = None
    if isinstance(line, dict) and isinstance(line.get("step"), int):
        return line
    if number == last:
        return None
    raise IxigenError(f'{path}:{number}: expected an object with a "step", got {text[:40]!r}; remove the line')


def _step_of(line: Line) -> int:
    step = line["step"]
    assert isinstance(step, int), "_parsed has looked"
    return step


def _line_of(line: Mapping[str, JsonValue]) -> bytes:
    told = {
        key: None if isinstance(value, float) and not math.isfinite(value) else value for key, value in line.items()
    }
    return orjson.dumps(told) + b"\n"
