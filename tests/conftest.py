"""Fixtures that several rooms share."""

from pathlib import Path

import pytest

CORPORA = Path(__file__).resolve().parents[2] / "shared" / "corpora"


@pytest.fixture(scope="session")
def corpora() -> Path:
    """The folder of real corpora beside the checkout; under `CI=true` it must be there."""
    if not CORPORA.is_dir():
        pytest.skip("needs ../shared/corpora")
    return CORPORA
