"""What a long run tells whoever watches it."""

from typing import Protocol


class Progress(Protocol):
    """A listener to a run's progress. A stage's amounts are work units (bytes, tokens, windows), known beforehand."""

    def begin(self, stage: str, total: int, unit: str) -> None:
        """A stage begins; `total` units of work lie before it."""

    def advance(self, stage: str, amount: int) -> None:
        """Some work of a stage is done."""

    def end(self, stage: str) -> None:
        """A stage is complete."""

    def note(self, message: str) -> None:
        """Something worth telling happened: a repeated task, a warning."""


class Silent:
    """Progress that tells nothing."""

    def begin(self, stage: str, total: int, unit: str) -> None:
        """Tell nothing."""

    def advance(self, stage: str, amount: int) -> None:
        """Tell nothing."""

    def end(self, stage: str) -> None:
        """Tell nothing."""

    def note(self, message: str) -> None:
        """Tell nothing."""
