"""One record to one document's columns: which keys hold what, and what is wrong where they do not."""

from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

import orjson
from pydantic import JsonValue

from ixigen_data.sources.encoding import decode, told_encodings
from ixigen_data.sources.faults import Problem
from ixigen_data.sources.settings import Encoding, SourceSettings

_SURROGATES = "surrogate in string"  # orjson's words for a \ud800 without its other half
_KINDS: dict[type, str] = {
    dict: "an object",
    list: "a list",
    str: "a string",
    bool: "true or false",
    int: "a number",
    float: "a number",
}


class Record(NamedTuple):
    """One document's columns; `id` None asks for the default one."""

    text: str
    id: str | None = None
    metadata: str | None = None


class Keys(NamedTuple):
    """Where a record keeps its document. `flat`: no key is a path, so that none must be split for every record."""

    text: str
    id: str | None
    metadata: tuple[str, ...]
    flat: bool

    @classmethod
    def of(cls, settings: SourceSettings) -> "Keys":
        """Return the keys a recipe names."""
        flat = not any("." in key for key in (settings.text, settings.id or "", *settings.metadata))
        return cls(settings.text, settings.id, settings.metadata, flat)

    def record(self, fields: Mapping[str, JsonValue]) -> Record:
        """Return the document in a JSON object.

        An id may be a string or a whole number; where it is anything else the default id stands in, as lineage needs
        one.

        Raises:
            Problem: there is no text ("text_missing"), or it is no string ("text_not_string").
        """
        value_of = fields.get if self.flat else partial(value_at, fields)
        text = value_of(self.text)
        if not isinstance(text, str):
            if text is None:
                raise Problem("text_missing", f"no {self.text!r} in the record, or null")
            raise Problem("text_not_string", f"{self.text!r} is {kind_of(text)}")
        identity = None if self.id is None else value_of(self.id)
        if not isinstance(identity, str):
            identity = str(identity) if type(identity) is int else None
        if not self.metadata:
            return Record(text, identity)
        return Record(text, identity, metadata_json({key: value_of(key) for key in self.metadata}))


def metadata_json(values: Mapping[str, object]) -> str:
    """Return one JSON object without the values that are None; what JSON cannot hold (bytes, decimals) becomes text."""
    held = {key: value for key, value in values.items() if value is not None} if None in values.values() else values
    return orjson.dumps(held, default=str).decode()


def value_at(fields: Mapping[str, JsonValue], key: str) -> JsonValue:
    """Return the value of a key, or of a path such as `meta.title` where no key has that name; None without either."""
    if key in fields or "." not in key:
        return fields.get(key)
    value: JsonValue = dict(fields)
    for name in key.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


def parse_line(line: bytes, keys: Keys, encoding: Encoding) -> Record | None:
    """Return the document of one line; None for a line of nothing but white space.

    Raises:
        Problem: "encoding_unknown", "json_broken", "lone_surrogate", or the text's own.
    """
    if encoding != "cp949":
        try:
            return _record(orjson.loads(line), keys)
        except orjson.JSONDecodeError:
            pass  # perhaps in another encoding, or behind a byte order mark
    decoded = _decoded(line, encoding)
    return _record(_loaded(decoded), keys) if decoded.strip() else None


def parse_value(data: bytes, encoding: Encoding) -> JsonValue:
    """Return what a piece of JSON stands for.

    Raises:
        Problem: "encoding_unknown", "json_broken" or "lone_surrogate".
    """
    if encoding != "cp949":
        try:
            value: JsonValue = orjson.loads(data)
            return value
        except orjson.JSONDecodeError:
            pass  # see above
    return _loaded(_decoded(data, encoding))


def _decoded(data: bytes, encoding: Encoding) -> str:
    text = decode(data, encoding)
    if text is None:
        raise Problem("encoding_unknown", told_encodings(encoding))
    return text


def _loaded(text: str) -> JsonValue:
    try:
        value: JsonValue = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        reason = "lone_surrogate" if _SURROGATES in error.msg else "json_broken"
        raise Problem(reason, f"{error.msg} at character {error.pos}") from None
    return value


def _record(value: JsonValue, keys: Keys) -> Record:
    if not isinstance(value, dict):
        raise Problem("json_broken", f"a line holds one JSON object; this one is {kind_of(value)}")
    return keys.record(value)


def kind_of(value: JsonValue) -> str:
    """Return what a value is, for a message."""
    return _KINDS.get(type(value), "null")
