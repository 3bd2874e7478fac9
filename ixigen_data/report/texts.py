"""The texts of a dataset by source: their lengths and their words."""

from collections.abc import Mapping
from dataclasses import dataclass

from ixigen_data.core.lengths import quantile
from ixigen_data.shards.manifest import Manifest
from ixigen_data.shards.statistics import Statistics


@dataclass(frozen=True)
class TextRow:
    """The documents of one source that were encoded."""

    source: str
    language: str | None
    documents: int
    text_bytes: int
    words: int
    tokens: int
    lengths: Mapping[int, int]  # documents by tokens, in the bins of core/lengths.py
    tokens_per_word: float  # of content tokens; 0 where there is no word
    bytes_per_token: float

    @property
    def mean(self) -> float:
        """Tokens of a document."""
        return self.tokens / self.documents if self.documents else 0.0

    @property
    def median(self) -> int:
        """About the tokens that half of the documents have less than."""
        return quantile(self.lengths, 0.5)


def text_rows(manifest: Manifest, statistics: Statistics) -> list[TextRow]:
    """Return the texts of every source, in recipe order."""
    return [
        TextRow(
            source=source,
            language=manifest.sources[source].language if source in manifest.sources else None,
            documents=text.documents,
            text_bytes=text.text_bytes,
            words=text.words,
            tokens=text.tokens,
            lengths=text.lengths,
            tokens_per_word=text.content_tokens / text.words if text.words else 0.0,
            bytes_per_token=text.text_bytes / text.content_tokens if text.content_tokens else 0.0,
        )
        for source, text in statistics.texts.items()
    ]
