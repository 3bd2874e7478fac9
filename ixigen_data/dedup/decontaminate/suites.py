"""Evaluation suites as a recipe names them: in its own words, or by the path of a YAML file that says the same."""

import re
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, JsonValue, StringConstraints, TypeAdapter, ValidationError, field_validator

from ixigen_data.core.errors import RecipeError
from ixigen_data.core.files import read_bytes, size_of, without_secrets
from ixigen_data.core.marked_yaml import dotted, load_marked
from ixigen_data.core.settings import Settings
from ixigen_data.core.units import format_size

MOST_BYTES = 2**20  # of a YAML file that names suites: items belong into files of their own
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")

ItemFormat = Literal["jsonl", "json", "parquet", "arrow", "csv", "tsv"]


class SuiteSettings(Settings):
    """One evaluation suite: where its items lie, and which of their texts no document may hold.

    `path` is a pattern or several, as a source's. `fields` name keys of an item or columns of a table (`a.b` reaches
    into an object); the first is a text in every item, the others may be missing in some, and may be lists of texts,
    such as choices, or objects of them. Leave out what is public by itself: the article that a question is about.
    """

    name: str = Field(examples=["kobest-copa"])
    path: str | tuple[str, ...] = Field(examples=["hf://datasets/skt/kobest_v1/copa/*.parquet"])
    format: ItemFormat | None = None  # None: from the file name
    fields: tuple[str, ...] = Field(min_length=1, examples=[["question", "choices"]])
    id: str | None = None  # None: the file's name and the item's place in it
    records: str | None = None  # of a JSON file: what leads to the list of items
    digest: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")] | None = Field(
        default=None, description="The digest of its content: anything else in its place is refused."
    )

    @property
    def patterns(self) -> tuple[str, ...]:
        """The patterns as a tuple, however many were written."""
        return (self.path,) if isinstance(self.path, str) else self.path

    @field_validator("name")
    @classmethod
    def _is_a_name(cls, name: str) -> str:
        if not _NAME.fullmatch(name):  # it stands between slashes in the ledger
            raise ValueError(f"{name!r} is no name; use letters, digits, '.', '_' and '-', such as kobest-copa")
        return name

    @field_validator("path")
    @classmethod
    def _names_something(cls, path: str | tuple[str, ...]) -> str | tuple[str, ...]:
        if not path or not all(pattern.strip() for pattern in ((path,) if isinstance(path, str) else path)):
            raise ValueError("names no file; write a file or a pattern such as evaluations/*.jsonl")
        return path

    @field_validator("fields")
    @classmethod
    def _differ(cls, fields: tuple[str, ...]) -> tuple[str, ...]:
        for field in fields:
            if not field or fields.count(field) > 1:
                raise ValueError(f"{field!r} is empty or written twice; name each field once")
        return fields


def _named(suites: object) -> object:
    """Put what YAML files say in the place of their paths."""
    if not isinstance(suites, list | tuple):
        return suites
    return [inner for suite in suites for inner in (_read(suite) if isinstance(suite, str) else [suite])]


def _read(url: str) -> Sequence[object]:
    """Return the suites of a YAML file: one, or a list of them.

    Raises:
        ValueError: there is no such file, or it is not like that.
    """
    place = without_secrets(url)
    try:
        if size_of(url) > MOST_BYTES:
            told = f"holds {format_size(size_of(url))}, {format_size(MOST_BYTES)} at most"
            raise ValueError(f"{place}: {told}; write the keys of a suite: name, path, fields")
        marked = load_marked(read_bytes(url).decode("utf-8-sig"), place)
    except OSError as error:
        told = "no such file" if isinstance(error, FileNotFoundError) else f"cannot be read: {error.strerror or error}"
        raise ValueError(f"{place}: {told}; name a YAML file with the keys of a suite: name, path, fields") from None
    except (UnicodeDecodeError, RecipeError) as error:
        raise ValueError(f"{place}: {str(error).removeprefix(f'{place}: ')}") from None
    if marked.mistakes:
        raise ValueError(f"{place}: {marked.mistakes[0]}")
    return _checked(place, marked.value)


def _checked(place: str, value: JsonValue) -> Sequence[SuiteSettings]:
    try:
        return _SUITES.validate_python(value if isinstance(value, list) else [value])
    except ValidationError as fault:
        first = fault.errors()[0]
        where = dotted(first["loc"] if isinstance(value, list) else first["loc"][1:])
        told = first["msg"].removeprefix("Value error, ")
        raise ValueError(f"{place}: {where}: {told}; a suite has name, path, fields and perhaps format, id") from None


_SUITES = TypeAdapter(Annotated[list[SuiteSettings], Field(min_length=1)])

Suites = Annotated[
    tuple[SuiteSettings, ...],
    Field(min_length=1, examples=[["recipes/eval/korean.yaml"]]),
    BeforeValidator(_named, json_schema_input_type=list[SuiteSettings | str]),
]
