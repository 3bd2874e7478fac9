"""The dataset that a recipe continues."""

from ixigen_data.core.errors import ShardError
from ixigen_data.core.files import without_secrets
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
