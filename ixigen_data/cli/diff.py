"""`ixigen-data diff`: what changed between two recipes or datasets."""

from typing import TYPE_CHECKING, Annotated

import typer

from ixigen_data.cli.options import JsonOption, QuietOption, WorkersOption, default_workers
from ixigen_data.cli.progress import progress_display
from ixigen_data.core.console import out, print_json

if TYPE_CHECKING:
    from pydantic import JsonValue

_Side = Annotated[str, typer.Argument(help="A recipe (a YAML file), or a dataset: folder or URL.")]
_RECIPES = (".yaml", ".yml")


def diff(  # noqa: PLR0913 - a command's options are its parameters
    before: _Side,
    after: _Side,
    documents: Annotated[
        bool, typer.Option(help="Of two datasets: count the documents that joined, left and stayed, by lineage.")
    ] = True,
    workers: WorkersOption = default_workers(),
    quiet: QuietOption = False,
    json: JsonOption = False,
) -> None:
    """Tell what changed between two recipes, two datasets, or a recipe and the one a dataset was built from.

    Weights are compared as ratios of the whole: 50 to 50 and 1 to 1 are the same.

    Example: ixigen-data diff recipes/data/tiny.yaml shards/tiny
    """
    from ixigen_data.report.diff import diff_manifests
    from ixigen_data.report.diff_table import dataset_tables, recipe_tables
    from ixigen_data.report.lineage_diff import Side, diff_documents
    from ixigen_data.report.recipe_diff import diff_recipes
    from ixigen_data.shards.manifest import Manifest

    if before.endswith(_RECIPES) or after.endswith(_RECIPES):
        recipes = diff_recipes(_recipe(before), _recipe(after))
        kind, value, tables = "recipes", recipes.model_dump(mode="json"), recipe_tables(recipes)
    else:
        sides = (Side(before, Manifest.load(before)), Side(after, Manifest.load(after)))
        found = diff_manifests(sides[0].manifest, sides[1].manifest)
        if documents:
            with progress_display(quiet or json) as progress:
                compared = diff_documents(*sides, progress, workers)
            found = found.model_copy(update={"documents": tuple(compared)})
        kind, value, tables = "datasets", found.model_dump(mode="json"), dataset_tables(found)
    if json:
        print_json({"kind": kind, **value})
        return
    for table in tables:
        out.print(table)


def _recipe(side: str) -> "JsonValue":
    from ixigen_data.recipe import load_recipe
    from ixigen_data.shards.manifest import Manifest

    return load_recipe(side).recipe.public() if side.endswith(_RECIPES) else Manifest.load(side).recipe
