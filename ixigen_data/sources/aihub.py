"""The JSON layouts of AI Hub, told apart by their shape."""

from collections.abc import Iterable

from pydantic import JsonValue

from ixigen_data.sources.callcentre import CallCentre
from ixigen_data.sources.faults import Problem
from ixigen_data.sources.json_items import Path
from ixigen_data.sources.ktelspeech import Beside, telephone_record
from ixigen_data.sources.layouts import (
    Object,
    Parsed,
    Placed,
    as_object,
    object_of,
    objects_of,
    record_of,
    text_of,
    texts_of,
    told_keys,
)
from ixigen_data.sources.nikl import conversation
from ixigen_data.sources.records import Record, kind_of, value_at
from ixigen_data.sources.settings import SourceSettings

_TURNS: Path = ()
_PAGES: Path = ("SJML", "text")
_DATA: Path = ("data",)
_ARTICLES: Path = ("documents",)
_KNOWN = (
    "a list of turns (98), dataSet.dialogs (100, 571), utterance (463, 464, 118-122), SJML.text (624),"
    " paragraphs with sentences (653), data with rows (110) or paragraphs (89), documents with text (97, 99)"
)


class AiHub:
    """A document for each dialogue, article or page; of a file that is one dialogue or one book, for the file."""

    lists = (_TURNS, _PAGES, _DATA, _ARTICLES)

    def __init__(self, settings: SourceSettings, beside: Beside) -> None:
        self._settings = settings
        self._beside = beside
        self._turns = CallCentre(settings)

    def documents(self, item: Parsed) -> Iterable[Placed]:
        """Return the documents that are whole with an item; see `Layout`."""
        if item.path is None:
            record = self._of_file(item.value)
            return [] if record is None else [Placed(0, record)]
        fields = object_of(item.value, "an item")
        if item.path == _TURNS:
            return self._turns.add(item.offset, fields)
        read = {_PAGES: self._page, _DATA: self._entry, _ARTICLES: self._article}[item.path]
        return [Placed(item.offset, read(fields, item.head))]

    def end(self) -> Iterable[Placed]:
        """Return the dialogues that are open."""
        return self._turns.end()

    def _of_file(self, value: JsonValue) -> Record | None:
        """Return the one document of a file; None where the items of a list were its documents."""
        if value == []:
            return None
        file = object_of(value, "the file")
        if "dataSet" in file:
            return telephone_record(file, self._settings, self._beside)
        told = [as_object(file.get("metadata")), file]
        if "utterance" in file:
            return record_of(conversation(file, self._settings), file.get("id"), told, self._settings)
        if "paragraphs" in file:
            return record_of(_book(file), file.get("id"), told, self._settings)
        if any(value_at(file, ".".join(path)) == [] for path in self.lists if path):
            return None
        told_found = f"the file has {told_keys(file)}; AI Hub's layouts have {_KNOWN}"
        works = "format: nikl reads this one" if "document" in file else "for others set format: json"
        raise Problem("layout_unknown", f"{told_found}; {works}")

    def _page(self, page: Object, head: Object) -> Record:
        """624: title, subtitle and content of a page."""
        parts = [text_of(page, (key,), "SJML.text") for key in ("title", "subtitle", "content") if page.get(key)]
        if not parts:
            raise Problem("text_missing", f"no title, subtitle or content in a page; it has {told_keys(page)}")
        return record_of("\n".join(parts), page.get("id"), [page, as_object(head.get("SJML"))], self._settings)

    def _entry(self, entry: Object, head: Object) -> Record:
        """110: rows with a text; 89: paragraphs with a context."""
        for key, text in (("rows", "text"), ("paragraphs", "context")):
            if key in entry:
                lines = _lines(entry[key], f"data.{key}", text)
                return record_of(lines, entry.get("id"), [entry, head], self._settings)
        told = f"an item of data has {told_keys(entry)}, but neither rows (110) nor paragraphs (89)"
        raise Problem("layout_unknown", f"{told}; for others set format: json with records: data")

    def _article(self, article: Object, head: Object) -> Record:
        """97 and 99: paragraphs that are lists of sentences."""
        paragraphs = article.get("text")
        if not isinstance(paragraphs, list):
            raise Problem("layout_unknown", f"documents.text is {kind_of(paragraphs)}, not a list; set format: json")
        text = "\n".join(
            _lines(paragraph, f"documents.text[{number}]", "sentence", " ")
            for number, paragraph in enumerate(paragraphs)
        )
        also: Object = {"date": article.get("publish_date")}
        return record_of(text, article.get("id"), [article, also, head], self._settings)


def _book(file: Object) -> str:
    """Return the text of 653: paragraphs of sentences."""
    return "\n".join(
        _lines(paragraph.get("sentences"), f"paragraphs[{number}].sentences", "text", " ")
        for number, paragraph in enumerate(objects_of(file["paragraphs"], "paragraphs"))
    )


def _lines(value: JsonValue, what: str, key: str, between: str = "\n") -> str:
    """Return the texts under a key of every object in a list."""
    return between.join(text for text in texts_of(value, (key,), what) if text)
