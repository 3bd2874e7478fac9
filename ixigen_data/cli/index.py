"""`ixigen-data index`: what a recipe keeps, as an index that later recipes deduplicate against."""

from typing import TYPE_CHECKING, Annotated

import typer

from ixigen_data.cli.options import (
    DEFAULT_WORK,
    JsonOption,
    QuietOption,
    RecipeArgument,
    StrictOption,
    WorkersOption,
    WorkOption,
    default_workers,
)
from ixigen_data.cli.progress import progress_display
from ixigen_data.core.console import out, print_json
from ixigen_data.core.units import format_count, format_size

if TYPE_CHECKING:
    from pydantic import JsonValue

    from ixigen_data.dedup.index.manifest import IndexManifest


def index(  # noqa: PLR0913 - a command's options are its parameters
    recipe: RecipeArgument,
    destination: Annotated[str, typer.Option("--out", help="Where the index goes: folder or URL.", metavar="URL")],
    work: WorkOption = DEFAULT_WORK,
    workers: WorkersOption = default_workers(),
    strict: StrictOption = False,
    quiet: QuietOption = False,
    json: JsonOption = False,
) -> None:
    """Write an index of the documents that a recipe keeps: keys and signatures, no text.

    Another recipe names it under dedup.against, and drops what the index has. After a build with the same work folder,
    nothing is read or cleaned again.

    Example: ixigen-data index recipes/data/tiny.yaml --out indexes/tiny
    """
    from ixigen_data.recipe import load_recipe

    loaded = load_recipe(recipe)  # a mistake is told before the rest is imported
    from ixigen_data.build import build_index
    from ixigen_data.build_plan import BuildOptions

    with progress_display(quiet or json) as progress:
        found = build_index(loaded.recipe, BuildOptions(destination, work, workers, strict=strict), progress)
    size_bytes = sum(found.sizes.values())
    if json:
        sources: dict[str, JsonValue] = {name: source.documents for name, source in found.sources.items()}
        print_json(
            {
                "ok": True,
                "out": destination,
                "digest": found.digest,
                "documents": found.documents,
                "sources": sources,
                "bytes": size_bytes,
            }
        )
        return
    for line in _told(found):
        out.print(line, soft_wrap=True, markup=False)
    out.print(f"[green]indexed[/green] {destination}  digest {found.digest}", soft_wrap=True)
    out.print(
        f"dedup: {{against: [{destination}]}} in another recipe drops these documents", soft_wrap=True, markup=False
    )


def _told(found: "IndexManifest") -> list[str]:
    """Return what an index holds, source by source and in sum."""
    lines = [f"{name}: {format_count(source.documents)} documents" for name, source in found.sources.items()]
    holds = "keys" if found.near is None else "keys and signatures"
    size = format_size(sum(found.sizes.values()))
    return [*lines, f"{format_count(found.documents)} documents, {holds}, {size}"]
