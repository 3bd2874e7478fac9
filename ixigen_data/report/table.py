"""The report in a terminal: the mixture, the funnel, and a few lines that say how a build went."""

from collections.abc import Mapping
from dataclasses import dataclass

from rich import box
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from ixigen_data.core.units import format_count, format_percent, format_size
from ixigen_data.report.alike import size_rows
from ixigen_data.report.exactness import error_rows
from ixigen_data.report.figures import MixtureRow, mixture_rows, shard_figures, total_error
from ixigen_data.report.funnel import Funnel, account, funnels, losses_by_reason, plain
from ixigen_data.report.texts import text_rows
from ixigen_data.shards.dedup_statistics import LinesStatistics, NearStatistics
from ixigen_data.shards.manifest import Manifest
from ixigen_data.shards.statistics import Statistics

NARROW = 80  # columns of a terminal that must look good
MAX_NAME = 28


@dataclass(frozen=True)
class _Column:
    title: str
    cells: list[Text]
    rank: int = 0  # of those that do not fit, the highest goes first; 0 always stays

    @property
    def width(self) -> int:
        return max(cell_len(self.title), *(cell.cell_len for cell in self.cells))


def mixture_table(manifest: Manifest, width: int = NARROW) -> Table:
    """Return the mixture as a tree, planned tokens beside written ones.

    Columns that do not fit in `width` are left out, unused tokens first, then windows, epochs and weights; planned,
    written and their difference always stay.
    """
    rows = mixture_rows(manifest)
    columns = _fitting(_mixture_columns(rows), width)
    table = Table(
        box=box.SIMPLE_HEAD, padding=(0, max(0, _gap(columns, width) - 1), 0, 0), pad_edge=False, show_edge=False
    )
    for place, column in enumerate(columns):
        table.add_column(
            column.title,
            justify="left" if place == 0 else "right",
            max_width=MAX_NAME if place == 0 else None,
            no_wrap=True,
            overflow="ellipsis",
            header_style="bold" if place == 0 else "dim",
        )
    for number, row in enumerate(rows):
        table.add_row(*(column.cells[number] for column in columns), style="bold" if row.depth == 0 else "")
    return table


def funnel_table(manifest: Manifest) -> Table:
    """Return the documents by source: what was read, what each stage dropped and why, what was kept."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    table.add_column("documents", no_wrap=True, overflow="ellipsis", max_width=MAX_NAME, header_style="bold")
    for title in ("read", "dropped", "kept"):
        table.add_column(title, justify="right", header_style="dim", no_wrap=True)
    table.add_column("why", header_style="dim", ratio=1)
    sources = funnels(manifest)
    for funnel in sources:
        table.add_row(
            Text(funnel.source),
            format_count(funnel.read),
            _count(sum(loss.documents for loss in funnel.losses)),
            format_count(funnel.kept),
            _reasons(funnel),
        )
    if len(sources) > 1:
        whole = account(manifest)
        table.add_row("all", format_count(whole.read), _count(whole.lost), format_count(whole.kept), "", style="bold")
    return table


def text_table(manifest: Manifest, statistics: Statistics) -> Table:
    """Return the texts that were encoded, by source: how long they are, and how dense the tokenizer finds them."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 2, 0, 0), pad_edge=False, show_edge=False)
    table.add_column("texts", no_wrap=True, overflow="ellipsis", max_width=MAX_NAME, header_style="bold")
    for title in ("documents", "tokens", "half below", "tokens/word", "bytes/token"):
        table.add_column(title, justify="right", header_style="dim", no_wrap=True)
    for row in text_rows(manifest, statistics):
        table.add_row(
            Text(row.source),
            format_count(row.documents),
            format_count(row.tokens),
            format_count(row.median),
            f"{row.tokens_per_word:.2f}",
            f"{row.bytes_per_token:.2f}",
        )
    return table


def copies_table(near: NearStatistics) -> Table:
    """Return the clusters of documents that are alike, by size."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 2, 0, 0), pad_edge=False, show_edge=False)
    table.add_column("near-duplicates", no_wrap=True, header_style="bold")
    for title in ("clusters", "documents"):
        table.add_column(title, justify="right", header_style="dim", no_wrap=True)
    for row in size_rows(near):
        table.add_row(f"{row.name} documents", format_count(row.clusters), format_count(row.documents))
    table.add_row("all", format_count(near.clusters), format_count(near.documents), style="bold")
    return table


def contamination_table(manifest: Manifest) -> Table:
    """Return what evaluation suites were found in."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 2, 0, 0), pad_edge=False, show_edge=False)
    table.add_column("suites", no_wrap=True, overflow="ellipsis", max_width=MAX_NAME, header_style="bold")
    for title in ("items met", "dropped", "edited"):
        table.add_column(title, justify="right", header_style="dim", no_wrap=True)
    for suite, found in (manifest.contamination or {}).items():
        table.add_row(Text(suite), format_count(found.items), _count(found.dropped), _count(found.edited))
    return table


def lines_table(lines: Mapping[str, LinesStatistics]) -> Table:
    """Return the frequent lines that were taken out, by source."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 2, 0, 0), pad_edge=False, show_edge=False)
    table.add_column("frequent lines", no_wrap=True, overflow="ellipsis", max_width=MAX_NAME, header_style="bold")
    for title in ("different", "taken out", "documents", "text"):
        table.add_column(title, justify="right", header_style="dim", no_wrap=True)
    for source, found in lines.items():
        counts = (found.frequent, found.lines, found.documents)
        table.add_row(Text(source), *map(_count, counts), format_size(found.text_bytes))
    return table


def dedup_tables(manifest: Manifest, statistics: Statistics | None) -> list[Table]:
    """Return the tables of what was looked for beyond equal texts; none where that is nothing."""
    tables = [copies_table(statistics.near)] if statistics and statistics.near else []
    tables += [lines_table(statistics.lines)] if statistics and statistics.lines else []
    return tables if manifest.contamination is None else [*tables, contamination_table(manifest)]


def summary_lines(manifest: Manifest, statistics: Statistics | None = None) -> list[str]:
    """Return what a build's end says: the size, whether the mixture is exact, the documents, the digest."""
    shards, whole = shard_figures(manifest), account(manifest)
    error, shared = total_error(manifest), len(manifest.settlement_windows)
    exact = (
        "exact: 0 tokens of error at every node"
        if error == 0
        else f"NOT as planned: up to {format_count(error)} tokens off"
    )
    size = f"{_plural(shards.shards, 'shard')}, {format_size(shards.stored_bytes)}"
    windows = f"{format_count(manifest.total_windows)} windows of {format_count(manifest.seq_len)}"
    fate = ((whole.trained, "in windows"), (whole.unused, "not used"), (whole.held_out, "held out"))
    lines = [
        f"{manifest.name}: {format_count(manifest.total_tokens)} tokens in {windows}, {size}",
        f"mixture {exact}; {_plural(len(manifest.parts), 'part')}, {_plural(shared, 'settlement window')}",
        f"documents: {format_count(whole.read)} read, {format_count(whole.lost)} dropped{_worst(funnels(manifest))}",
        f"of {format_count(whole.kept)} kept: {', '.join(f'{format_count(count)} {what}' for count, what in fate)}",
    ]
    if errors := error_rows(statistics):
        furthest = max(errors, key=lambda row: row.largest)
        told = f"no node more than {furthest.largest:.2f} windows from its share of those above it"
        lines.insert(2, f"on the way: {told}")
    if not whole.closes:
        lines.append("documents DO NOT ADD UP: read is not dropped + used + not used + held out")
    return [*lines, f"digest {manifest.digest or manifest.digest_of()}"]


def _mixture_columns(rows: list[MixtureRow]) -> list[_Column]:
    parts = [row.part for row in rows]
    return [
        _Column("mixture", [Text("  " * max(row.depth - 1, 0) + row.name) for row in rows]),
        _Column("weight", [Text(row.weight) for row in rows], rank=1),
        _Column("share", [Text(format_percent(row.share)) for row in rows]),
        _Column("planned", [Text(format_count(row.target_tokens)) for row in rows]),
        _Column("written", [Text(format_count(row.tokens)) for row in rows]),
        _Column("error", [_error(row.error) for row in rows]),
        _Column("epochs", [Text(f"{part.epochs:.2f}" if part else "") for part in parts], rank=2),
        _Column("windows", [Text(format_count(row.windows)) for row in rows], rank=3),
        _Column("unused", [Text(format_count(row.unused_tokens)) for row in rows], rank=4),
    ]


def _fitting(columns: list[_Column], width: int) -> list[_Column]:
    """Leave out columns by their rank until the rest fit with one space between them."""
    while _gap(columns, width) == 0 and any(column.rank for column in columns):
        least = max(columns, key=lambda column: column.rank)
        columns = [column for column in columns if column is not least]
    return columns


def _gap(columns: list[_Column], width: int) -> int:
    """Return the spaces between columns: two where they fit, else one, 0 where not even one fits."""
    room = width - sum(min(column.width, MAX_NAME) for column in columns)
    return max(0, min(2, room // (len(columns) - 1)))


def _error(tokens: int) -> Text:
    return Text("0", style="green") if tokens == 0 else Text(f"{tokens:+,}", style="bold red")


def _count(documents: int) -> Text:
    return Text(format_count(documents)) if documents else Text("–", style="dim")


def _reasons(funnel: Funnel) -> Text:
    return Text(", ".join(f"{plain(reason)} {format_count(count)}" for reason, count in losses_by_reason([funnel])))


def _worst(sources: list[Funnel]) -> str:
    """Return the three most frequent reasons in brackets; nothing where nothing was lost."""
    named = [f"{plain(reason)} {format_count(count)}" for reason, count in losses_by_reason(sources)]
    more = [f"{len(named) - 3} more reasons"] if len(named) > 4 else named[3:]
    return f" ({', '.join(named[:3] + more)})" if named else ""


def _plural(count: int, noun: str) -> str:
    return f"{format_count(count)} {noun}{'' if count == 1 else 's'}"
