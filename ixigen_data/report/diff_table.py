"""A diff in a terminal."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

import orjson
from pydantic import JsonValue
from rich import box
from rich.table import Table
from rich.text import Text

from ixigen_data.core.units import format_count, format_percent
from ixigen_data.core.visible import visible_line
from ixigen_data.report.diff import DatasetDiff, PartAmounts
from ixigen_data.report.lineage_diff import DocumentDiff
from ixigen_data.report.recipe_diff import Change, NodeChange, RecipeDiff, Share

_MAX_VALUE = 60  # characters of a value that is shown
_NONE = "–"


def recipe_tables(found: RecipeDiff) -> Iterator[Table | Text]:
    """Yield what differs between two recipes; one line where nothing does."""
    if found.same:
        yield Text("the recipes ask for the same")
    if found.nodes:
        yield _nodes(found.nodes)
    if found.changes:
        yield _changes("key", found.changes)


def dataset_tables(found: DatasetDiff) -> Iterator[Table | Text]:
    """Yield what differs between two datasets, the data first, then its recipe, then its documents."""
    yield Text("the same data: the digests agree" if found.same_data else "the data differ", style="bold")
    yield _parts(found)
    if found.facts:
        yield _changes("manifest", found.facts)
    yield from recipe_tables(found.recipe)
    if found.documents:
        yield _documents(found.documents)
        yield from _examples(found.documents)


def _table(*titles: str, numbers: Sequence[str] = ()) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    for place, title in enumerate(titles):
        table.add_column(title, header_style="bold" if place == 0 else "dim", overflow="fold")
    for title in numbers:
        table.add_column(title, justify="right", header_style="dim", no_wrap=True)
    return table


def _nodes(nodes: Sequence[NodeChange]) -> Table:
    table = _table("part", numbers=("ratio", "now", "target", "now", "difference"))
    for node in nodes:
        table.add_row(
            Text(node.path),
            *(_ratio(side) for side in (node.before, node.after)),
            *(_target(side) for side in (node.before, node.after)),
            _difference(_tokens(node.before), _tokens(node.after)),
        )
    return table


def _ratio(share: Share | None) -> str:
    return _NONE if share is None else format_percent(float(Fraction(share.ratio)))


def _target(share: Share | None) -> str:
    return _NONE if share is None else "by supply" if share.target_tokens is None else format_count(share.target_tokens)


def _tokens(share: Share | None) -> int | None:
    return 0 if share is None else share.target_tokens


def _difference(before: int | None, after: int | None) -> Text:
    if before is None or after is None:
        return Text(_NONE)
    change = after - before
    return Text(f"{change:+,}" if change else "0", style="green" if change > 0 else "red" if change < 0 else "dim")


def _parts(found: DatasetDiff) -> Table:
    table = _table("part", numbers=("tokens", "now", "difference", "documents", "now", "epochs", "now"))
    for part in found.parts:
        old, new = part.before, part.after
        table.add_row(
            Text(part.path),
            *(_NONE if side is None else format_count(side.tokens) for side in (old, new)),
            _difference(_held(old), _held(new)),
            *(_NONE if side is None else format_count(side.documents) for side in (old, new)),
            *(_NONE if side is None else f"{side.epochs:.2f}" for side in (old, new)),
        )
    return table


def _held(amounts: PartAmounts | None) -> int:
    return 0 if amounts is None else amounts.tokens


def _changes(title: str, changes: Sequence[Change]) -> Table:
    table = _table(title, "before", "after")
    for change in changes:
        table.add_row(
            Text(visible_line(change.path)),
            Text(_value(change.before), style="red"),
            Text(_value(change.after), style="green"),
        )
    return table


def _value(value: JsonValue) -> str:
    if value is None:
        return _NONE
    if isinstance(value, int) and not isinstance(value, bool):
        return format_count(value)
    text = visible_line(value if isinstance(value, str) else orjson.dumps(value).decode())
    return text if len(text) <= _MAX_VALUE else f"{text[: _MAX_VALUE - 1]}…"


def _documents(documents: Sequence[DocumentDiff]) -> Table:
    table = _table("documents of", "in", numbers=("joined", "left", "stayed"))
    for row in documents:
        table.add_row(
            Text(row.source),
            row.place,
            Text(format_count(row.joined), style="green" if row.joined else "dim"),
            Text(format_count(row.left), style="red" if row.left else "dim"),
            format_count(row.stayed),
        )
    return table


def _examples(documents: Sequence[DocumentDiff]) -> Iterator[Text]:
    for row in documents:
        for verb, style, ids in (("joined", "green", row.joined_examples), ("left", "red", row.left_examples)):
            if ids:
                shown = ", ".join(_value(document) for document in ids)
                yield Text(f"{verb} {row.source}, {row.place}: {shown}", style=style)
