"""The against stage: the files of indexes, held against their digests before anything is built on them."""

from collections.abc import Sequence

from pydantic import BaseModel, JsonValue

from ixigen_data.core.digests import digest_value
from ixigen_data.dedup.index.files import must_be_intact
from ixigen_data.dedup.index.manifest import IndexChunk, KnownIndex
from ixigen_data.engine.stage import Outcome, Task

BYTES = 1
TASK_BYTES = 1 << 30


class IndexSpan(BaseModel):
    """A task: the chunks [first, stop) of one index."""

    index: int
    first: int
    stop: int


class AgainstStage:
    """Reads every file of the indexes once and compares its digest; nothing is written but that it was right."""

    name = "against"
    unit = "bytes"

    def __init__(self, indexes: Sequence[KnownIndex]) -> None:
        self._indexes = indexes
        places: list[JsonValue] = [[known.url, known.digest] for known in indexes]
        self.fingerprint = digest_value(["against", BYTES, *places])

    def tasks(self) -> Sequence[Task]:
        """Return tasks of about 1 GiB each."""
        spans = [span for index in range(len(self._indexes)) for span in self._spans(index)]
        return [
            Task(index=number, name=f"against {number}", work=work, payload=span.model_dump())
            for number, (span, work) in enumerate(spans)
        ]

    def outputs(self, folder: str) -> str:
        """Return `folder`."""
        return folder

    def run(self, task: Task, folder: str) -> Outcome:  # noqa: ARG002 - nothing is written
        """Check the files of some chunks.

        Raises:
            DedupError: names the first that is not what was written.
        """
        span = IndexSpan.model_validate(task.payload)
        known = self._indexes[span.index]
        for chunk in known.load().chunks[span.first : span.stop]:
            for name, expected in chunk.files.items():
                must_be_intact(known.url, name, expected)
        return Outcome()

    def _spans(self, index: int) -> list[tuple[IndexSpan, int]]:
        """Return spans of an index's chunks with their bytes."""
        found: list[tuple[IndexSpan, int]] = []
        for number, chunk in enumerate(self._indexes[index].load().chunks):
            size = _size_of(chunk)
            if found and found[-1][1] + size <= TASK_BYTES:
                span, work = found[-1]
                found[-1] = (span.model_copy(update={"stop": number + 1}), work + size)
            else:
                found.append((IndexSpan(index=index, first=number, stop=number + 1), size))
        return found


def _size_of(chunk: IndexChunk) -> int:
    return sum(file.bytes for file in chunk.files.values())
