"""Lines counted beside the documents of a chunk."""

from pydantic import JsonValue

from ixigen_data.clean.sidecars import SidecarFile
from ixigen_data.dedup.settings import LinesSettings


class LineCounts:
    """In how many documents each line stands."""

    def __init__(self, settings: LinesSettings) -> None:
        self._settings = settings

    @property
    def mark(self) -> JsonValue:
        """See `Sidecar`."""
        raise NotImplementedError

    def open(self) -> SidecarFile:
        """See `Sidecar`."""
        raise NotImplementedError
