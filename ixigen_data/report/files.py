"""The files of a dataset that are for people."""

from ixigen_data.report.card import data_card
from ixigen_data.report.page import html_page
from ixigen_data.shards.manifest import Manifest
from ixigen_data.shards.statistics import Statistics


def dataset_files(manifest: Manifest, statistics: Statistics | None) -> dict[str, bytes]:
    """Return the data card and the report of a dataset, by file name."""
    return {
        "README.md": data_card(manifest, statistics).encode(),
        "report.html": html_page(manifest, statistics).encode(),
    }
