"""What rules note of documents: one line of JSON each, in a file of its own for every task of the clean stage."""

from collections.abc import Iterator, Mapping, Sequence

import orjson

from ixigen_data.clean.chain import Noted
from ixigen_data.core.documents import Documents
from ixigen_data.core.files import join, read_bytes, without_secrets, write_bytes
from ixigen_data.engine.completion import read_outcomes
from ixigen_data.sources.spans import Span


class NotesFile:
    """The notes of one task, in the order of the documents."""

    def __init__(self, spans: Sequence[Span]) -> None:
        """`spans`: the task's, for the names of files."""
        self._urls = {span.file: without_secrets(span.url) for span in spans}
        self._lines: list[bytes] = []

    def add(self, documents: Documents, noted: Sequence[Noted]) -> None:
        """Take what `Chain.run` noted of a batch as it came in."""
        for each in sorted(noted, key=lambda noted: noted.row):
            place = {
                "rule": each.rule,
                "document": documents.id[each.row].as_py(),
                "file": self._urls[int(documents.file[each.row])],
                "offset": int(documents.offset[each.row]),
            }
            self._lines.append(orjson.dumps({**place, **each.note}, option=orjson.OPT_APPEND_NEWLINE))

    def write(self, folder: str, task: int) -> dict[str, int]:
        """Write the notes, if there are any; return the file's size in bytes by its name."""
        if not self._lines:
            return {}
        data = b"".join(self._lines)
        write_bytes(join(folder, notes_file(task)), data)
        return {notes_file(task): len(data)}


def notes_file(task: int) -> str:
    """Return the name of a task's notes."""
    return f"{task:05d}.notes.jsonl"


def read_notes(folder: str) -> Iterator[Mapping[str, str | int | float]]:
    """Yield the notes of a finished clean stage, in source order: each with "rule", "document", "file" and "offset"."""
    for task, outcome in enumerate(read_outcomes(folder)):
        if notes_file(task) in outcome.files:
            yield from map(orjson.loads, read_bytes(join(folder, notes_file(task))).splitlines())
