"""What was found of evaluation items: in a document, and in all that a build read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    import pyarrow as pa

    from ixigen_data.core.steps import Note

RULE = "decontaminate"
FILE = "contamination.parquet"  # in a dataset's folder


class Contamination(NamedTuple):
    """A passage of an item that a document held too much of."""

    suite: str
    item: str  # its id
    field: str
    chars: int  # of the passage that stand in the document, without white space, punctuation and symbols
    ratio: float  # of what is looked for of the passage
    action: Literal["dropped", "edited"]

    def note(self) -> Note:
        """Return it as a rule notes it."""
        return {**self._asdict(), "ratio": round(self.ratio, 4)}


def schema() -> pa.Schema:
    """Return the columns of `found_in`."""
    import pyarrow as pa  # noqa: PLC0415 - start-up: the rule imports this

    texts = [(name, pa.large_string()) for name in ("source", "document", "file")]
    found = [(name, pa.large_string()) for name in ("suite", "item", "field")]
    numbers = [("chars", pa.int32()), ("ratio", pa.float32())]
    return pa.schema([*texts, ("offset", pa.int64()), *found, *numbers, ("action", pa.large_string())])


def found_in(clean_folders: Mapping[str, str]) -> pa.Table:
    """Return what was found in every source, in source order: a row for each item's passage in each document.

    `file` and `offset` are the document's, as in lineage; `chars` are the passage's characters in the document, `ratio`
    that to what is looked for of it, and `action` says whether the document was "dropped" or "edited".

    Args:
        clean_folders: of the finished clean stages, by source.
    """
    import pyarrow as pa  # noqa: PLC0415 - start-up: see above

    from ixigen_data.clean.notes import read_notes  # noqa: PLC0415

    tables = [schema().empty_table()]
    for source, folder in clean_folders.items():
        rows = [{**note, "source": source} for note in read_notes(folder) if note["rule"] == RULE]
        tables.append(pa.Table.from_pylist(rows, schema()))
    return pa.concat_tables(tables)
