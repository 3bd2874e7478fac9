"""`ixigen-data plan`: supply, targets, epochs, windows, disk and time, before anything is written."""

from typing import TYPE_CHECKING

from ixigen_data.cli.console import err, out, print_json, progress_display
from ixigen_data.cli.options import (
    DEFAULT_WORK,
    JsonOption,
    QuietOption,
    RecipeArgument,
    WorkersOption,
    WorkOption,
    default_workers,
)
from ixigen_data.core.units import format_count, format_duration, format_percent, format_size

if TYPE_CHECKING:
    from rich.table import Table

    from ixigen_data.mixture.forecast import Forecast


def plan(
    recipe: RecipeArgument,
    work: WorkOption = DEFAULT_WORK,
    workers: WorkersOption = default_workers(),
    quiet: QuietOption = False,
    json: JsonOption = False,
) -> None:
    """Plan a build from a sample of its sources: what each part needs and has, disk and time. Writes nothing.

    With the token store of an earlier build in the work folder, supply is exact.

    Example: ixigen-data plan recipes/data/tiny.yaml
    """
    from ixigen_data.build import forecast_build
    from ixigen_data.recipe import load_recipe

    loaded = load_recipe(recipe)
    with progress_display(quiet or json) as progress:
        found = forecast_build(loaded.recipe, work, progress)
    warnings = [*loaded.recipe.warnings(), *found.warnings]
    if json:
        print_json(
            {
                "total_tokens": found.plan.total_tokens,
                "total_windows": found.plan.total_windows,
                "exact": found.exact,
                "sources": [vars(source) for source in found.sources],
                "parts": [part.model_dump(mode="json") | {"epochs": part.epochs} for part in found.plan.parts],
                "dataset_bytes": found.dataset_bytes,
                "work_bytes": found.work_bytes,
                "cpu_seconds": found.cpu_seconds,
                "warnings": [*warnings],
            }
        )
        return
    out.print(_sources(found))
    out.print(_parts(found))
    seconds = found.cpu_seconds / max(1, workers)
    out.print(
        f"{format_count(found.plan.total_tokens)} tokens in {format_count(found.plan.total_windows)} windows; "
        f"dataset {format_size(found.dataset_bytes)}, work folder {format_size(found.work_bytes)}, "
        f"about {format_duration(seconds)} with {workers} workers",
        soft_wrap=True,
    )
    out.print(
        "supply is exact: counted in the token store"
        if found.exact
        else "supply is estimated; copies are not looked for"
    )
    for warning in warnings:
        err.print(f"[yellow]warning:[/yellow] {warning}", soft_wrap=True)


def _sources(found: "Forecast") -> "Table":
    from rich.table import Table

    table = Table("source", box=None, header_style="bold", pad_edge=False)
    for title in ("files", "stored", "documents", "tokens", "bytes/token", "read"):
        table.add_column(title, justify="right")
    for source in found.sources:
        table.add_row(
            source.source,
            format_count(source.files),
            format_size(source.stored_bytes),
            format_count(source.documents),
            format_count(source.tokens),
            f"{source.text_bytes / max(1, source.tokens):.2f}",
            format_percent(source.sampled),
        )
    return table


def _parts(found: "Forecast") -> "Table":
    from rich.table import Table

    table = Table("part", box=None, header_style="bold", pad_edge=False)
    for title in ("target", "supply", "epochs", "windows"):
        table.add_column(title, justify="right")
    for part in found.plan.parts:
        table.add_row(
            part.path,
            format_count(part.target_tokens),
            format_count(part.supply_tokens),
            f"{part.epochs:.2f} of {part.max_epochs}",
            format_count(part.windows),
        )
    return table
