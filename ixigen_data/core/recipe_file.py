"""A recipe's file, whatever the recipe is of: read, and checked against its settings, every mistake at once."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from pydantic import BaseModel, JsonValue, ValidationError

from ixigen_data.core.errors import Mistake, RecipeError
from ixigen_data.core.files import is_local, local_path, read_bytes, size_of
from ixigen_data.core.marked_yaml import MarkedYaml, load_marked
from ixigen_data.core.mistakes import mistakes_of, number_mistakes
from ixigen_data.core.units import format_size

MOST_BYTES = 4 * 2**20  # of a recipe: a corpus that is named by mistake must not be read

Model = TypeVar("Model", bound=BaseModel)


def read_marked(url: str, advice: str) -> MarkedYaml:
    """Return a recipe's YAML, whatever it says.

    Args:
        url: of the file.
        advice: how to come by a recipe, told where there is none.

    Raises:
        RecipeError: there is no such file, or it is not YAML.
    """
    try:
        if size_of(url) > MOST_BYTES:
            told = f"holds {format_size(size_of(url))}; a recipe is one YAML file of {format_size(MOST_BYTES)} at most"
            raise RecipeError([Mistake("", told)], url)
        text = read_bytes(url).decode("utf-8-sig")
    except FileNotFoundError:
        where = local_path(url).absolute() if is_local(url) else url
        raise RecipeError([Mistake("", f"no such recipe (looked for {where}); {advice}")], url) from None
    except (UnicodeDecodeError, IsADirectoryError) as fault:
        raise RecipeError([Mistake("", f"not a recipe: {fault}; it is one YAML file in UTF-8")], url) from None
    return load_marked(text, url)


def mapping_in(marked: MarkedYaml, file: str, keys: str) -> Mapping[str, JsonValue]:
    """Return a recipe's value, which is a mapping.

    Args:
        marked: the recipe.
        file: its name, for the message.
        keys: some that it may hold, for the message.

    Raises:
        RecipeError: it is something else.
    """
    if not isinstance(marked.value, dict):
        got = type(marked.value).__name__
        raise RecipeError([Mistake("", f"a recipe is a mapping of keys such as {keys}; got {got}", 1)], file)
    return marked.value


def settings_in(
    model: type[Model], marked: MarkedYaml, context: Mapping[str, object] | None = None
) -> tuple[Model | None, list[Mistake]]:
    """Return the settings in a YAML value, None where they are wrong, and every mistake; there may be both.

    Args:
        model: the class of the settings.
        marked: the value.
        context: what validators must know beside their fields.
    """
    mistakes, settings = list(marked.mistakes), None
    try:
        settings = model.model_validate(marked.value, context=context)
    except ValidationError as fault:
        mistakes += mistakes_of(fault, model, marked)
    told = {mistake.path for mistake in mistakes}
    return settings, mistakes + [mistake for mistake in number_mistakes(model, marked) if mistake.path not in told]


def without_mistakes(settings: Model | None, mistakes: Sequence[Mistake], file: str) -> Model:
    """Return settings that have no mistake.

    Raises:
        RecipeError: they have; in the order of their lines.
    """
    if mistakes or settings is None:
        raise RecipeError(sorted(mistakes, key=lambda mistake: mistake.line or 0), file)
    return settings
