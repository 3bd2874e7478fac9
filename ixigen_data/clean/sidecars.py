"""What later rooms want to know of every text while it is at hand: files beside the documents of a chunk."""

from collections.abc import Sequence
from typing import Protocol

import pyarrow as pa
from pydantic import JsonValue


class SidecarFile(Protocol):
    """What is gathered of one chunk."""

    def add(self, text: pa.LargeStringArray) -> None:
        """Take the texts of a batch of the chunk, in order."""

    def write(self, folder: str, stem: str) -> dict[str, int]:
        """Write files named `<stem>.<…>` into the folder; return their sizes in bytes by name."""


class Sidecar(Protocol):
    """A kind of file that every chunk of a source gets."""

    @property
    def mark(self) -> JsonValue:
        """What decides its bytes: its name, a number raised by hand when its output changes, its settings."""

    def open(self) -> SidecarFile:
        """Begin the files of a chunk."""


def marks(sidecars: Sequence[Sidecar]) -> list[JsonValue]:
    """Return the marks of sidecars, in order."""
    return [sidecar.mark for sidecar in sidecars]
