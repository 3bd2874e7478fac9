"""The dataset that a recipe continues."""

from collections.abc import Sequence

from ixigen_data.core.errors import ShardError
from ixigen_data.core.files import without_secrets
from ixigen_data.dedup.index.manifest import KnownIndex
from ixigen_data.shards.manifest import Manifest
from ixigen_data.shards.settings import ContinuesSettings


def open_earlier(settings: ContinuesSettings) -> Manifest:
    """Return the manifest of the dataset that a recipe continues.

    Raises:
        ShardError: there is none, it is another one, it was edited, or it has no such window.
    """
    shown = without_secrets(settings.dataset)
    manifest = Manifest.load(settings.dataset)
    if manifest.digest != settings.digest:
        raise ShardError(f"continues.digest: {shown} has {manifest.digest}, not {settings.digest}")
    if manifest.checksum != manifest.checksum_of():
        raise ShardError(f"continues: the manifest of {shown} was edited; put back the one that its build wrote")
    if settings.at is not None and settings.at > manifest.total_windows:
        raise ShardError(
            f"continues.at: {settings.at:,} windows, but {shown} has {manifest.total_windows:,}; leave it out for all"
        )
    return manifest


def must_not_hold(manifest: Manifest, indexes: Sequence[KnownIndex]) -> None:
    """Check that no index was made of what a recipe goes on with: every document would be dropped as its own copy.

    Args:
        manifest: of the dataset that the recipe continues.

    Raises:
        ShardError: names the index and the source.
    """
    for known in indexes:
        for source, record in known.load().sources.items():
            ours = manifest.sources.get(source)
            if ours is not None and record.documents and ours.kept_digest == record.kept_digest:
                raise ShardError(
                    f"dedup.against: {without_secrets(known.url)} holds the documents of source {source!r} "
                    f"that {manifest.name}, which this recipe continues, was made of; all would be dropped as their "
                    "own copies. Leave this index out: a continuation serves nothing twice without one"
                )
