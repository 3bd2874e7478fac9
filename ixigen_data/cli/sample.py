"""`ixigen-data sample`: what cleaning does to some documents, before a long build."""

from typing import TYPE_CHECKING, Annotated

import typer

from ixigen_data.cli.options import JsonOption, QuietOption, RecipeArgument
from ixigen_data.cli.progress import progress_display
from ixigen_data.core.console import out, print_json
from ixigen_data.core.units import format_count
from ixigen_data.core.visible import visible, visible_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import JsonValue
    from rich.table import Table

    from ixigen_data.clean.hunks import Hunk
    from ixigen_data.clean.sample import SampledDocument, SourceSample

_MAX_HUNKS = 5  # of one rule in one document
_MAX_CHARS = 120  # of an edit, and of a dropped text


def sample(  # noqa: PLR0913 - a command's options are its parameters
    recipe: RecipeArgument,
    documents: Annotated[int, typer.Option(min=1, help="How many, over all sources.")] = 100,
    source: Annotated[str | None, typer.Option(help="Only this source.", metavar="NAME")] = None,
    only_changed: Annotated[
        bool, typer.Option("--only-changed", help="Leave out documents that cleaning leaves as they are.")
    ] = False,
    quiet: QuietOption = False,
    json: JsonOption = False,
) -> None:
    """Clean some documents of each source, from places all over it, and show every edit and every drop.

    Example: ixigen-data sample recipes/data/tiny.yaml --only-changed
    """
    from ixigen_data.clean.sample import sample_cleaning
    from ixigen_data.core.errors import IxigenError
    from ixigen_data.recipe import load_recipe

    loaded = load_recipe(recipe).recipe
    sources = loaded.used_sources() if source is None else {source: loaded.sources.get(source)}
    known = {name: settings for name, settings in sources.items() if settings is not None}
    if not known:
        names = ", ".join(loaded.sources)
        raise IxigenError(f"--source {source}: {recipe} has no such source; use one of {names}")
    with progress_display(quiet or json) as progress:
        found = sample_cleaning(known, loaded.chain(), documents, progress)
    if json:
        print_json([_json(one, only_changed) for one in found])
        return
    for one in found:
        for document in one.documents:
            if document.changed or not only_changed:
                _print_document(document)
    out.print(_summary(found))


def _json(found: "SourceSample", only_changed: bool) -> "JsonValue":
    shown = [document for document in found.documents if document.changed or not only_changed]
    value: JsonValue = found.model_copy(update={"documents": shown}).model_dump(mode="json")
    assert isinstance(value, dict), "a model is an object"
    return {**value, "read": len(found.documents), "edited": {**found.edited()}, "dropped": {**found.dropped()}}


def _print_document(document: "SampledDocument") -> None:
    from rich.text import Text

    title = Text(visible_line(f"{document.id} · {document.source} · {document.file}"), style="bold")
    out.rule(title, align="left")
    for edit in document.edits:
        count = len(edit.hunks)
        out.print(f"{edit.rule}: {format_count(count)} {'edit' if count == 1 else 'edits'}", style="cyan", markup=False)
        for hunk in edit.hunks[:_MAX_HUNKS]:
            _print_hunk(hunk)
        if count > _MAX_HUNKS:
            out.print(f"  … and {format_count(count - _MAX_HUNKS)} more", style="dim")
    if document.reason is not None:
        out.print(f"dropped by {document.dropped_by}: {document.reason}", style="yellow", markup=False)
        out.print(_shown(document.after), markup=False, emoji=False, soft_wrap=True, style="dim")
    elif not document.edits:
        out.print("kept as it is", style="dim")


def _print_hunk(hunk: "Hunk") -> None:
    from rich.text import Text

    if hunk.hidden:
        out.print(Text(f"  {_marked(hunk.after) or 'not shown'}", style="dim"), soft_wrap=True)
        return
    for sign, edited, style in (("-", hunk.before, "red"), ("+", hunk.after, "green")):
        line = Text(f"  {sign} {visible_line(hunk.left)}", style="dim")
        line.append(_marked(edited), style=f"bold {style} reverse")
        line.append(visible_line(hunk.right), style="dim")
        out.print(line, soft_wrap=True)


def _marked(text: str) -> str:
    """Return an edit with its white space visible."""
    return visible_line(_cut(text)).replace(" ", "·")


def _shown(text: str) -> str:
    return visible(_cut(text))


def _cut(text: str) -> str:
    return text if len(text) <= _MAX_CHARS else f"{text[: _MAX_CHARS - 1]}…"


def _summary(found: "Sequence[SourceSample]") -> "Table":
    from rich.table import Table

    table = Table("source", box=None, header_style="bold", pad_edge=False)
    for title in ("read", "as it is", "edited", "dropped", "unreadable"):
        table.add_column(title, justify="right")
    table.add_column("by")
    for one in found:
        edited = [document for document in one.documents if document.edits]
        unchanged = [document for document in one.documents if not document.changed]
        counts = [*one.edited().items(), *one.dropped().items()]
        table.add_row(
            one.source,
            *(
                format_count(number)
                for number in (
                    len(one.documents),
                    len(unchanged),
                    len(edited),
                    one.dropped().total(),
                    sum(one.unreadable.values()),
                )
            ),
            ", ".join(f"{name} {count}" for name, count in counts),
        )
    return table
