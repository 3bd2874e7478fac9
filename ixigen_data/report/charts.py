"""The charts of the page: figures to bars."""

from collections.abc import Sequence

from markupsafe import Markup

from ixigen_data.core.units import format_count, format_percent
from ixigen_data.report.figures import MixtureRow
from ixigen_data.report.funnel import QUARANTINED, Account, Funnel, Step, plain
from ixigen_data.report.svg import Cell, Segment, bar, gauge, nested_bar
from ixigen_data.shards.manifest import PartRecord

HUES = 6  # colours of the style sheet: k0 … k5, one for each child of the whole, then again from the first


def hues(rows: Sequence[MixtureRow]) -> dict[str, str]:
    """Return the colour class of each node: that of the child of the whole which it stands below."""
    tops = [row.path for row in rows if row.depth == 1]
    return {row.path: f"k{tops.index(row.path.partition('/')[0]) % HUES}" for row in rows if row.path}


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
    whole = max(account.read, 1)
    named = (
        (account.trained, "used", "in windows"),
        (account.unused, "unused", "not needed"),
        (account.held_out, "held", "held out"),
    )
    segments = [
        Segment(count / whole, css, f"{name}: {count:,}")
        for count, css, name in (*named, (account.lost, "lost", "dropped"))
    ]
    return bar(segments, "where all documents went", height=22)


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
