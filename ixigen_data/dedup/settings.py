"""Recipe keys of `dedup:`."""

from typing import Literal, Self

from pydantic import Field, model_validator

from ixigen_data.core.settings import Settings
from ixigen_data.core.steps import Rule

Unit = Literal["characters", "words", "tokens"]
_UNIT_OF: dict[str | None, Unit] = {"en": "words", "code": "tokens"}


class ExactSettings(Settings):
    """Equal texts: of all documents whose cleaned text is the same, across all sources, the first stays."""


class NearSettings(Settings):
    """Near-duplicates: of documents that are alike, across all sources, the first by source, then the longest, stays.

    Two documents are alike where the estimated Jaccard similarity of their shingles is `threshold` or more: runs of
    `shingle` characters, without case, white space and punctuation, so that neither spacing nor particles hide a copy;
    of `words` words in sources of `language: en`, of `tokens` tokens in code.
    """

    shingle: int = Field(default=5, ge=2, le=32)
    words: int = Field(default=5, ge=2, le=32)
    tokens: int = Field(default=7, ge=2, le=32)
    bands: int = Field(default=14, ge=1, le=64)
    rows: int = Field(default=8, ge=1, le=64)
    threshold: float = Field(default=0.65, gt=0, le=1)
    containment: float | None = Field(
        default=None, gt=0, le=1, description="Drop a short document of which a longer one holds this ratio."
    )

    @property
    def slots(self) -> int:
        """Hash values of a signature."""
        return self.bands * self.rows

    def unit_of(self, language: str | None) -> Unit:
        """Return what shingles of a source are runs of."""
        return _UNIT_OF.get(language, "characters")

    def size_of(self, unit: Unit) -> int:
        """Return how many of a unit a shingle holds."""
        return {"characters": self.shingle, "words": self.words, "tokens": self.tokens}[unit]


class LinesSettings(Settings):
    """Lines that many documents of a source share, such as navigation, footers and by-lines."""


class DecontaminateSettings(Settings):
    """Evaluation suites of which no document may hold an item."""


class DedupSettings(Settings):
    """Which copies are removed. `exact: null` turns exact deduplication off; the others are off unless they are named."""

    exact: ExactSettings | None = ExactSettings()
    near: NearSettings | None = None
    lines: LinesSettings | None = None
    against: tuple[str, ...] = Field(
        default=(), description="Indexes of earlier datasets, whose documents and their near-duplicates are dropped."
    )
    decontaminate: DecontaminateSettings | None = None

    def rules(self) -> tuple[Rule, ...]:
        """Return what is done to documents one by one, behind the rules of `clean`."""
        return ()

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.near is not None and self.exact is None:
            raise ValueError("near-duplicates are looked for among what exact deduplication leaves; write exact: {}")
        return self
