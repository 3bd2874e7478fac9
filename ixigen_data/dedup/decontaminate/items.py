"""The items of evaluation suites: files to passages."""

import functools
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import orjson
from pydantic import JsonValue

from ixigen_data.core.digests import digest_value
from ixigen_data.core.errors import DedupError, SourceError
from ixigen_data.core.files import without_secrets
from ixigen_data.dedup.decontaminate.suites import SuiteSettings
from ixigen_data.sources.faults import Faults
from ixigen_data.sources.files import SourceFile, list_files
from ixigen_data.sources.read import read_documents
from ixigen_data.sources.settings import SourceSettings
from ixigen_data.sources.spans import plan_spans


class Passage(NamedTuple):
    """One text of an item."""

    suite: str
    item: str  # its id
    field: str
    text: str


def read_suite(suite: SuiteSettings) -> tuple[Passage, ...]:
    """Return the passages of a suite, in the order of its files; lists and objects give each text they hold.

    Raises:
        DedupError: there is no file, one cannot be read, an item has no text in the first field, no item has anything
            in one of the others, or the content is not what `digest` says.
    """
    return _read(suite)[0]


def digest_of(suite: SuiteSettings) -> str:
    """Return the digest of a suite's passages, in their order.

    Raises:
        DedupError: see `read_suite`.
    """
    return _read(suite)[1]


def _read(suite: SuiteSettings) -> tuple[tuple[Passage, ...], str]:
    settings = SourceSettings(
        path=suite.path,
        format=suite.format,
        text=suite.fields[0],
        id=suite.id,
        metadata=suite.fields[1:],
        records=suite.records,
    )
    try:
        files = list_files(suite.name, settings)
        passages, digest = _read_files(suite.model_copy(update={"digest": None}), settings, tuple(files))
    except SourceError as error:
        raise DedupError(f"suite {suite.name}: {str(error).removeprefix(f'source {suite.name}: ')}") from None
    if suite.digest not in (None, digest):
        told = f"its items have the digest {digest}, not {suite.digest}; give those that were meant, or leave it out"
        raise DedupError(f"suite {suite.name}: {told}")
    return passages, digest


@functools.lru_cache(maxsize=64)  # the fingerprint of every source asks
def _read_files(
    suite: SuiteSettings, settings: SourceSettings, files: tuple[SourceFile, ...]
) -> tuple[tuple[Passage, ...], str]:
    """Return the passages in files as they are now, and their digest."""
    faults = Faults(keep=1)
    passages: list[Passage] = []
    spans = [span for task in plan_spans(list(files), settings) for span in task]
    for batch in read_documents(settings, spans, faults):
        others = [None] * len(batch) if batch.metadata is None else batch.metadata.to_pylist()
        for item, text, other in zip(batch.id.to_pylist(), batch.text.to_pylist(), others, strict=True):
            passages.append(Passage(suite.name, item, suite.fields[0], text))
            passages += _others(suite.name, item, other)
    if faults.kept:
        raise SourceError(f"{faults.kept[0]}; every item must be whole, with a text in {suite.fields[0]!r}")
    _check(suite, passages)
    return tuple(passages), digest_value([list(passage) for passage in passages])


def _others(suite: str, item: str, metadata: str | None) -> Iterator[Passage]:
    values: dict[str, JsonValue] = {} if metadata is None else orjson.loads(metadata)
    for field, value in values.items():
        yield from (Passage(suite, item, field, text) for text in _texts(value))


def _texts(value: JsonValue) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for inner in value if isinstance(value, list) else value.values():
            yield from _texts(inner)


def _check(suite: SuiteSettings, passages: Sequence[Passage]) -> None:
    if not passages:
        raise SourceError(f"no item in {', '.join(map(without_secrets, suite.patterns))}; a suite has one at least")
    held = {passage.field for passage in passages}
    for field in suite.fields:
        if field not in held:
            raise SourceError(f"no item has a text in {field!r}; name a field that items have, or leave it out")
