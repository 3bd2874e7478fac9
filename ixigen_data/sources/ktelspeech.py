"""AI Hub 100 and 571 (KtelSpeech, 저음질 전화망): a dialogue a file, whose utterances stand in files beside it."""

import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ixigen_data.core.units import format_size
from ixigen_data.sources.archives import Opener
from ixigen_data.sources.faults import Problem
from ixigen_data.sources.files import base_of
from ixigen_data.sources.kspon import UTTERANCE_BYTES, utterance
from ixigen_data.sources.layouts import Object, as_object, object_of, objects_of, record_of, text_of
from ixigen_data.sources.records import Record
from ixigen_data.sources.settings import SourceSettings, archive_of
from ixigen_data.sources.turns import Turn, dialogue, without_numbers

_NAME_CHARS = 255


@dataclass
class Beside:
    """Small text files that stand beside a JSON file: in its archive, or in the folders of the source.

    A path such as "KtelSpeech/Train/D60/0001.txt" is looked for from the archive's or the source's top, with its first
    folders left out one by one ("KtelSpeech/" is not in the archives), and likewise from the JSON file's own folder.
    """

    url: str  # of the JSON file
    settings: SourceSettings
    opener: Opener
    _way: tuple[str, int] | None = field(default=None, init=False)  # where the last one was found

    def text(self, path: str) -> str:
        """Return the text of a file.

        Raises:
            Problem: "text_missing": it is nowhere; "encoding_unknown" or "document_too_long"; the archive's own.
        """
        data = self._data(path)
        if len(data) > UTTERANCE_BYTES:
            raise Problem("document_too_long", f"{path}: an utterance of more than {format_size(UTTERANCE_BYTES)}")
        try:
            return utterance(data, self.settings.encoding)
        except Problem as problem:
            raise Problem(problem.reason, f"{path}: {problem.detail}") from None

    def _data(self, path: str) -> bytes:
        parts = [part for part in path.replace("\\", "/").split("/") if part not in ("", ".")]
        for folder, left_out in self._ways(len(parts)) if _is_name(path, parts) else ():
            try:
                with self.opener.open(folder + "/".join(parts[left_out:])) as (stream, _):
                    self._way = folder, left_out
                    return stream.read(UTTERANCE_BYTES + 1)
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
                continue
            except Problem as problem:
                if problem.reason != "member_missing":
                    raise
        raise Problem("text_missing", f"no {path[:_NAME_CHARS]} beside the file, with or without its first folders")

    def _ways(self, count: int) -> Iterator[tuple[str, int]]:
        """Yield folders, and how many folders of the path to leave out; what served last comes first."""
        if self._way is not None and self._way[1] < count:
            yield self._way
        archive = archive_of(self.url)
        tops = [base_of(each) for each in self.settings.patterns] if archive is None else [f"{archive}!/"]
        own = posixpath.dirname(self.url) + "/"
        for folder in dict.fromkeys([*(top for top in tops if self.url.startswith(top)), own]):
            yield from ((folder, left_out) for left_out in range(count))


def telephone_record(file: Object, settings: SourceSettings, beside: Beside) -> Record:
    """Return the dialogue of a file with `dataSet.dialogs`.

    Raises:
        Problem: it has another shape, or an utterance's text is not to be found.
    """
    data = object_of(file["dataSet"], "dataSet")
    kind = as_object(data.get("typeInfo"))
    listed = kind.get("speakers")
    names = {
        str(speaker["id"]): str(speaker["type"])
        for speaker in (listed if isinstance(listed, list) else [])
        if isinstance(speaker, dict) and speaker.get("id") and speaker.get("type")
    }
    turns = []
    for number, each in enumerate(objects_of(data.get("dialogs"), "dataSet.dialogs")):
        speaker = each.get("speaker")
        text = each.get("text")
        if not isinstance(text, str):
            what = f"dataSet.dialogs[{number}]"
            text = beside.text(text_of(each, ("textPath",), what)) if text is None else text_of(each, ("text",), what)
        turns.append(Turn(speaker if isinstance(speaker, str) and speaker else None, text))
    text = dialogue(turns, without_numbers(names), settings.speakers)
    return record_of(text, data.get("id") or file.get("id"), [kind, data, file], settings)


def _is_name(path: str, parts: Sequence[str]) -> bool:
    """Return whether a path that stood in a file is one that may be looked for: it leads down, and not far."""
    return path.isprintable() and ":" not in path and ".." not in parts and len(path) <= _NAME_CHARS
