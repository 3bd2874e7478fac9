"""Numbers, names and mistakes as the `mixture` section of a recipe writes them."""

from fractions import Fraction
from functools import lru_cache
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import InitErrorDetails, PydanticCustomError

Location = tuple[str | int, ...]


def mistake(message: str) -> PydanticCustomError:
    """Return a mistake that pydantic reports word for word, at the place of the value being checked."""
    return PydanticCustomError("recipe", "{message}", {"message": message})


def mistake_at(location: Location, message: str, kind: str = "recipe") -> InitErrorDetails:
    """Return a mistake at a place of the section."""
    return InitErrorDetails(type=PydanticCustomError(kind, "{message}", {"message": message}), loc=location, input=None)


@lru_cache(maxsize=4096)  # curves ask for the same numbers at every segment
def exact(number: int | float) -> Fraction:
    """Return a number of a recipe as it was written: 24.5 is 49/2, 0.1 is 1/10."""
    return Fraction(str(number))


def _number(value: object) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise mistake(f"{value!r} is not a number; write one such as 1 or 24.5")
    return value


def _positive(value: object) -> int | float:
    number = _number(value)
    if not 0 < number < float("inf"):
        raise mistake(f"{number} is not positive; write a number such as 1 or 24.5")
    return number


def _weight(value: object) -> int | float:
    number = _number(value)
    if not 0 <= number < float("inf"):
        raise mistake(f"{number} is not a weight; write 0, or a number such as 1 or 24.5")
    return number


def _position(value: object) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1:
        raise mistake(f"{value!r} is not a position within the dataset; write one between 0 and 1, such as 0.9")
    return value


def _part_name(value: object) -> str:
    name = str(value)
    if not name[:1].isalnum() or not all(character.isalnum() or character in "._-" for character in name):
        raise mistake(f"{name!r} cannot name a part; begin with a letter or digit, then also '_', '-', '.': web-en")
    return name


_POSITIVE = {"type": "number", "exclusiveMinimum": 0}
_POSITION = {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}
Positive = Annotated[int | float, BeforeValidator(_positive), WithJsonSchema(_POSITIVE)]
Weight = Annotated[int | float, BeforeValidator(_weight), WithJsonSchema({"type": "number", "minimum": 0})]
Position = Annotated[int | float, BeforeValidator(_position), WithJsonSchema(_POSITION)]
PartName = Annotated[str, BeforeValidator(_part_name)]
