"""The layout of 모두의 말뭉치 (National Institute of Korean Language): documents of paragraphs or of utterances."""

from collections.abc import Iterable

from pydantic import JsonValue

from ixigen_data.sources.faults import Problem
from ixigen_data.sources.json_items import Path
from ixigen_data.sources.layouts import (
    Object,
    Parsed,
    Placed,
    as_object,
    object_of,
    objects_of,
    record_of,
    texts_of,
    told_keys,
)
from ixigen_data.sources.records import Record
from ixigen_data.sources.settings import SourceSettings
from ixigen_data.sources.turns import Turn, dialogue

_DOCUMENTS: Path = ("document",)
_WRITTEN = ("paragraph", "sentence")
# What is read of a paragraph or utterance, the first that is there: 118-122 have a standard and a dialect form.
FORMS = {
    "form": ("standard_form", "form", "original_form", "dialect_form"),
    "original": ("dialect_form", "original_form", "form", "standard_form"),
}


class Nikl:
    """A document for each item of `document`; one of the file where that is an object (국회 2021)."""

    lists = (_DOCUMENTS,)

    def __init__(self, settings: SourceSettings) -> None:
        self._settings = settings

    def documents(self, item: Parsed) -> Iterable[Placed]:
        """Return the item's document; see `Layout`."""
        if item.path is not None:
            return [Placed(item.offset, self._document(item.value, item.head))]
        file = object_of(item.value, "the file")
        if "document" not in file:
            told = f"no document in the file; it has {told_keys(file)}"
            raise Problem("layout_unknown", f"{told}; for the layouts of AI Hub set format: aihub, else format: json")
        return [] if file["document"] == [] else [Placed(0, self._document(file["document"], file))]

    def end(self) -> Iterable[Placed]:
        """Return nothing more."""
        return []

    def _document(self, value: JsonValue, file: Object) -> Record:
        document = object_of(value, "document")
        told = [as_object(document.get("metadata")), document, as_object(file.get("metadata")), file]
        return record_of(self._text(document), document.get("id"), told, self._settings)

    def _text(self, document: Object) -> str:
        forms = FORMS[self._settings.form]
        for key in _WRITTEN:
            if key in document:
                return "\n".join(texts_of(document[key], forms, key))
        if "utterance" not in document:
            raise Problem("text_missing", f"no paragraph and no utterance in a document; it has {told_keys(document)}")
        return conversation(document, self._settings)


def conversation(document: Object, settings: SourceSettings) -> str:
    """Return the dialogue of a document's `utterance`.

    Raises:
        Problem: an utterance has another shape.
    """
    utterances = document.get("utterance")
    texts = texts_of(utterances, FORMS[settings.form], "utterance")
    speakers = map(_speaker, objects_of(utterances, "utterance"))
    return dialogue([*map(Turn, speakers, texts)], {}, settings.speakers)


def _speaker(utterance: Object) -> str | None:
    speaker = utterance.get("speaker_id")
    return str(speaker) if isinstance(speaker, str | int) and speaker != "" else None
