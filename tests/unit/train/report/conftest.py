from collections.abc import Callable
from pathlib import Path

import pytest

from ixigen_train.history.run import Run, load_run
from tests.unit.train.report.runs import Written

Load = Callable[[Written], Run]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Write a run and read it."""
    return lambda written: load_run(str(written.write(tmp_path / f"run-{len(list(tmp_path.iterdir()))}")))
