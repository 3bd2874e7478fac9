"""A recipe checked with what it names: its sources, its tokenizer, the dataset that it continues."""

from dataclasses import dataclass

from ixigen_data.core.errors import RecipeError, ShardError, SourceError, TokenizerError
from ixigen_data.recipe import Recipe, load_recipe
from ixigen_data.shards.earlier import open_earlier
from ixigen_data.sources.files import SourceFile, list_files
from ixigen_data.tokens.reference import ReferenceBackend
from ixigen_data.tokens.tokenizer import open_tokenizer


@dataclass(frozen=True)
class Checked:
    """A recipe without a mistake, and what was found on the way."""

    recipe: Recipe
    warnings: list[str]
    files: dict[str, list[SourceFile]]  # by source


def check_recipe(url: str) -> Checked:
    """Check a recipe with its sources and its tokenizer.

    Raises:
        RecipeError: everything that is wrong.
    """
    loaded = load_recipe(url)
    mistakes, files = [], {}
    for name, source in loaded.recipe.sources.items():
        try:
            files[name] = list_files(name, source)
        except SourceError as error:
            mistakes.append(loaded.mistake(("sources", name, "path"), str(error)))
    try:
        ReferenceBackend(open_tokenizer(loaded.recipe.tokenizer))
    except TokenizerError as error:
        key, _, message = str(error).removeprefix("tokenizer.").partition(": ")
        mistakes.append(loaded.mistake(("tokenizer", key), message))
    if loaded.recipe.continues is not None:
        try:
            open_earlier(loaded.recipe.continues)
        except ShardError as error:
            mistakes.append(loaded.mistake(("continues",), str(error)))
    if mistakes:
        raise RecipeError(mistakes, url)
    return Checked(loaded.recipe, loaded.recipe.warnings(), files)
