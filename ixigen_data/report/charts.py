"""The charts of the page: figures to bars."""

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence

from markupsafe import Markup

from ixigen_data.core.lengths import EDGES, upper_edge
from ixigen_data.core.units import format_count, format_percent
from ixigen_data.report.exactness import ErrorRow
from ixigen_data.report.figures import MixtureRow
from ixigen_data.report.funnel import QUARANTINED, Account, Funnel, Step, TokenAccount, plain
from ixigen_data.report.plots import Band, Column, Layer, band, columns, stack
from ixigen_data.report.svg import Cell, Segment, bar, gauge, nested_bar
from ixigen_data.report.texts import TextRow
from ixigen_data.shards.manifest import PartRecord
from ixigen_data.shards.statistics import NodeTrace

HUES = 6  # colours of the style sheet: k0 … k5, one for each child of the whole, then again from the first
SHADES = 4  # of each colour, s0 … s3: parts below the same child of the whole, in turn


def hues(rows: Sequence[MixtureRow]) -> dict[str, str]:
    """Return the colour class of each node: that of the child of the whole which it stands below."""
    tops = [row.path for row in rows if row.depth == 1]
    return {row.path: f"k{tops.index(row.path.partition('/')[0]) % HUES}" for row in rows if row.path}


def shades(paths: Sequence[str]) -> dict[str, str]:
    """Return the shade class of each part: parts of one colour take turns."""
    seen: dict[str, int] = {}
    classes = {}
    for path in paths:
        top = path.partition("/")[0]
        classes[path] = f"s{seen.get(top, 0) % SHADES}"
        seen[top] = seen.get(top, 0) + 1
    return classes


def mixture_chart(rows: Sequence[MixtureRow]) -> Markup:
    """Return planned against written tokens, node by node."""
    depth = max((row.depth for row in rows), default=0)
    colours = hues(rows)
    starts = _starts(rows)
    cells = [
        Cell(
            label=row.name,
            detail=f"{format_percent(row.share)} · {format_count(row.tokens)}",
            brief=format_percent(row.share),
            start=starts[row.path],
            width=row.share,
            level=row.depth - 1,
            levels=depth - row.depth + 1 if row.part else 1,
            written=row.tokens / row.target_tokens if row.target_tokens else 1.0,
            css=colours[row.path],
        )
        for row in rows
        if row.path
    ]
    return nested_bar(cells, "planned and written tokens of every node of the mixture")


def epochs_chart(part: PartRecord, full: float, css: str) -> Markup:
    """Return the passes over a part's supply, on the track of those that its recipe allows."""
    return gauge(
        part.epochs, part.max_epochs, full, css, f"{part.path}: {part.epochs:.2f} of at most {part.max_epochs:g} epochs"
    )


def step_chart(funnel: Funnel, step: Step) -> Markup:
    """Return what came out of a stage and what it lost, on the scale of what was read from the source."""
    whole = max(funnel.read, 1)
    segments = [Segment(step.documents_out / whole, "kept", f"{format_count(step.documents_out)} documents go on")]
    segments += [
        Segment(
            loss.documents / whole,
            "quarantined" if loss.reason == QUARANTINED else "lost",
            f"{plain(loss.reason)}: {loss.documents:,}",
        )
        for loss in step.losses
    ]
    return bar(segments, f"{funnel.source}, {step.stage}: {step.documents_out:,} of {step.documents_in:,} documents")


def account_chart(account: Account) -> Markup:
    """Return where all documents went, as one bar."""
    named = (
        (account.trained, "used", "in windows"),
        (account.unused, "unused", "not needed"),
        (account.held_out, "held", "held out"),
        (account.lost, "lost", "dropped"),
    )
    return _whereabouts(named, account.read, "where all documents went")


def position_chart(parts: Sequence[NodeTrace], borders: Sequence[int], colours: Mapping[str, str]) -> Markup:
    """Return what each stretch of the dataset is made of, from its first window to its last."""
    sizes = [max(sum(windows), 1) for windows in zip(*(part.windows for part in parts), strict=True)]
    layers = [
        Layer(part.path, colours[part.path], [n / size for n, size in zip(part.windows, sizes, strict=True)])
        for part in parts
    ]
    return stack(layers, borders, "the mixture by position, from the first window to the last")


def error_chart(row: ErrorRow, css: str) -> Markup:
    """Return the error of a node along the dataset; top and bottom of the chart are one window."""
    told = f"{row.path}: at most {row.largest:.2f} windows from its share, bound {row.bound:.2f}"
    return band(Band(row.lowest, row.highest, row.bound), row.borders, css, told)


def length_range(rows: Sequence[TextRow]) -> list[int]:
    """Return the bins that hold documents of any source, and those between: the columns of every histogram."""
    used = [edge for row in rows for edge in row.lengths]
    return [edge for edge in EDGES if min(used) <= edge <= max(used)] if used else []


def length_chart(row: TextRow, edges: Sequence[int], css: str) -> Markup:
    """Return the lengths of a source's documents, in columns of half an octave each."""
    counts = [row.lengths.get(edge, 0) for edge in edges]
    tallest = max(counts, default=0) or 1
    shown = [
        Column(count / tallest, f"{edge:,} to {upper_edge(edge) - 1:,} tokens: {count:,} documents")
        for edge, count in zip(edges, counts, strict=True)
    ]
    return columns(shown, css, f"{row.source}: documents by length in tokens, half of them below {row.median:,}")


def length_ticks(edges: Sequence[int]) -> list[tuple[str, float]]:
    """Return a few powers of two on the axis of the histograms, with their places as ratios of its width."""
    powers = [place for place, edge in enumerate(edges) if edge & (edge - 1) == 0]
    every = max(1, -(-len(powers) // 5))
    return [(f"{edges[place]:,}", place / len(edges)) for place in powers[::every]]


def length_place(edges: Sequence[int], tokens: int) -> float | None:
    """Return where a length stands on that axis, as a ratio of its width; None where it is off."""
    if not edges or not edges[0] <= tokens < upper_edge(edges[-1]):
        return None
    place = bisect_right(edges, tokens) - 1
    return (place + math.log(tokens / edges[place]) / math.log(upper_edge(edges[place]) / edges[place])) / len(edges)


def similarity_chart(bins: Sequence[tuple[str, int]]) -> Markup:
    """Return pairs by similarity, in the columns of their bins."""
    tallest = max((count for _, count in bins), default=0) or 1
    shown = [Column(count / tallest, f"{name}: {count:,} pairs") for name, count in bins]
    return columns(shown, "k0", "pairs of documents by similarity")


def measure_chart(ratio: float, css: str) -> Markup:
    """Return a figure beside others of its column, as a bar on the scale of the largest."""
    return bar([Segment(ratio, css)], f"{100 * ratio:.0f} % of the largest")


def token_chart(account: TokenAccount) -> Markup:
    """Return where all encoded tokens went, as one bar."""
    named = (
        (account.written, "used", "in windows"),
        (account.elsewhere, "lost", "served before"),
        (account.unused, "unused", "not needed"),
        (account.held_out, "held", "held out"),
    )
    return _whereabouts(named, account.encoded, "where all encoded tokens went")


def _whereabouts(named: Sequence[tuple[int, str, str]], whole: int, label: str) -> Markup:
    """Return a bar of counts out of `whole`, each with its class and name."""
    segments = [Segment(count / max(whole, 1), css, f"{name}: {count:,}") for count, css, name in named]
    return bar(segments, label, height=22)


def _starts(rows: Sequence[MixtureRow]) -> dict[str, float]:
    """Return where each node begins, as a ratio of the whole: a parent begins where its first child does."""
    used: dict[str, float] = {"": 0.0}
    starts: dict[str, float] = {}
    for row in rows:
        if row.path:
            parent = row.path.rpartition("/")[0]
            starts[row.path] = used[row.path] = used[parent]
            used[parent] += row.share
    return starts
