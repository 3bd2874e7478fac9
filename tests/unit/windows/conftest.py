"""Datasets for courses."""

import pytest

from ixigen_data.shards.manifest import Manifest
from tests.dataset import ORDER, write_dataset

LONG = (ORDER * 6)[:101]  # twelve settlement windows, 21 shards


@pytest.fixture(scope="session")
def long_dataset(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Manifest]:
    """101 windows of 32 tokens."""
    url = str(tmp_path_factory.mktemp("long"))
    return url, write_dataset(url, order=LONG)
