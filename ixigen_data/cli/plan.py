"""`ixigen-data plan`: supply, targets, epochs, windows, disk and time, before anything is written."""

from ixigen_data.cli.options import RecipeArgument


def plan(recipe: RecipeArgument) -> None:
    """Plan.

    Example: ixigen-data plan recipes/data/tiny.yaml
    """
