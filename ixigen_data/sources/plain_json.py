"""JSON files that hold one record, or a list of them anywhere."""

from collections.abc import Iterable

from ixigen_data.sources.faults import Problem
from ixigen_data.sources.json_items import Path
from ixigen_data.sources.layouts import Parsed, Placed, object_of, told_keys
from ixigen_data.sources.records import Keys, kind_of, value_at
from ixigen_data.sources.settings import SourceSettings


class PlainJson:
    """A document for each object of the list at `records`; without it, of a list that is the file, or of the file."""

    def __init__(self, settings: SourceSettings) -> None:
        self._keys = Keys.of(settings)
        self._records = settings.records
        # As everywhere, a dot leads into an object unless a key has that very name.
        self.lists: tuple[Path, ...] = ((),) if self._records is None else _paths(self._records)

    def documents(self, item: Parsed) -> Iterable[Placed]:
        """Return the item's document; see `Layout`."""
        if item.path is not None:
            return [Placed(item.offset, self._keys.record(object_of(item.value, "an item")))]
        if self._records is None:
            if item.value == []:
                return []
            file = object_of(item.value, "the file")
            if value_at(file, self._keys.text) is None:
                told = f"no {self._keys.text!r} in the file, or null; it has {told_keys(file)}"
                raise Problem("text_missing", f"{told}; name the text's key with text:, or a list with records:")
            return [Placed(item.offset, self._keys.record(file))]
        if not isinstance(item.value, dict):
            raise Problem("layout_unknown", f"the file is {kind_of(item.value)}, not an object; leave out records")
        if value_at(item.value, self._records) != []:
            told = f"no list at {self._records!r} in the file; it has {told_keys(item.value)}"
            raise Problem("layout_unknown", f"{told}; name the list with records:")
        return []

    def end(self) -> Iterable[Placed]:
        """Return nothing more."""
        return []


def _paths(records: str) -> tuple[Path, ...]:
    return (records,), tuple(records.split("."))
