"""`metrics.jsonl` read back as columns, whole or as it grows."""

import json
from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO

import numpy as np
import numpy.typing as npt
import orjson

from ixigen_data.core.files import open_read

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_TAIL = 256  # bytes before the place reached that must read the same, else the file is read anew


@dataclass(frozen=True)
class Metrics:
    """The lines of a run, one a step, as they count: what a resumed run took back is left out."""

    steps: Ints  # (lines,), ascending
    columns: Mapping[str, Floats]  # by key, each (lines,); NaN where a line has no number there
    resumed: tuple[int, ...] = ()  # steps after which the run went on from a checkpoint, having been further
    damaged: int = 0  # lines that cannot be read

    def of(self, key: str) -> Floats:
        """Return a column: (lines,), all NaN where no line has the key."""
        found = self.columns.get(key)
        return np.full(len(self.steps), np.nan) if found is None else found

    def last(self, key: str) -> float | None:
        """Return the last number under a key; None where there is none."""
        values = self.of(key)
        known = np.flatnonzero(~np.isnan(values))
        return float(values[known[-1]]) if len(known) else None

    def below(self, name: str) -> tuple[str, ...]:
        """Return the parts that have a column `name`/<part>, in the order in which they appeared."""
        return tuple(key.removeprefix(f"{name}/") for key in self.columns if key.startswith(f"{name}/"))

    @property
    def step(self) -> int:
        """Finished steps."""
        return int(self.steps[-1]) if len(self.steps) else 0

    def until(self, step: int) -> "Metrics":
        """Return the lines up to a step, that one included."""
        stop = int(np.searchsorted(self.steps, step, side="right"))
        columns = {key: values[:stop] for key, values in self.columns.items()}
        return Metrics(self.steps[:stop], columns, self.resumed, self.damaged)

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts that were trained on."""
        return self.below("tokens")


class Journal:
    """Follows a `metrics.jsonl`, local or on an object store.

    A line whose step is not behind the last one's takes back every line from that step on: the run was resumed. A line
    of the last step itself adds to that step.
    """

    _tail: bytes  # of what has been read

    def __init__(self, url: str) -> None:
        self._url = url
        self._begin_anew()

    def poll(self) -> bool:
        """Read what has been written since the last call; return whether there was a line."""
        read = self._read()
        if read is None:
            return False
        size = read.rfind(b"\n") + 1  # what stands behind is still being written
        self._offset -= len(read) - size
        if not size:
            return False
        self._tail = (self._tail + read[max(0, size - _TAIL) : size])[-_TAIL:]
        for line in BytesIO(read):  # one at a time: a split would hold a long run twice
            if line.endswith(b"\n") and line.strip():
                self._take(line)
        return True

    def metrics(self) -> Metrics:
        """Return all lines read so far."""
        size = len(self._steps)
        columns = {key: _column(values, size) for key, values in self._columns.items()}
        return Metrics(np.array(self._steps, np.int64), columns, tuple(self._resumed), self._damaged)

    def _begin_anew(self) -> None:
        self._offset = 0
        self._tail = b""
        self._steps = array("q")
        self._columns: dict[str, array[float]] = {}
        self._resumed: list[int] = []
        self._damaged = 0

    def _read(self) -> bytes | None:
        """Return the bytes behind the place reached, which moves to the file's end; None where there is no file."""
        try:
            with open_read(self._url) as stream:
                if self._offset:
                    stream.seek(self._offset - len(self._tail))
                    if stream.read(len(self._tail)) != self._tail:  # cut back, or another run's
                        self._begin_anew()
                        stream.seek(0)
                read = stream.read()
        except FileNotFoundError:
            return None
        self._offset += len(read)
        return read

    def _take(self, line: bytes) -> None:
        found = _parsed(line)
        step = found.get("step") if found else None
        if found is None or not isinstance(step, int) or isinstance(step, bool):
            self._damaged += 1
            return
        self._place(step)
        row = len(self._steps) - 1
        for key, value in found.items():
            if key == "windows" and isinstance(value, list) and len(value) == 2:
                value = value[1]  # noqa: PLW2901 - a range; how far it went is what a column can hold
            if isinstance(value, int | float) and key != "step":
                column = self._columns.setdefault(key, array("d"))
                if len(column) < row:
                    column.extend([np.nan] * (row - len(column)))
                if len(column) == row:
                    column.append(float(value))
                else:
                    column[row] = float(value)

    def _place(self, step: int) -> None:
        """Make the step's line the last one."""
        if self._steps and step < self._steps[-1]:
            keep = int(np.searchsorted(np.array(self._steps, np.int64), step))
            self._resumed.append(step - 1)
            del self._steps[keep:]
            for column in self._columns.values():
                del column[keep:]
        if not self._steps or step > self._steps[-1]:
            self._steps.append(step)


def columns_of(url: str) -> Metrics:
    """Return a whole `metrics.jsonl`, empty where there is none yet."""
    journal = Journal(url)
    journal.poll()
    return journal.metrics()


def _column(values: "array[float]", size: int) -> Floats:
    column = np.full(size, np.nan)
    column[: len(values)] = values
    return column


def _parsed(line: bytes) -> dict[str, object] | None:
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError:
        try:
            found = json.loads(line)  # takes NaN and Infinity, which are no JSON
        except ValueError:
            return None
    return found if isinstance(found, dict) else None
