"""The progress of a build in a terminal."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from ixigen_data.core.console import err
from ixigen_data.core.progress import Progress as ProgressListener
from ixigen_data.core.progress import Silent
from ixigen_data.core.units import format_count, format_size


@contextmanager
def progress_display(quiet: bool) -> Iterator[ProgressListener]:
    """Show one line a stage with a bar and the time left; nothing when quiet."""
    if quiet:
        yield Silent()
        return
    columns = (
        TextColumn("{task.description:<10}"),
        BarColumn(bar_width=None),
        TextColumn("{task.fields[done]:>24}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, expand=True) as bars:
        yield _Bars(bars)


class _Bars:
    """One bar a stage."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._ids: dict[str, TaskID] = {}
        self._units: dict[str, str] = {}

    def begin(self, stage: str, total: int, unit: str) -> None:
        self._units[stage] = unit
        self._ids[stage] = self._bars.add_task(stage, total=max(total, 1), done="")

    def advance(self, stage: str, amount: int) -> None:
        task = self._ids[stage]
        self._bars.advance(task, amount)
        self._bars.update(task, done=_amount(self._bars.tasks[task].completed, self._units[stage]))

    def end(self, stage: str) -> None:
        task = self._ids[stage]
        self._bars.update(task, completed=self._bars.tasks[task].total)

    def note(self, message: str) -> None:
        self._bars.console.print(escape(message), soft_wrap=True)


def _amount(done: float, unit: str) -> str:
    return format_size(done) if unit == "bytes" else f"{format_count(int(done))} {unit}"
