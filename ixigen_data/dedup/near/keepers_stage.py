"""The stage near/keepers: pairs of documents that are alike to the list of those that go."""

from collections.abc import Sequence
from functools import cached_property

from ixigen_data.core.digests import digest_value
from ixigen_data.core.ledger import Ledger
from ixigen_data.dedup.drops import DROP
from ixigen_data.dedup.near.clusters import Similar, clusters_of
from ixigen_data.dedup.near.drop_lists import DOCUMENTS_PER_RANGE, spill_drops, write_drop_lists
from ixigen_data.dedup.near.links import Merging, link
from ixigen_data.dedup.near.pairs_stage import PairsSummary
from ixigen_data.dedup.near.signed_corpus import SignedCorpus, slots_for
from ixigen_data.dedup.near.spill import Spill
from ixigen_data.dedup.near.tally import Tally
from ixigen_data.dedup.places import Corpus
from ixigen_data.dedup.settings import NearSettings
from ixigen_data.engine.completion import read_outcomes
from ixigen_data.engine.stage import Outcome, Task

BYTES = 1


class KeepersStage:
    """Decides which of the documents that are alike stay: the first by source, then length, then id, then place.

    A document goes where it is like one that stays and comes before it, so whoever goes has a keeper that it is like,
    and no chain of documents, each a little unlike the last, falls into one. What is decided of the documents of a
    source does not depend on the sources after it. The summary is a `KeepersSummary`.
    """

    name = "near/keepers"
    unit = "pairs"

    def __init__(self, settings: NearSettings, corpus: Corpus, pairs_folder: str, upstream: Sequence[str]) -> None:
        """`pairs_folder`: of the finished stage near/pairs. `upstream`: its mark."""
        self._settings = settings
        self._corpus = corpus
        self._pairs_folder = pairs_folder
        shape = [settings.bands, settings.rows, settings.threshold]
        self.fingerprint = digest_value(["near/keepers", BYTES, *shape, list(corpus.clean_folders), list(upstream)])

    def tasks(self) -> Sequence[Task]:
        """Return one task: a keeper is known only when all pairs are."""
        return [Task(index=0, name="keepers", work=sum(summary.pairs for summary in self._found))]

    def outputs(self, folder: str) -> str:
        """Return `folder`."""
        return folder

    def run(self, task: Task, folder: str) -> Outcome:
        """Write the drop list, and the same as a table."""
        signed = SignedCorpus(self._corpus.places())
        settings = self._settings
        similar = Similar(settings.slots, slots_for(settings.threshold, settings.slots))
        tally = Tally(signed, similar)
        linked = link(Merging(signed, self._pairs_folder, task.work, folder))
        with linked.links, Spill(DROP, signed.documents // DOCUMENTS_PER_RANGE + 1, folder) as drops:
            for clusters in clusters_of(signed, linked, similar, folder):
                tally.add(clusters)
                spill_drops(signed, clusters, similar, drops)
            ledger = Ledger()
            files = write_drop_lists(folder, signed, drops, ledger)
        for source, documents in self._found[0].documents.items():
            account = ledger.account("near", source)
            account.documents_in = documents
            account.documents_out = documents - account.dropped.total()
        return Outcome(files=files, ledger=ledger, summary=tally.summary().model_dump(mode="json"))

    @cached_property
    def _found(self) -> list[PairsSummary]:
        return [PairsSummary.model_validate(outcome.summary) for outcome in read_outcomes(self._pairs_folder)]
