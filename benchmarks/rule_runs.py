"""What the benchmarks of rules share: texts of a corpus, batches as the clean stage makes them, and rates."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks.bench_sources import read_records
from benchmarks.harness import Figures
from ixigen_data.core.documents import Documents
from ixigen_data.sources.read import BATCH_BYTES


def texts_of(corpus: Path, size: int) -> list[str]:
    """Return the texts of whole records from the start of a corpus, up to a size in UTF-8."""
    return [record["text"] for record in read_records(corpus, size)]


def batches(texts: list[str]) -> Iterator[Documents]:
    """Yield documents in batches about as large as those that the clean stage reads."""
    rest = iter(texts)
    mean = max(1, sum(len(text.encode()) for text in texts) // len(texts))
    while chunk := list(islice(rest, max(1, BATCH_BYTES // mean))):
        ids = pa.array(map(str, range(len(chunk))), pa.large_string())
        places = np.arange(len(chunk), dtype=np.int64)
        yield Documents(pa.array(chunk, pa.large_string()), ids, np.zeros(len(chunk), np.int32), places)


@dataclass(frozen=True)
class Comparison:
    """All contenders on one corpus."""

    corpus: str
    text_bytes: dict[str, int]
    contenders: dict[str, Figures]

    def rate(self, name: str) -> float:
        """Return MB of text a CPU-second."""
        return self.text_bytes[name] / 1e6 / self.contenders[name].cpu_seconds
