"""What the layouts of JSON corpora share: from a parsed item to a document, and words for what does not fit."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from pydantic import JsonValue

from ixigen_data.sources.faults import Problem
from ixigen_data.sources.json_items import Path
from ixigen_data.sources.records import Record, kind_of, metadata_json, value_at
from ixigen_data.sources.settings import SourceSettings

Object = Mapping[str, JsonValue]
_MOST_KEYS = 12


class Parsed(NamedTuple):
    """An item of a list; the file without its lists where `path` is None."""

    path: Path | None
    offset: int
    value: JsonValue
    head: Object  # what stands before the list


class Placed(NamedTuple):
    """A document, or what is wrong with one, and where it begins."""

    offset: int
    record: Record | Problem


class Layout(Protocol):
    """Makes documents of one file's items; a new one is taken for every file."""

    @property
    def lists(self) -> tuple[Path, ...]:
        """Where the items stand that are read one by one."""

    def documents(self, item: Parsed) -> Iterable[Placed]:
        """Return the documents that are whole with this item.

        Raises:
            Problem: what is wrong with the item.
        """

    def end(self) -> Iterable[Placed]:
        """Return the documents that the file's end makes whole."""


def record_of(text: str, identity: JsonValue, told: Sequence[Object], settings: SourceSettings) -> Record:
    """Return a document.

    Args:
        told: where the recipe's `metadata` keys are looked for; the first that has one counts.
    """
    name = str(identity) if type(identity) is int else identity if isinstance(identity, str) and identity else None
    if not settings.metadata:
        return Record(text, name)
    values = {
        key: next((found for each in told if (found := value_at(each, key)) is not None), None)
        for key in settings.metadata
    }
    return Record(text, name, metadata_json(values))


def object_of(value: JsonValue, what: str) -> dict[str, JsonValue]:
    """Return a JSON object.

    Raises:
        Problem: "layout_unknown".
    """
    if not isinstance(value, dict):
        raise Problem("layout_unknown", f"{what} is {kind_of(value)}, not an object")
    return value


def objects_of(value: JsonValue, what: str) -> list[dict[str, JsonValue]]:
    """Return a list of JSON objects.

    Raises:
        Problem: "layout_unknown".
    """
    return [object_of(each, f"{what}[{number}]") for number, each in enumerate(_list_of(value, what))]


def texts_of(value: JsonValue, keys: Sequence[str], what: str) -> list[str]:
    """Return `text_of` each object in a list.

    Raises:
        Problem: "layout_unknown"; that of `text_of`.
    """
    texts = []
    for number, each in enumerate(_list_of(value, what)):
        text: JsonValue = None
        if isinstance(each, dict):
            for key in keys:
                text = each.get(key)
                if text is not None:
                    break
        # The path to what does not fit is put together there only: a page has a hundred texts.
        texts.append(text if isinstance(text, str) else _misfit(each, keys, f"{what}[{number}]"))
    return texts


def _misfit(value: JsonValue, keys: Sequence[str], what: str) -> str:
    return text_of(object_of(value, what), keys, what)


def _list_of(value: JsonValue, what: str) -> list[JsonValue]:
    if not isinstance(value, list):
        raise Problem("layout_unknown", f"{what} is {kind_of(value)}, not a list")
    return value


def text_of(fields: Object, keys: Sequence[str], what: str) -> str:
    """Return the text under the first of these keys that is there.

    Raises:
        Problem: "text_missing" or "text_not_string".
    """
    for key in keys:
        value = fields.get(key)
        if isinstance(value, str):
            return value
        if value is not None:
            raise Problem("text_not_string", f"{what}.{key} is {kind_of(value)}")
    raise Problem("text_missing", f"{what} has no {' or '.join(keys)}; it has {told_keys(fields)}")


def as_object(value: JsonValue) -> Object:
    """Return a JSON object, an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def told_keys(fields: Object) -> str:
    """Return an object's keys, for a message; they are labels of a layout, and cut where they are not."""
    names = [key[:40] for key in list(fields)[:_MOST_KEYS]]
    more = f" and {len(fields) - _MOST_KEYS} more" if len(fields) > _MOST_KEYS else ""
    return f"the keys {', '.join(names)}{more}" if names else "no keys"
