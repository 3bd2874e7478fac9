"""`ixigen-data check`: every mistake of a recipe at once."""

from dataclasses import asdict
from typing import Annotated

import typer

from ixigen_data.cli.options import JsonOption
from ixigen_data.core.console import out, print_json
from ixigen_data.core.units import format_count, format_size


def check(
    recipe: Annotated[str | None, typer.Argument(help="The recipe: a YAML file.", metavar="RECIPE")] = None,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON schema of recipes, for editors.")] = False,
    json: JsonOption = False,
) -> None:
    """Check a recipe, its sources and its tokenizer; every mistake with file, line, path and a value that works.

    Example: ixigen-data check recipes/data/tiny.yaml
    """
    from ixigen_data.core.errors import RecipeError
    from ixigen_data.recipe import Recipe

    if schema:
        print_json(Recipe.model_json_schema())
        return
    if recipe is None:
        raise typer.BadParameter("name a recipe, or ask for --schema")
    from ixigen_data.checking import check_recipe

    try:
        checked = check_recipe(recipe)
    except RecipeError as error:
        if json:
            print_json({"ok": False, "mistakes": [asdict(mistake) for mistake in error.mistakes]})
            raise typer.Exit(1) from None
        raise
    if json:
        print_json({"ok": True, "name": checked.recipe.name, "warnings": [*checked.warnings]})
        return
    for warning in checked.warnings:
        out.print(f"[yellow]warning:[/yellow] {warning}", soft_wrap=True)
    for name, files in checked.files.items():
        size = format_size(sum(file.size_bytes for file in files))
        out.print(f"source {name}: {format_count(len(files))} files, {size}", soft_wrap=True)
    out.print(f"[green]ok[/green]: {recipe}", soft_wrap=True)
