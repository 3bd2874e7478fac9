"""Signatures beside the documents of a chunk."""

import pyarrow as pa
from pydantic import JsonValue

from ixigen_data.clean.sidecars import SidecarFile
from ixigen_data.dedup.settings import NearSettings, Unit


class Signatures:
    """Signatures and bands of every document."""

    def __init__(self, settings: NearSettings, unit: Unit) -> None:
        self._settings = settings
        self._unit = unit

    @property
    def mark(self) -> JsonValue:
        """See `Sidecar`."""
        raise NotImplementedError

    def open(self) -> SidecarFile:
        """See `Sidecar`."""
        raise NotImplementedError
