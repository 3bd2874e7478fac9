"""Records and files that could not be read: where, and why."""

from collections import Counter

from pydantic import BaseModel, ConfigDict

from ixigen_data.core.errors import SourceError


class Problem(Exception):
    """A fault that has no place yet: raised where it is found, placed where the position is known."""

    def __init__(self, reason: str, detail: str) -> None:
        self.reason = reason
        self.detail = detail
        super().__init__(f"{reason}: {detail}")


class Fault(BaseModel):
    """One record or file that was left out. It never holds text that was found, only its place and a parser's words."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source_file: str
    line: int | None = None  # counted from 1; None where it is not known
    offset: int | None = None  # bytes of the decompressed stream, or the row of a table; None: the file as a whole
    reason: str
    detail: str = ""

    def __str__(self) -> str:
        place = "" if self.offset is None else f", at {self.offset}"
        if self.line is not None:
            place = f", line {self.line}"
        return f"{self.source_file}{place}: {self.reason}" + (f" ({self.detail})" if self.detail else "")


class Faults:
    """Counts every fault and keeps the first `keep` of them as examples.

    Args:
        strict: the first fault raises instead.
        keep: how many are kept; the counts stay exact beyond.
    """

    def __init__(self, *, strict: bool = False, keep: int = 1000) -> None:
        self.strict = strict
        self.keep = keep
        self.kept: list[Fault] = []
        self.reasons: Counter[str] = Counter()

    @property
    def count(self) -> int:
        """Faults so far."""
        return self.reasons.total()

    @property
    def keeps_more(self) -> bool:
        """Whether the next fault is kept or told, so that its line number is worth finding out."""
        return self.strict or len(self.kept) < self.keep

    def add(self, fault: Fault) -> None:
        """Count a fault.

        Raises:
            SourceError: faults are fatal.
        """
        if self.strict:
            raise SourceError(f"{fault}; leave out --strict to set such records aside")
        self.reasons[fault.reason] += 1
        if len(self.kept) < self.keep:
            self.kept.append(fault)
