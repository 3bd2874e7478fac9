"""The base of every settings class of a recipe."""

from pydantic import BaseModel, ConfigDict, ValidationError


class Settings(BaseModel):
    """Recipe keys as typed fields: frozen, extra keys forbidden, defaults checked too."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, populate_by_name=True)


def first_mistake(error: ValidationError) -> str:
    """Return the first thing that is wrong with a file that a machine wrote: "shards.0.bytes: Field required".

    A recipe, which a person wrote, has all of its mistakes told: `core/recipe_file.py`.
    """
    first = error.errors()[0]
    return f"{'.'.join(map(str, first['loc'])) or 'the file'}: {first['msg'].removeprefix('Value error, ')}"
