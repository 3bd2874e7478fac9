"""A few documents and edits for people to look at, chosen by the hash of a text: the same ones on every run.

A task keeps the candidates among its own documents; those of all tasks are then merged the same way, in task order.
"""

from collections.abc import Iterable, Iterator
from heapq import heappush, heapreplace
from typing import Generic, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from ixigen_data.core.files import join, read_bytes, write_bytes

PER_GROUP = 5  # documents that a task keeps of each group: no report can show more
MAX_CHARS = 600  # of a text
MAX_ID_CHARS = 200
SUFFIX = ".samples.json"
EDITS_SUFFIX = ".edits.json"


class Sample(BaseModel):
    """The beginning of a document, after every edit of its source's rules, masking included."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    rule: str = ""  # that dropped it; empty where it was kept
    reason: str = ""  # the ledger's
    key: str = Field(pattern=r"^[0-9a-f]{32}$")  # xxh3_128 of its text; where it was dropped, as it was read
    id: str
    chars: int = Field(ge=0)  # code points of the whole text
    text: str

    @property
    def group(self) -> tuple[str, str, str]:
        """What the document stands for: a source and what became of it."""
        return (self.source, self.rule, self.reason)

    @property
    def rank(self) -> int:
        """The lowest are chosen. The key's low half goes first: the lowest keys as they are belong to the hold-out."""
        return rank_of(int(self.key[:16], 16), int(self.key[16:], 16))


class EditedPlace(BaseModel):
    """One place where a rule edited a text, with some of what stands around."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    left: str
    before: str
    after: str
    right: str


class EditSample(BaseModel):
    """What a rule did to a document, where no rule of its source finds personal data."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    rule: str
    number: str = ""  # the rule's, such as "N7"
    key: str = Field(pattern=r"^[0-9a-f]{32}$")  # xxh3_128 of the text before the rule
    id: str
    places: tuple[EditedPlace, ...]  # the first few

    @property
    def group(self) -> tuple[str, str, str]:
        """What the sample stands for: a source and a rule."""
        return (self.source, self.rule, "")

    @property
    def rank(self) -> int:
        """The lowest are chosen."""
        return rank_of(int(self.key[:16], 16), int(self.key[16:], 16))


_ALL = TypeAdapter(tuple[Sample, ...])
_EDITS = TypeAdapter(tuple[EditSample, ...])


class Ranked(Protocol):
    """What a `Sampler` chooses among."""

    @property
    def group(self) -> tuple[str, str, str]:
        """Of each group the lowest ranks are chosen."""

    @property
    def rank(self) -> int:
        """A hash."""


_Ranked = TypeVar("_Ranked", bound=Ranked)


def rank_of(hi: int, lo: int) -> int:
    """Return the rank of a document by the halves of its key."""
    return lo << 64 | hi


class Sampler(Generic[_Ranked]):
    """Keeps the documents with the lowest ranks of every group; of equal texts the one that was offered first."""

    def __init__(self, per_group: int = PER_GROUP) -> None:
        self._per_group = per_group
        self._kept: dict[tuple[str, str, str], list[tuple[int, _Ranked]]] = {}  # heaps, the highest rank on top

    def wants(self, group: tuple[str, str, str], rank: int) -> bool:
        """Return whether a document of this rank would be kept as things stand."""
        heap = self._kept.get(group, [])
        if heap and len(heap) == self._per_group and rank >= -heap[0][0]:
            return False
        return all(rank != -other for other, _ in heap)

    def add(self, sample: _Ranked) -> None:
        """Offer a document."""
        if not self._per_group or not self.wants(sample.group, sample.rank):
            return
        heap = self._kept.setdefault(sample.group, [])
        entry = (-sample.rank, sample)
        if len(heap) < self._per_group:
            heappush(heap, entry)
        else:
            heapreplace(heap, entry)

    def chosen(self) -> Iterator[_Ranked]:
        """Yield what was kept, group by group in their order, the lowest rank first."""
        for _, heap in sorted(self._kept.items()):
            yield from (sample for _, sample in sorted(heap, key=lambda entry: -entry[0]))


def shorten(text: str, limit: int = MAX_CHARS) -> str:
    """Return the beginning of a text, with an ellipsis where it goes on.

    >>> shorten("abcdef", 4), shorten("abcd", 4)
    ('abc…', 'abcd')
    """
    return text if len(text) <= limit else f"{text[: limit - 1].rstrip()}…"


def write_samples(folder: str, stem: str, samples: Iterable[Sample]) -> dict[str, int]:
    """Write a task's samples, if there are any; return the file's size in bytes by its name."""
    return _write(folder, f"{stem}{SUFFIX}", _ALL, tuple(samples))


def read_samples(folder: str, name: str) -> tuple[Sample, ...]:
    """Return what `write_samples` wrote."""
    return _ALL.validate_json(read_bytes(join(folder, name)))


def write_edits(folder: str, stem: str, samples: Iterable[EditSample]) -> dict[str, int]:
    """Write a task's samples of edits, if there are any; return the file's size in bytes by its name."""
    return _write(folder, f"{stem}{EDITS_SUFFIX}", _EDITS, tuple(samples))


def read_edits(folder: str, name: str) -> tuple[EditSample, ...]:
    """Return what `write_edits` wrote."""
    return _EDITS.validate_json(read_bytes(join(folder, name)))


def _write(
    folder: str, name: str, kind: TypeAdapter[tuple[_Ranked, ...]], samples: tuple[_Ranked, ...]
) -> dict[str, int]:
    if not samples:
        return {}
    data = kind.dump_json(samples)
    write_bytes(join(folder, name), data)
    return {name: len(data)}
