"""A training recipe's file: read and checked, every mistake at once, with line and path."""

from ixigen_data.core.errors import Mistake
from ixigen_data.core.marked_yaml import MarkedYaml, dotted
from ixigen_data.core.recipe_file import mapping_in, read_marked, settings_in, without_mistakes
from ixigen_train.recipe.settings import TrainRecipe

_HOW_TO_BEGIN = "begin with a copy of one in recipes/train"


def load_recipe(url: str) -> TrainRecipe:
    """Read and check a recipe.

    Raises:
        RecipeError: everything that is wrong with it, with file, line and path.
    """
    return parse_recipe(read_marked(url, _HOW_TO_BEGIN), url)


def parse_recipe(marked: MarkedYaml, file: str) -> TrainRecipe:
    """Return the recipe in a YAML value.

    Raises:
        RecipeError: see `load_recipe`.
    """
    mapping_in(marked, file, "name, model, batch")
    recipe, mistakes = settings_in(TrainRecipe, marked)
    if recipe is not None:
        mistakes += [Mistake(dotted(path), told, marked.line_of(path)) for path, told in recipe.mistakes()]
    return without_mistakes(recipe, mistakes, file)
