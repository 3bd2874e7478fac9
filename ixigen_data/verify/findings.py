"""What a recount finds: numbers by part, and problems."""

from collections.abc import Iterable
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from ixigen_data.core.errors import ShardError


class Problem(BaseModel):
    """One thing that is wrong: in which file, and what was expected and got."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str  # below the dataset's URL
    message: str

    def __str__(self) -> str:
        return f"{self.file}: {self.message}"


class PartCount(BaseModel):
    """Counts of one part; tokens leave pad out and take settlement pieces in."""

    windows: int = 0  # of this part alone
    tokens: int = 0
    eos_tokens: int = 0
    bos_tokens: int = 0
    pad_tokens: int = 0
    first_epoch_tokens: int = 0  # by the lineage

    def add(self, other: Self) -> None:
        """Add other counts to these."""
        for name in type(self).model_fields:
            setattr(self, name, getattr(self, name) + getattr(other, name))


class Recount(BaseModel):
    """What stands in some shards, counted from their bytes. Recounts of shards add up to that of a dataset."""

    parts: dict[str, PartCount] = Field(default_factory=dict)  # by path
    settlement_windows: int = 0
    windows: int = 0
    bytes: int = 0  # of raw shards

    def part(self, path: str) -> PartCount:
        """Return the counts of a part, made zero where there are none."""
        return self.parts.setdefault(path, PartCount())

    def add(self, other: Self) -> None:
        """Add another recount to this one."""
        for path, counts in other.parts.items():
            self.part(path).add(counts)
        self.settlement_windows += other.settlement_windows
        self.windows += other.windows
        self.bytes += other.bytes

    def tokens(self) -> dict[str, int]:
        """Return the tokens of every part that has any."""
        return {path: counts.tokens for path, counts in self.parts.items() if counts.tokens}


class ShardCheck(BaseModel):
    """What was found in one shard."""

    problems: list[Problem] = Field(default_factory=list)
    recount: Recount = Field(default_factory=Recount)
    size_limit: int | None = None  # as the shard's own header says
    digest: str | None = None  # xxh3_128 of the raw bytes that were found

    def wrong(self, file: str, message: str) -> None:
        """Note a problem."""
        self.problems.append(Problem(file=file, message=message))


class Verification(BaseModel):
    """What was found in a dataset. Problems stand in the order of the shards, those of the dataset as a whole last."""

    problems: list[Problem] = Field(default_factory=list)
    recount: Recount = Field(default_factory=Recount)  # of the training windows
    eval: dict[str, Recount] = Field(default_factory=dict)  # of the hold-outs, by path of the part
    shards: int = 0
    size_limit: int | None = None  # of shards, as their heads say

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    def raise_if_wrong(self) -> None:
        """Raise the first problem, if there is one.

        Raises:
            ShardError: names the first wrong file and how many problems there are.
        """
        if self.problems:
            more = f" ({len(self.problems)} problems in all)" if len(self.problems) > 1 else ""
            raise ShardError(f"{self.problems[0]}{more}")


def unequal(what: str, expected: object, got: object) -> Iterable[str]:
    """Yield the one message that two values differ; nothing where they agree."""
    if expected != got:
        yield f"{what}: expected {_shown(expected)}, got {_shown(got)}"


def _shown(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    text = str(value)
    return text if len(text) <= 200 else f"{text[:200]}…"
