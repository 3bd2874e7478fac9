"""KsponSpeech: an utterance is a document, in a file of its own or on a line of a list."""

import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from ixigen_data.core.documents import Documents
from ixigen_data.core.files import without_secrets
from ixigen_data.core.units import format_size
from ixigen_data.sources.archives import Opener
from ixigen_data.sources.batch import Batch
from ixigen_data.sources.encoding import decode, told_encodings
from ixigen_data.sources.faults import Fault, Faults, Problem
from ixigen_data.sources.guard import check_stamp, guarded
from ixigen_data.sources.lines import line_blocks
from ixigen_data.sources.records import Record
from ixigen_data.sources.settings import Encoding, SourceSettings, archive_of, compression_of
from ixigen_data.sources.small_members import read_small
from ixigen_data.sources.spans import Span
from ixigen_data.sources.text import path_below_base
from ixigen_data.sources.whole import read_whole

UTTERANCE_BYTES = 2**20
_LIST = ".trn"
_BETWEEN = "::"


@dataclass(frozen=True)
class Utterances:
    """Reads files of one utterance each; there may be 10^6 of them in one archive."""

    settings: SourceSettings
    faults: Faults
    opener: Opener

    def documents(self, spans: Iterable[Span], batch_bytes: int) -> Iterator[Documents]:
        """Yield the documents of spans, in order; a file that cannot be read is a fault.

        The id is the file's path below the folder that the pattern fixes.

        Raises:
            SourceError: reading failed, an archive or file changed, or faults are fatal.
        """
        batch = Batch(with_metadata=False)
        for span in spans:
            with guarded(span, self.faults):
                text = utterance(self._data(span), self.settings.encoding)
                batch.add(span.file, 0, path_below_base(span.url, self.settings), Record(text))
            if batch.size_bytes >= batch_bytes:
                yield batch.documents()
                batch = Batch(with_metadata=False)
        if len(batch):
            yield batch.documents()

    def _data(self, span: Span) -> bytes:
        archive = archive_of(span.url)
        if archive is not None and span.seek >= 0 and compression_of(span.url) is None:
            stored = self.opener.stored(archive)
            data = read_small(stored, span.url[len(archive) + 2 :], span.seek, span.size_bytes, UTTERANCE_BYTES)
            if data is not None:
                check_stamp(stored, span, "before it was read")
                return data
        told = f"an utterance of more than {format_size(UTTERANCE_BYTES)}; the name of a list ends in {_LIST}"
        with self.opener.open(span.url) as (stream, stored):
            data = read_whole(stream, span, UTTERANCE_BYTES, told)
            check_stamp(stored, span, "before it was read")
            return data


def is_list(url: str) -> bool:
    """Return whether a file has an utterance on each line."""
    return posixpath.splitext(url.lower())[1] == _LIST


def utterance(data: bytes, encoding: Encoding) -> str:
    """Return what an utterance's bytes say.

    In a word or two, cp949 may happen to be UTF-8 as well (카 is C4 AB, and so is ī): with `auto`, what has nothing but
    two-byte characters is cp949.

    Raises:
        Problem: "encoding_unknown".
    """
    text = decode(data, encoding)
    if text is None:
        raise Problem("encoding_unknown", told_encodings(encoding))
    if encoding == "auto" and not data.isascii() and max(text) < "\u0800":
        return decode(data, "cp949") or text
    return text


def read_list(
    stream: BinaryIO, span: Span, settings: SourceSettings, faults: Faults, batch_bytes: int
) -> Iterator[Documents]:
    """Yield the utterances of a list, "path :: text" on each line; the id is that path. Other lines are faults."""
    for block in line_blocks(stream, span, batch_bytes):
        batch = Batch(with_metadata=False)
        offset = block.offset
        for line in block.data.splitlines(keepends=True) if block.problem is None else [b""]:
            try:
                if block.problem is not None:
                    raise block.problem
                if line.strip():
                    path, text = _of_line(line, settings.encoding)
                    batch.add(span.file, offset, path, Record(text))
            except Problem as problem:
                url = without_secrets(span.url)
                faults.add(Fault(source_file=url, offset=offset, reason=problem.reason, detail=problem.detail))
            offset += len(line)
        if len(batch):
            yield batch.documents()


def _of_line(line: bytes, encoding: Encoding) -> tuple[str, str]:
    path, between, text = utterance(line, encoding).partition(_BETWEEN)
    if not between or not path.strip():
        raise Problem("line_broken", "no 'path :: text'; for other lists set format: csv or jsonl")
    return path.strip(), text.strip()
