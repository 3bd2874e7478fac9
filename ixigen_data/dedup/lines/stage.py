"""The frequent lines of a source."""

from collections.abc import Sequence

from ixigen_data.dedup.places import Corpus
from ixigen_data.dedup.settings import LinesSettings, NearSettings
from ixigen_data.engine.stage import Outcome, Task


class LinesStage:
    """The frequent lines of a source."""

    name = "lines"
    unit = "lines"

    def __init__(self, source: str, settings: LinesSettings, clean_folder: str, upstream: Sequence[str]) -> None:
        raise NotImplementedError

    @property
    def fingerprint(self) -> str:
        raise NotImplementedError

    def tasks(self) -> Sequence[Task]:
        raise NotImplementedError

    def outputs(self, folder: str) -> str:
        """Return `folder`."""
        return folder

    def run(self, task: Task, folder: str) -> Outcome:
        raise NotImplementedError
