"""`ixigen-data build` and `mix`: from a recipe to a dataset."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from ixigen_data.cli.options import (
    DEFAULT_WORK,
    AppendOption,
    JsonOption,
    OutOption,
    QuietOption,
    RecipeArgument,
    StrictOption,
    WorkersOption,
    WorkOption,
    default_workers,
)
from ixigen_data.cli.progress import progress_display
from ixigen_data.core.console import err, out, print_json

if TYPE_CHECKING:
    from ixigen_data.build_plan import BuildOptions
    from ixigen_data.recipe import LoadedRecipe


class ExecutorName(StrEnum):
    """What runs the tasks; clusters follow, through the same seam."""

    local = "local"


def build(  # noqa: PLR0913 - a command's options are its parameters
    recipe: RecipeArgument,
    destination: OutOption,
    work: WorkOption = DEFAULT_WORK,
    workers: WorkersOption = default_workers(),
    executor: Annotated[ExecutorName, typer.Option(help="What runs the tasks.")] = ExecutorName.local,
    strict: StrictOption = False,
    append: AppendOption = False,
    quiet: QuietOption = False,
    json: JsonOption = False,
) -> None:
    """Build a dataset: read, clean, deduplicate, tokenize, mix, write shards, recount them from their bytes.

    Run again after an interruption, it goes on where it was. With --append, what the recipe gives is added to the
    dataset that stands at --out: no document that it served is served again, and none of its shards is written again.

    Example: ixigen-data build recipes/data/tiny.yaml --out shards/tiny-again
    """
    from ixigen_data.recipe import load_recipe

    loaded = load_recipe(recipe)  # a mistake is told before the rest is imported
    from ixigen_data.build_plan import BuildOptions

    options = BuildOptions(destination, work, workers, executor.value, strict=strict, append=append)
    _run(loaded, options, quiet, json)


def mix(  # noqa: PLR0913 - a command's options are its parameters
    recipe: RecipeArgument,
    destination: OutOption,
    work: WorkOption = DEFAULT_WORK,
    workers: WorkersOption = default_workers(),
    sweep: Annotated[
        str | None, typer.Option("--sweep", help="Variants of the recipe: a YAML file.", metavar="FILE")
    ] = None,
    append: AppendOption = False,
    quiet: QuietOption = False,
    json: JsonOption = False,
) -> None:
    """Mix again from the token store of an earlier build: only ordering and writing.

    With --sweep, one dataset a variant is written below --out, all of them from the one token store.

    Example: ixigen-data mix recipes/data/tiny.yaml --out shards/tiny-again
    """
    from ixigen_data.recipe import load_recipe

    loaded = load_recipe(recipe)  # see above
    from ixigen_data.build_plan import BuildOptions

    options = BuildOptions(destination, work, workers, mix_only=True, append=append)
    if sweep is None:
        _run(loaded, options, quiet, json)
    elif append:
        raise typer.BadParameter("--sweep writes new datasets; leave --append out", param_hint="--append")
    else:
        _run_sweep(loaded, sweep, options, quiet, json)


def _run_sweep(loaded: "LoadedRecipe", sweep: str, options: "BuildOptions", quiet: bool, json: bool) -> None:
    from ixigen_data.build import build_variants
    from ixigen_data.report.files import dataset_files
    from ixigen_data.report.variants import variants_table
    from ixigen_data.sweep import load_sweep

    variants = load_sweep(sweep, loaded)
    with progress_display(quiet or json) as progress:
        manifests = build_variants(variants, options, progress, dataset_files)
    if not json:
        out.print(variants_table(manifests))
        out.print(f"[green]mixed[/green] {len(manifests)} variants below {options.out}", soft_wrap=True)
        return
    print_json(
        {
            name: {"out": f"{options.out}/{name}", "digest": manifest.digest, "tokens": manifest.total_tokens}
            for name, manifest in manifests.items()
        }
    )


def _run(loaded: "LoadedRecipe", options: "BuildOptions", quiet: bool, json: bool) -> None:
    from ixigen_data.build import build_dataset
    from ixigen_data.report.files import dataset_files
    from ixigen_data.report.table import mixture_table

    with progress_display(quiet or json) as progress:
        for warning in loaded.recipe.warnings():
            progress.note(f"warning: {warning}")
        manifest = build_dataset(loaded.recipe, options, progress, dataset_files)
    quarantined = sum(stage.quarantined for stages in manifest.documents.values() for stage in stages.values())
    if json:
        print_json(
            {
                "ok": True,
                "out": options.out,
                "digest": manifest.digest,
                "tokens": manifest.total_tokens,
                "windows": manifest.total_windows,
                "quarantined": quarantined,
            }
        )
        return
    if not quiet:
        out.print(mixture_table(manifest))
    if quarantined:
        where = f"{options.work}/clean/*/*/*.quarantine.jsonl"
        told = f"{quarantined:,} records could not be read and were set aside: {where}"
        err.print(f"[yellow]warning:[/yellow] {told}", soft_wrap=True)
    if manifest.quarantine:
        where = f"{options.work}/*/*/*/decisions/*.json"
        told = f"{len(manifest.quarantine):,} of them ended the process that worked on them, each time: {where}"
        err.print(f"[yellow]warning:[/yellow] {told}", soft_wrap=True)
    out.print(
        f"[green]built[/green] {options.out}  digest {manifest.digest}\nreport: {options.out}/report.html",
        soft_wrap=True,
    )
