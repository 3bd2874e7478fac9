"""Pairs of documents that are alike."""

from collections.abc import Sequence

from ixigen_data.dedup.places import Corpus
from ixigen_data.dedup.settings import LinesSettings, NearSettings
from ixigen_data.engine.stage import Outcome, Task


class PairsStage:
    """Pairs of documents that are alike."""

    name = "near/pairs"
    unit = "bands"

    def __init__(self, settings: NearSettings, corpus: Corpus, exact_folder: str, upstream: Sequence[str]) -> None:
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
