"""What pydantic found wrong, told in a recipe's own terms: path, line, what was got, what would work."""

import difflib
from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Annotated, Union, get_args, get_origin

from pydantic import BaseModel, JsonValue, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from ixigen_data.core.errors import Mistake
from ixigen_data.core.marked_yaml import MarkedYaml, Path, dotted

_MISSING = object()
# pydantic speaks of Python's types; a recipe has YAML's.
_KINDS = {
    "tuple_type": "should be a list",
    "dict_type": "should be a mapping of keys",
    "model_type": "should be a mapping of keys",
    "model_attributes_type": "should be a mapping of keys",
}


def mistakes_of(fault: ValidationError, model: type[BaseModel], marked: MarkedYaml) -> list[Mistake]:
    """Return one mistake per path, in the order found; the branches of a union that all failed are joined."""
    messages: dict[Path, list[str]] = {}
    for error in fault.errors(include_url=False):
        path, value = _place(error, marked.value)
        message = _message(error, path, value, model)
        if message not in messages.setdefault(path, []):
            messages[path].append(message)
    return [Mistake(dotted(path), "; or ".join(found), marked.line_of(path)) for path, found in messages.items()]


def _place(error: ErrorDetails, raw: JsonValue) -> tuple[Path, object]:
    """Return the path of an error in the recipe and the value there: pydantic's own path also names union branches."""
    path: list[str | int] = []
    value: object = raw
    for place, step in enumerate(error["loc"]):
        last = place == len(error["loc"]) - 1
        if isinstance(value, dict) and step in value:
            path.append(step)
            value = value[str(step)]
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            path.append(step)
            value = value[step]
        elif last and error["type"] == "missing":
            path.append(step)
            value = _MISSING
    if error["type"] == "union_tag_invalid":
        path.append(str(error["ctx"]["discriminator"]).strip("'"))
    return tuple(path), value


def _message(error: ErrorDetails, path: Path, value: object, model: type[BaseModel]) -> str:
    kind = error["type"]
    key = str(path[-1]) if path else ""
    if kind in ("recipe", "value_error"):
        return error["msg"].removeprefix("Value error, ")  # our own validators say it all
    if kind == "missing":
        return f"is missing{_advice(model, path)}"
    if kind == "extra_forbidden":
        known = sorted({name for owner in _models_at(model, path[:-1]) for name in _keys(owner)})
        close = difflib.get_close_matches(key, known, 1)
        return f"unknown key; did you mean {close[0]}?" if close else f"unknown key; known here: {', '.join(known)}"
    if kind == "union_tag_invalid":
        return _unknown_tag(error["ctx"])
    if kind == "union_tag_not_found":
        return "names no rule; write for instance {rule: nfc}"
    told = _KINDS.get(kind) or error["msg"].removeprefix("Input ").replace("String should", "should")
    return f"{told}; got {value!r}{_advice(model, path)}"


def _unknown_tag(context: Mapping[str, object]) -> str:
    """Return what is told of a closed union's kind that does not exist, such as a rule's."""
    name, got = str(context["discriminator"]).strip("'"), str(context["tag"])
    known = [tag.strip("' ") for tag in str(context["expected_tags"]).split(",")]
    close = difflib.get_close_matches(got, known, 1)
    return f"there is no {name} {got!r}; " + (
        f"did you mean {close[0]}?" if close else f"use one of {', '.join(known)}"
    )


def _advice(model: type[BaseModel], path: Path) -> str:
    """Return a value that would work, where the field names one."""
    for owner in _models_at(model, path[:-1]):
        for name, info in owner.model_fields.items():
            if path and path[-1] in (name, info.alias):
                if info.examples:
                    return f"; for instance {info.examples[0]!r}"
                if not info.is_required() and isinstance(info.default, str | int | float):
                    return f"; the default is {info.default!r}"
    return ""


def _keys(model: type[BaseModel]) -> Iterator[str]:
    for name, info in model.model_fields.items():
        yield info.alias or name


def _models_at(model: type[BaseModel], path: Path) -> set[type[BaseModel]]:
    """Return the settings classes that may stand at a path."""
    models = {model}
    for step in path:
        found: set[type[BaseModel]] = set()
        for owner in models:
            fields: dict[str, FieldInfo] = {info.alias or name: info for name, info in owner.model_fields.items()}
            if str(step) in fields:
                found |= set(_models_in(fields[str(step)].annotation))
        # A step into a mapping or a list stays with the classes of its values.
        models = found or models
    return models


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) in (Annotated, Union, UnionType, dict, tuple, list):
        for inner in get_args(annotation):
            yield from _models_in(inner)
