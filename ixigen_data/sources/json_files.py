"""JSON files to documents, whatever their layout: item by item, each fault with its place."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from ixigen_data.core.documents import Documents
from ixigen_data.core.files import without_secrets
from ixigen_data.sources.aihub import AiHub
from ixigen_data.sources.archives import Opener
from ixigen_data.sources.batch import Batch
from ixigen_data.sources.compression import read_blocks
from ixigen_data.sources.faults import Fault, Faults, Problem
from ixigen_data.sources.json_items import Item, JsonFile
from ixigen_data.sources.ktelspeech import Beside
from ixigen_data.sources.layouts import Layout, Parsed, Placed
from ixigen_data.sources.nikl import Nikl
from ixigen_data.sources.plain_json import PlainJson
from ixigen_data.sources.records import parse_value
from ixigen_data.sources.settings import SourceSettings
from ixigen_data.sources.spans import Span
from ixigen_data.sources.text import path_below_base

_BLOCK_BYTES = 2**20


@dataclass(frozen=True)
class JsonReader:
    """Reads files of one source. `opener`: for the files that stand beside them."""

    settings: SourceSettings
    faults: Faults
    batch_bytes: int
    opener: Opener

    def documents(self, stream: BinaryIO, span: Span) -> Iterator[Documents]:
        """Yield the documents of a file in batches, in its order; what is wrong with an item is a fault."""
        batch = Batch(bool(self.settings.metadata))
        for offset, record in self._placed(stream, span):
            if isinstance(record, Problem):
                url = without_secrets(span.url)
                self.faults.add(Fault(source_file=url, offset=offset, reason=record.reason, detail=record.detail))
                continue
            batch.add(span.file, offset, record.id or self._default_id(span, offset), record)
            if batch.size_bytes >= self.batch_bytes:
                yield batch.documents()
                batch = Batch(bool(self.settings.metadata))
        if len(batch):
            yield batch.documents()

    def _default_id(self, span: Span, offset: int) -> str:
        """Return a record's place, or the file's where it is the one document: no item of a list begins at byte 0."""
        if not offset:
            return path_below_base(span.url, self.settings)
        return f"{without_secrets(span.url).rpartition('/')[2]}@{offset}"

    def _placed(self, stream: BinaryIO, span: Span) -> Iterator[Placed]:
        layout = self._layout(span)
        file = JsonFile(layout.lists, self.settings.encoding)
        # Asking a small file for a MiB takes five times as long as reading it.
        for item in file.items(read_blocks(stream, span.url, min(_BLOCK_BYTES, span.size_bytes + 1))):
            try:
                yield from layout.documents(self._parsed(item, file))
            except Problem as problem:
                yield Placed(item.offset, problem)
        yield from layout.end()

    def _layout(self, span: Span) -> Layout:
        match self.settings.format:
            case "nikl":
                return Nikl(self.settings)
            case "aihub":
                return AiHub(self.settings, Beside(span.url, self.settings, self.opener))
            case _:
                return PlainJson(self.settings)

    def _parsed(self, item: Item, file: JsonFile) -> Parsed:
        if item.problem is not None:
            raise item.problem
        head = file.head if item.path is not None and self.settings.metadata else {}
        return Parsed(item.path, item.offset, parse_value(item.data, self.settings.encoding), head)
