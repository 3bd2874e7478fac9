"""What deduplication left in the folders of its stages, as statistics and manifest tell it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa

from ixigen_data.dedup.decontaminate.found import found_in
from ixigen_data.dedup.near.summary import KeepersSummary
from ixigen_data.dedup.places import Corpus
from ixigen_data.dedup.settings import DedupSettings
from ixigen_data.engine.completion import read_outcomes
from ixigen_data.shards.contamination import (
    contamination_file,
    contamination_statistics,
    suite_records,
    write_contamination,
)
from ixigen_data.shards.dedup_statistics import ContaminationStatistics, NearStatistics
from ixigen_data.shards.duplicates import Dropped, next_file, write_duplicates
from ixigen_data.shards.manifest import (
    ContaminatedRecord,
    DuplicatesRecord,
    IndexRecord,
    Manifest,
    Record,
    SuiteRecord,
)
from ixigen_data.shards.near_survey import near_statistics


class DedupRecords(Record):
    """What a manifest says of deduplication; its fields are the manifest's."""

    duplicates: tuple[DuplicatesRecord, ...]
    contamination: dict[str, SuiteRecord] | None = None
    contaminated: ContaminatedRecord | None = None
    indexes: tuple[IndexRecord, ...] | None = None


@dataclass(frozen=True)
class Deduplication:
    """Folders of finished stages.

    Attributes:
        drop_folders: of the stages that drop copies.
        keepers_folder: of the stage that chose among documents that are alike; None where none ran.
    """

    settings: DedupSettings
    corpus: Corpus
    drop_folders: Sequence[str]
    keepers_folder: str | None

    def near(self) -> NearStatistics | None:
        """Return what the report shows of documents that are alike; None where nobody looked."""
        if self.settings.near is None or self.keepers_folder is None:
            return None
        summary = KeepersSummary.model_validate(read_outcomes(self.keepers_folder)[0].summary)
        return near_statistics(summary, self.settings.near.threshold, self.corpus.places())

    def contamination(self) -> ContaminationStatistics | None:
        """Return what the report shows of evaluation suites; None where nobody looked."""
        return None if self.settings.decontaminate is None else contamination_statistics(self._found)

    def write(self, url: str, base: Manifest | None, first_window: int) -> DedupRecords:
        """Write the lists of copies and of contaminated documents below a dataset's URL.

        Args:
            base: the dataset that a generation is added to.
            first_window: of the generation.
        """
        copies = write_duplicates(url, Dropped(self.corpus.places(), self.drop_folders), next_file(base))
        indexes = tuple(
            IndexRecord(name=index.name, digest=known.digest, documents=index.documents)
            for known in self.corpus.against
            for index in [known.load()]
        )
        if self.settings.decontaminate is None:
            return DedupRecords(duplicates=copies, indexes=indexes or None)
        suites = [suite.name for suite in self.settings.decontaminate.suites]
        return DedupRecords(
            duplicates=copies,
            contamination=suite_records(self._found, suites),
            contaminated=write_contamination(url, contamination_file(first_window), self._found),
            indexes=indexes or None,
        )

    @cached_property
    def _found(self) -> pa.Table:
        return found_in(self.corpus.clean_folders)
