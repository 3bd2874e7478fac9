"""What pydantic found wrong, told in a recipe's own terms: path, line, what was got, what would work."""

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import UnionType
from typing import Annotated, Union, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, JsonValue, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from ixigen_data.core.errors import Mistake
from ixigen_data.core.marked_yaml import MarkedYaml, Path, dotted

_MISSING = object()
_MAX_SHOWN = 100  # characters of a value
_MOST = 2**63
_EXPONENT = re.compile(r"[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]{1,3}")
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
        message = _message(error, path, value, _Owners(model, marked.value)) + _surprise(error["type"], value)
        if message not in messages.setdefault(path, []):
            messages[path].append(message)
    return [Mistake(dotted(path), "; or ".join(found), marked.line_of(path)) for path, found in messages.items()]


def number_mistakes(model: type[BaseModel], marked: MarkedYaml) -> list[Mistake]:
    """Return the text and truth values that stand for numbers: pydantic would convert "1" and true."""
    return list(_number_mistakes(_Owners(model, marked.value), marked, (), marked.value))


def _number_mistakes(owners: "_Owners", marked: MarkedYaml, path: Path, value: JsonValue) -> Iterator[Mistake]:
    if isinstance(value, bool | str):
        fields = [owner.model_fields.get(str(path[-1])) for owner in owners.at(path[:-1])] if path else []
        if fields and all(field is not None and _is_number(field) for field in fields):
            message = f"should be a number; {_short(value)} {_no_number(value)}{_advice(owners, path)}"
            yield Mistake(dotted(path), message, marked.line_of(path))
        return
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        yield from _number_mistakes(owners, marked, (*path, step), inner)


def _no_number(value: bool | str) -> str:
    if isinstance(value, bool):
        return "is true or false"
    if _EXPONENT.fullmatch(value):
        return f"is text in YAML; write {_digits(value)}"
    return "is text; write the number without quotes"


def _is_number(field: FieldInfo) -> bool:
    """Return whether a field holds numbers alone; one with a reading of its own may take text, such as 64MiB."""
    own = any(isinstance(entry, BeforeValidator) for entry in field.metadata)
    return not own and field.annotation in (int, float, int | None, float | None)


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


def _message(error: ErrorDetails, path: Path, value: object, owners: "_Owners") -> str:
    kind = error["type"]
    key = str(path[-1]) if path else ""
    if kind in ("recipe", "value_error"):
        return error["msg"].removeprefix("Value error, ")  # our own validators say it all
    if kind == "missing":
        return f"is missing{_advice(owners, path)}"
    if kind == "extra_forbidden":
        known = sorted({name for owner in owners.at(path[:-1]) for name in _keys(owner)})
        close = difflib.get_close_matches(key, known, 1)
        return f"unknown key; did you mean {close[0]}?" if close else f"unknown key; known here: {', '.join(known)}"
    if kind == "union_tag_invalid":
        return _unknown_tag(error["ctx"])
    if kind == "union_tag_not_found":
        return "names no rule; write for instance {rule: nfc}"
    told = _KINDS.get(kind) or error["msg"].removeprefix("Input ").replace("String should", "should")
    return f"{told}; got {_short(value)}{_advice(owners, path)}"


def _unknown_tag(context: Mapping[str, object]) -> str:
    """Return what is told of a closed union's kind that does not exist, such as a rule's."""
    name, got = str(context["discriminator"]).strip("'"), str(context["tag"])
    known = [tag.strip("' ") for tag in str(context["expected_tags"]).split(",")]
    close = difflib.get_close_matches(got, known, 1)
    return f"there is no {name} {got!r}; " + (
        f"did you mean {close[0]}?" if close else f"use one of {', '.join(known)}"
    )


def _advice(owners: "_Owners", path: Path) -> str:
    """Return a value that would work, where the field names one."""
    for owner in owners.at(path[:-1]):
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


@dataclass(frozen=True)
class _Owners:
    """The settings classes that a recipe's values belong to."""

    model: type[BaseModel]
    raw: JsonValue

    def at(self, path: Path) -> set[type[BaseModel]]:
        """Return the settings classes that may stand at a path; of a union, the one that the value there names."""
        models, value = {self.model}, self.raw
        for step in path:
            found: set[type[BaseModel]] = set()
            for owner in models:
                fields: dict[str, FieldInfo] = {info.alias or name: info for name, info in owner.model_fields.items()}
                if str(step) in fields:
                    found |= set(_models_in(fields[str(step)].annotation))
            # A step into a mapping or a list stays with the classes of its values.
            models = found or models
            value = _step(value, step)
            models = {owner for owner in models if _is_named(owner, value)} or models
        return models


def _step(value: JsonValue, step: str | int) -> JsonValue:
    if isinstance(value, dict):
        return value.get(str(step))
    return value[step] if isinstance(value, list) and isinstance(step, int) and step < len(value) else None


def _is_named(owner: type[BaseModel], value: JsonValue) -> bool:
    """Return whether a value's `rule` or `kind` is the owner's."""
    if not isinstance(value, dict):
        return False
    tags = {name: owner.model_fields[name].default for name in ("rule", "kind") if name in owner.model_fields}
    return bool(tags) and all(value.get(name) == tag for name, tag in tags.items())


def _short(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= _MAX_SHOWN else f"{shown[: _MAX_SHOWN - 1]}…"


def _surprise(kind: str, value: object) -> str:
    """Return a word on what YAML made of a value, where few would expect it."""
    if isinstance(value, bool) and kind in ("string_type", "recipe"):
        return "; YAML reads yes, no, on and off as true or false: put it in quotes"
    if isinstance(value, str) and kind != "string_type" and _EXPONENT.fullmatch(value):
        return f"; YAML takes {value} for text: write {_digits(value)}"
    return ""


def _digits(text: str) -> str:
    """Return a number with an exponent as YAML reads it."""
    value = Decimal(text)
    return f"{int(value)}" if value == value.to_integral_value() and abs(value) < _MOST else f"{float(value):.1e}"


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) in (Annotated, Union, UnionType, dict, tuple, list):
        for inner in get_args(annotation):
            yield from _models_in(inner)
