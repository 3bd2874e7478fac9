"""`ixigen-data plan`: supply, targets, epochs, windows, disk and time, before anything is written."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from ixigen_data.cli.options import (
    DEFAULT_WORK,
    JsonOption,
    QuietOption,
    RecipeArgument,
    WorkersOption,
    WorkOption,
    default_workers,
)
from ixigen_data.cli.progress import progress_display
from ixigen_data.core.console import err, out, print_json
from ixigen_data.core.units import format_count, format_duration, format_percent, format_size, parse_size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import JsonValue
    from rich.table import Table

    from ixigen_data.mixture.forecast import Forecast


_CORES = (2, 16, 96)


def plan(  # noqa: PLR0913 - a command's options are its parameters
    recipe: RecipeArgument,
    work: WorkOption = DEFAULT_WORK,
    workers: WorkersOption = default_workers(),
    scale: Annotated[
        str | None,
        typer.Option(help="Tell also what a corpus of so much text and the same make-up takes: 300GB.", metavar="SIZE"),
    ] = None,
    cores: Annotated[
        list[int] | None,
        typer.Option(help="Tell what machines of so many processors take: 2, 16 and 96 if left out.", min=1),
    ] = None,
    quiet: QuietOption = False,
    json: JsonOption = False,
) -> None:
    """Plan a build from a sample of its sources: what each part needs and has, disk and time. Writes nothing.

    With the token store of an earlier build in the work folder, supply is exact.

    Example: ixigen-data plan recipes/data/tiny.yaml --scale 300GB
    """
    from ixigen_data.recipe import load_recipe

    loaded = load_recipe(recipe)  # a mistake is told before the rest is imported
    scale_bytes = None if scale is None else _size(scale)
    from ixigen_data.preview import forecast_build

    with progress_display(quiet or json) as progress:
        found = forecast_build(loaded.recipe, work, progress)
    warnings = [*loaded.recipe.warnings(), *found.warnings]
    if json:
        print_json(_json(found, warnings, scale_bytes, cores or _CORES))
        return
    _tell(found, workers)
    out.print(_machines(found, "this recipe", cores or _CORES))
    if scale_bytes is not None:
        out.print(_machines(found, f"{scale} of text", cores or _CORES, scale_bytes))
    exact, estimated = "supply is exact: counted in the token store", "supply is estimated"
    out.print(exact if found.exact else f"{estimated}; copies between sources are not looked for")
    for warning in warnings:
        err.print(f"[yellow]warning:[/yellow] {warning}", soft_wrap=True)


def _tell(found: "Forecast", workers: int) -> None:
    """Print what each source, part and stage takes and gives, and the whole."""
    for table in (_sources(found), _parts(found), _stages(found)):
        out.print(table)
    seconds = found.on(max(1, workers)).wall_seconds
    out.print(
        f"{format_count(found.plan.total_tokens)} tokens in {format_count(found.plan.total_windows)} windows; "
        f"dataset {format_size(found.dataset_bytes)}, work folder {format_size(found.work_bytes)}, "
        f"about {format_duration(seconds)} with {workers} workers",
        soft_wrap=True,
    )


def _size(text: str) -> int:
    try:
        size_bytes = parse_size(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--scale") from None
    if size_bytes < 1:
        raise typer.BadParameter(f"{text!r} is nothing; write a size such as 300GB", param_hint="--scale")
    return size_bytes


def _json(
    found: "Forecast", warnings: list[str], scale_bytes: int | None, machines: "Sequence[int]"
) -> dict[str, "JsonValue"]:
    scaled: dict[str, JsonValue] = {}
    if scale_bytes is not None:
        times = scale_bytes / max(1, found.text_bytes)
        scaled["scaled"] = {
            "text_bytes": scale_bytes,
            "dataset_bytes": round(found.dataset_bytes * times),
            "work_bytes": round(found.work_bytes * times),
            "machines": [asdict(found.on(cores, scale_bytes)) for cores in machines],
        }
    return {
        "total_tokens": found.plan.total_tokens,
        "total_windows": found.plan.total_windows,
        "exact": found.exact,
        "sources": [asdict(source) for source in found.sources],
        "parts": [part.model_dump(mode="json") | {"epochs": part.epochs} for part in found.plan.parts],
        "stages": [asdict(stage) for stage in found.stages],
        "cpu_seconds": found.on(1).cpu_seconds,
        "machines": [asdict(found.on(cores)) for cores in machines],
        "dataset_bytes": found.dataset_bytes,
        "work_bytes": found.work_bytes,
        **scaled,
        "warnings": [*warnings],
    }


def _table(*titles: str) -> "Table":
    from rich.table import Table

    table = Table(titles[0], box=None, header_style="bold", pad_edge=False)
    for title in titles[1:]:
        table.add_column(title, justify="right")
    return table


def _sources(found: "Forecast") -> "Table":
    table = _table("source", "files", "stored", "documents", "copies", "tokens", "bytes/token", "read")
    for source in found.sources:
        table.add_row(
            source.source,
            format_count(source.files),
            format_size(source.stored_bytes),
            format_count(source.documents),
            format_count(source.copies),
            format_count(source.tokens),
            f"{source.text_bytes / max(1, source.tokens):.2f}",
            format_percent(source.sampled),
        )
    return table


def _parts(found: "Forecast") -> "Table":
    table = _table("part", "target", "supply", "epochs", "windows")
    for part in found.plan.parts:
        table.add_row(
            part.path,
            format_count(part.target_tokens),
            format_count(part.supply_tokens),
            f"{part.epochs:.2f} of {part.max_epochs}",
            format_count(part.windows),
        )
    return table


def _stages(found: "Forecast") -> "Table":
    table = _table("stage", "one processor", "disk", "tasks")
    for stage in found.stages:
        table.add_row(
            stage.stage, format_duration(stage.cpu_seconds), format_size(stage.disk_bytes), format_count(stage.tasks)
        )
    return table


def _machines(found: "Forecast", title: str, machines: "Sequence[int]", scale_bytes: int | None = None) -> "Table":
    """Return what machines of several sizes take: like this one, a worker on each processor."""
    times = 1.0 if scale_bytes is None else scale_bytes / max(1, found.text_bytes)
    table = _table(title, "time", "memory", "dataset", "work folder", "writes")
    for cores in machines:
        cost = found.on(cores, scale_bytes)
        table.add_row(
            f"{cores} processors",
            format_duration(cost.wall_seconds),
            format_size(cost.memory_bytes),
            format_size(found.dataset_bytes * times),
            format_size(found.work_bytes * times),
            f"{format_size(cost.write_bytes_second)}/s",
        )
    return table
