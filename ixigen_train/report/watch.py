"""A run followed in a terminal, from its folder alone: beside the training, or from another machine."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from ixigen_data.core.errors import IxigenError
from ixigen_data.core.files import is_local, join, local_path
from ixigen_data.core.units import format_count, format_duration
from ixigen_data.core.visible import visible_line
from ixigen_train.history.numbers import format_change, format_loss, format_rate, format_short
from ixigen_train.history.run import checkpoints_of
from ixigen_train.recipe.file import load_recipe
from ixigen_train.recipe.settings import TrainRecipe
from ixigen_train.report.snapshot import PartView, Snapshot, snapshot
from ixigen_train.runs.claim import is_worked_in
from ixigen_train.runs.folder import RunFolder
from ixigen_train.runs.journal import Journal
from ixigen_train.runs.run_file import RunFile

LOCAL_SECONDS, REMOTE_SECONDS = 1.0, 10.0  # between two looks
_BLOCKS = "▁▂▃▄▅▆▇█"
_STATUS = {"running": "cyan", "ended": "default", "finished": "green", "failed": "red"}


class Watch:
    """Reads a run as it grows; every look costs what has been written since."""

    def __init__(self, url: str) -> None:
        """`url`: the folder of a run, local or on an object store."""
        self.url = url
        self.interval = LOCAL_SECONDS if is_local(url) else REMOTE_SECONDS
        self._journal = Journal(join(url, "metrics.jsonl"))
        self._recipe: TrainRecipe | None = None

    def look(self) -> Snapshot:
        """Return how the run stands.

        Raises:
            IxigenError: it is not the folder of a run.
        """
        file = RunFile.load(
            join(self.url, "run.json")
        )  # before the metrics: what a run wrote at its end is then read too
        self._recipe = self._recipe or load_recipe(join(self.url, "recipe.yaml"))
        self._journal.poll()
        saved = checkpoints_of(self.url)
        seen = snapshot(file, self._recipe, self._journal.metrics(), saved[-1].step if saved else None)
        gone = is_local(self.url) and not is_worked_in(RunFolder(local_path(self.url)))
        return _ended(seen) if gone else seen

    def look_if_there(self) -> Snapshot | None:
        """Return how the run stands; None where that cannot be read: a view that fails must not end a training."""
        try:
            return self.look()
        except (IxigenError, OSError):
            return None


def follow(run_folder: str, alive: Callable[[], bool] | None = None, console: Console | None = None) -> Snapshot | None:
    """Show a run until it ends; return how it stood then, None where it never began to write.

    In a terminal a live view, else a line for every look at which a step was finished.

    Args:
        run_folder: folder or URL.
        alive: says whether the training still runs; None: what `run.json` says counts, and the run must be there.
        console: where to; None: standard error.

    Raises:
        IxigenError: without `alive`, that it is not the folder of a run.
    """
    console = console or Console(stderr=True, highlight=False)
    watch = Watch(run_folder)
    show = _Live(console) if console.is_terminal else _Lines(console)
    seen: Snapshot | None = None
    with show:
        while True:
            ended = alive is not None and not alive()  # asked before the look, so that nothing is missed
            seen = watch.look() if alive is None else watch.look_if_there() or seen
            if seen is not None:
                seen = _ended(seen) if ended else seen
                show.update(seen)
            if ended or (alive is None and seen is not None and seen.status != "running"):
                return seen
            time.sleep(watch.interval)


def _ended(seen: Snapshot) -> Snapshot:
    """Return a run whose processes are gone, where nobody has written down how it ended: killed, or an instant ago."""
    return replace(seen, status="ended", seconds_left=None) if seen.status == "running" else seen


class _Live:
    """One view that is drawn anew."""

    def __init__(self, console: Console) -> None:
        self._live = Live(console=console, auto_refresh=False)

    def __enter__(self) -> "_Live":
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def update(self, seen: Snapshot) -> None:
        self._live.update(view(seen), refresh=True)


class _Lines:
    """A line where something is new."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._told = ""

    def __enter__(self) -> "_Lines":
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to put away."""

    def update(self, seen: Snapshot) -> None:
        if (line := line_of(seen)) != self._told:
            self._told = line
            self._console.print(Text(line), soft_wrap=True)


def view(seen: Snapshot) -> RenderableType:
    """Return a run as a terminal shows it: how far it is, its figures, its parts."""
    parts: list[RenderableType] = [_heading(seen), _bar(seen), _figures(seen)]
    if seen.reason:
        parts.append(Text(visible_line(seen.reason), style="red"))
    if seen.loss is not None or seen.parts:
        parts += [Text(), _table(seen)]
    return Group(*parts)


def line_of(seen: Snapshot) -> str:
    """Return a run in one line, for a log."""
    told = [f"step {format_count(seen.step)}/{format_count(seen.steps)}", f"tokens {format_short(seen.tokens)}"]
    told += [f"{name} {text}" if name else text for name, text in _named(seen)]
    told += [
        f"hold-out {visible_line(part.part)} {format_change(part.held_out_change)}" for part in seen.parts if part.alarm
    ]
    if seen.status != "running":
        told.append(seen.status if not seen.reason else f"{seen.status}: {visible_line(seen.reason)}")
    return "  ".join(told)


def sparkline(values: Sequence[float]) -> str:
    """Return values as a row of blocks, the greatest full.

    >>> sparkline([3.0, 2.0, 1.0]), sparkline([1.0, 1.0]), sparkline([])
    ('█▅▁', '▁▁', '')
    """
    if not values:
        return ""
    low, high = min(values), max(values)
    size = (high - low) or 1.0
    return "".join(_BLOCKS[round((value - low) / size * (len(_BLOCKS) - 1))] for value in values)


def _heading(seen: Snapshot) -> Text:
    share = seen.step / seen.steps if seen.steps else 1.0
    text = Text(visible_line(seen.name), style="bold")
    text.append(f"  {seen.status}", style=_STATUS[seen.status])
    text.append(
        f"  step {format_count(seen.step)} of {format_count(seen.steps)}, {100 * share:.0f} %", style="not bold"
    )
    return text


def _bar(seen: Snapshot) -> Table:
    bar = Table.grid(expand=True)  # a progress bar alone ends no line
    bar.add_row(ProgressBar(max(seen.steps, 1), seen.step))
    return bar


def _figures(seen: Snapshot) -> Text:
    return Text("  ").join(
        Text.assemble((f"{name} " if name else "", "dim"), text)
        for name, text in [("tokens", format_short(seen.tokens)), *_named(seen)]
        if name != "loss"
    )


def _named(seen: Snapshot) -> list[tuple[str, str]]:
    """Return the figures that were measured, with their names."""
    named = [
        ("loss", seen.loss, format_loss),
        ("lr", seen.lr, format_rate),
        ("", seen.tokens_per_second, lambda value: f"{format_short(value)} tokens/s"),
        ("mfu", seen.mfu, lambda value: f"{100 * value:.1f} %"),
        ("data wait", seen.wait_share, lambda value: f"{100 * value:.1f} %"),
        ("left", seen.seconds_left, format_duration),
        ("checkpoint", seen.checkpoint, lambda value: f"step {value:,}"),
    ]
    return [(name, told(value)) for name, value, told in named if value is not None]


def _table(seen: Snapshot) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    table.add_column("part", no_wrap=True, overflow="ellipsis", max_width=28)
    table.add_column("loss", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True, style="cyan")
    table.add_column("tokens", justify="right", no_wrap=True)
    measured = any(part.held_out_change is not None for part in seen.parts)
    if measured:
        table.add_column("hold-out", justify="right", no_wrap=True)
    table.add_row("all", format_loss(seen.loss), sparkline(seen.trend), format_short(seen.tokens), style="bold")
    for part in seen.parts:
        cells: list[RenderableType] = [
            Text(visible_line(part.part)),
            format_loss(part.loss),
            sparkline(part.trend),
            format_short(part.tokens),
        ]
        if measured:
            cells.append(_change(part))
        table.add_row(*cells)
    return table


def _change(part: PartView) -> Text:
    worse = part.held_out_change is not None and part.held_out_change > 0
    return Text(format_change(part.held_out_change), style="bold red" if part.alarm else "yellow" if worse else "green")
