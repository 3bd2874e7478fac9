"""Recipe keys of `dedup:`."""

from ixigen_data.core.settings import Settings


class ExactSettings(Settings):
    """Equal texts: of all documents whose cleaned text is the same, across all sources, the first stays."""


class DedupSettings(Settings):
    """Which copies are removed. `exact: null` turns exact deduplication off."""

    exact: ExactSettings | None = ExactSettings()
