"""Whether a run may go on with a recipe: what decides the weights must be what it was."""

from collections.abc import Iterator, Mapping

from pydantic import JsonValue

from ixigen_data.core.errors import IxigenError
from ixigen_train.checkpoints.place import Place
from ixigen_train.recipe.settings import TrainRecipe


def must_be_unchanged(recipe: TrainRecipe, place: Place) -> None:
    """Check that a run may go on from a place with this recipe.

    Raises:
        IxigenError: it would not be the same run; names every key that differs, with both values.
    """
    before, now = dict(_leaves(place.recipe, "")), dict(_leaves(recipe.deciding(), ""))
    told = [
        f"{key} was {before.get(key)}, is {now.get(key)}"
        for key in dict.fromkeys((*now, *before))
        if before.get(key) != now.get(key)
    ]
    if told:
        raise IxigenError(
            f"the recipe has changed since step {place.step:,}: {'; '.join(told)}; put it back, or name another --out"
        )


def _leaves(value: Mapping[str, JsonValue], prefix: str) -> Iterator[tuple[str, JsonValue]]:
    """Yield the values of a nested mapping by dotted key."""
    for name, each in value.items():
        if isinstance(each, dict):
            yield from _leaves(each, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", each
