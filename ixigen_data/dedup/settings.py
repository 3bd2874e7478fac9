"""Recipe keys of `dedup:`."""

import math
from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import (
    BeforeValidator,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from ixigen_data.core.settings import Settings
from ixigen_data.core.steps import Rule, existing_sources
from ixigen_data.dedup.decontaminate.rule import Decontaminate

Unit = Literal["characters", "words", "tokens"]
_UNIT_OF: dict[str | None, Unit] = {"en": "words", "code": "tokens"}


class ExactSettings(Settings):
    """Equal texts: of all documents whose cleaned text is the same, across all sources, the first stays."""


class NearSettings(Settings):
    """Near-duplicates: of documents that are alike, across all sources, the first by source, then the longest, stays.

    Two documents are alike where the estimated Jaccard similarity of their shingles is `threshold` or more: runs of
    `shingle` characters, without case, white space and punctuation, so that neither spacing nor particles hide a copy;
    of `words` words in sources of `language: en`, of `tokens` tokens in code.

    The defaults are measured (`python -m benchmarks near`). Of Korean copies with other particles in a tenth of their
    eojeols, 16 bands of 7 rows find .839 at a threshold of .65, and 14 of 8, with as many slots, .724. A threshold of
    .5 would find .857, one of .7 .715. Of unrelated texts that share a block of 70 %, in twos, .6 drops twice as many
    as .65, .022 instead of .010.
    """

    shingle: int = Field(default=5, ge=2, le=32)
    words: int = Field(default=5, ge=2, le=32)
    tokens: int = Field(default=7, ge=2, le=32)
    bands: int = Field(default=16, ge=1, le=64)
    rows: int = Field(default=7, ge=1, le=64)
    threshold: float = Field(default=0.65, gt=0, le=1)
    containment: float | None = Field(
        default=None,
        gt=0,
        le=1,
        description="Drop a document of which a longer one, of its own or an earlier source, holds this ratio.",
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
    """Lines that many documents of a source share at their ends, such as navigation, footers and by-lines, are cut.

    Lines are alike without the white space around them, the case of ASCII letters and the values of numbers. Documents
    of fewer than four lines neither count nor lose any, and so do lines of fewer than two letters. What is counted are
    documents that deduplication keeps. Sources of `language: code` are left alone.
    """

    min_share: float = Field(default=0.3, gt=0, le=1, description="Of a source's documents, to make a line frequent.")
    min_documents: int = Field(default=20, ge=2, description="To make a line frequent, however small the source.")
    where: Literal["edges", "anywhere"] = Field(
        default="edges",
        description="edges: from either end of a document inwards to the first line that is not frequent.",
    )
    depth: int = Field(default=32, ge=4, le=4096, description="Of the edges: lines counted and cut from either end.")
    only: tuple[str, ...] | None = Field(default=None, description="Sources; all but code if left out.")

    @property
    def reach(self) -> int:
        """Lines that are looked at from either end of a document; 0 for all."""
        return 0 if self.where == "anywhere" else self.depth

    def threshold(self, documents: int) -> int:
        """Return how many documents of a source of so many make a line frequent; exact, so that 0.3 of 10 is 3."""
        return max(self.min_documents, math.ceil(Fraction(str(self.min_share)) * documents))

    def applies_to(self, source: str, language: str | None) -> bool:
        """Return whether lines of a source are cut. Of code never: what files share there are imports and brackets."""
        return language != "code" and (self.only is None or source in self.only)

    @field_validator("only")
    @classmethod
    def _sources_exist(cls, only: tuple[str, ...] | None, info: ValidationInfo) -> tuple[str, ...] | None:
        return existing_sources(only, info)


class AgainstSettings(Settings):
    """An index of an earlier dataset, as `ixigen-data index` writes it. Its URL alone will do."""

    index: str = Field(description="URL of the index.", examples=["indexes/telco-50"])
    digest: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")] | None = Field(
        default=None, description="The index's digest: another index in its place is refused."
    )


def _mapping_of_url(value: object) -> object:
    return {"index": value} if isinstance(value, str) else value


_MAY_BE_A_URL = BeforeValidator(_mapping_of_url, json_schema_input_type=str | AgainstSettings)


class DedupSettings(Settings):
    """Which copies are removed. `exact: null` turns exact deduplication off; the others are off unless named."""

    exact: ExactSettings | None = ExactSettings()
    near: NearSettings | None = None
    lines: LinesSettings | None = None
    against: tuple[Annotated[AgainstSettings, _MAY_BE_A_URL], ...] = Field(
        default=(),
        description="Indexes of earlier datasets, whose documents and their near-duplicates are dropped.",
        examples=[["indexes/telco-50"]],
    )
    decontaminate: Decontaminate | None = None

    @property
    def contains(self) -> bool:
        """Whether short documents that a longer one holds are looked for."""
        return self.near is not None and self.near.containment is not None

    def rules(self) -> tuple[Rule, ...]:
        """Return what is done to documents one by one, behind the rules of `clean`."""
        return () if self.decontaminate is None else (self.decontaminate,)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.near is not None and self.exact is None:
            raise ValueError("near-duplicates are looked for among what exact deduplication leaves; write exact: {}")
        if self.against and self.exact is None:
            raise ValueError("copies of what indexes hold are found by exact deduplication; write exact: {}")
        return self
