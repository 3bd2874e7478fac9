"""The continue stage: what the dataset that a recipe continues had served, as the mixture takes it over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ixigen_data.core.digests import digest_set, digest_value
from ixigen_data.core.errors import ShardError
from ixigen_data.dedup.lines.frequent import nothing_frequent
from ixigen_data.dedup.lines.stage import read_frequent
from ixigen_data.engine.completion import read_outcomes
from ixigen_data.engine.stage import Outcome, Task
from ixigen_data.mixture.earlier_files import write_earlier
from ixigen_data.mixture.served import Earlier
from ixigen_data.mixture.supply import SourceStore
from ixigen_data.shards.earlier import open_earlier
from ixigen_data.shards.history import History
from ixigen_data.shards.lines import published_lines
from ixigen_data.shards.manifest import Manifest
from ixigen_data.shards.settings import ContinuesSettings
from ixigen_data.tokens.bucket_cache import open_stores
from ixigen_data.tokens.store_stage import StoreSummary
from ixigen_data.tokens.tokenizer import Tokenizer

BYTES = 2


@dataclass(frozen=True)
class KeptStores:
    """The token stores of a recipe: stage folders by source, in recipe order; and what was cut from their documents."""

    folders: Mapping[str, str]
    tokenizer: Tokenizer
    lines: Mapping[str, str] = field(default_factory=dict)  # folders of the lines stages, of sources that have one


class ContinueStage:
    """Finds out what an earlier dataset served; one task, and a small one."""

    name = "continue"
    unit = "datasets"

    def __init__(self, settings: ContinuesSettings, stores: KeptStores, upstream: Sequence[str]) -> None:
        """`upstream`: the fingerprints of the store stages."""
        self._settings = settings
        self._stores = stores
        self.fingerprint = digest_value(["continue", BYTES, settings.digest, settings.at, *upstream])

    def tasks(self) -> Sequence[Task]:
        """Return the one task."""
        return [Task(index=0, name="continue", work=1)]

    def outputs(self, folder: str) -> str:
        """Return `folder`."""
        return folder

    def run(self, task: Task, folder: str) -> Outcome:  # noqa: ARG002 - there is one task
        """Write what was served.

        Raises:
            ShardError: the earlier dataset is another one, or what it was made of has changed.
        """
        manifest = open_earlier(self._settings)
        self._must_fit(manifest)
        stores = open_stores(self._stores.folders, self._stores.tokenizer.dtype)
        return Outcome(files=write_earlier(folder, earlier_of(self._settings, manifest, stores)))

    def _must_fit(self, manifest: Manifest) -> None:
        """Raise unless tokens and documents are those of the earlier dataset."""
        before, ours = manifest.tokenizer, self._stores.tokenizer
        for what, stands, new in (
            ("tokenizer", before.fingerprint, ours.fingerprint),
            ("EOS", before.eos_id, ours.eos_id),
            ("BOS", before.bos_id, ours.bos_id),
        ):
            if stands != new:
                raise ShardError(
                    f"continues: {manifest.name} was made with {what} {stands}, the recipe's is {new}; "
                    "use the same tokenizer, EOS and BOS"
                )
        self._must_cut_the_same(manifest)
        for source, folder in self._stores.folders.items():
            was = manifest.sources.get(source)
            if was is not None and was.kept_digest != kept_digest(folder):
                raise ShardError(
                    f"continues: the documents of source {source!r} are not those that {manifest.name} was made of; "
                    "keep its files, cleaning and dedup.against, and put new sources behind the old: copies are "
                    "dropped from later ones"
                )

    def _must_cut_the_same(self, manifest: Manifest) -> None:
        """Raise unless documents of the earlier dataset lose the lines that they lost there.

        Keys are those of texts before lines are cut, so the same documents need not be the same tokens.
        """
        cut = published_lines(self._settings.dataset, manifest)
        for source in [source for source in self._stores.folders if source in manifest.sources]:
            folder = self._stores.lines.get(source)
            now = nothing_frequent() if folder is None else read_frequent(folder)
            if not now.same_cuts(cut.get(source, nothing_frequent())):
                raise ShardError(
                    f"continues: {manifest.name} cut frequent lines from source {source!r}, the recipe does not; "
                    f"write dedup.lines, with {source!r} in its `only` where it has one"
                )


def earlier_of(settings: ContinuesSettings, manifest: Manifest, stores: Mapping[str, SourceStore]) -> Earlier:
    """Return what the dataset that a recipe continues had served of the sources in some stores.

    Raises:
        ShardError: see `History.served`.
    """
    at = manifest.total_windows if settings.at is None else settings.at
    return History(settings.dataset, manifest, at).served(stores)


def kept_digest(store_folder: str) -> str:
    """Return the digest of the set of documents in a finished token store."""
    summaries = [StoreSummary.model_validate(outcome.summary) for outcome in read_outcomes(store_folder)]
    return digest_set(summary.digest for summary in summaries)
