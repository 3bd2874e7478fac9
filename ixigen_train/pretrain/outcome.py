"""How a run ended, written into its `run.json`."""

import contextlib
from collections.abc import Iterator

from ixigen_data.core.errors import IxigenError
from ixigen_train.pretrain.prepare import Prepared
from ixigen_train.runs.run_file import RunFile


@contextlib.contextmanager
def recorded(prepared: Prepared) -> Iterator[None]:
    """Write down how the block ends: well, with an error, or because somebody ended it. Machine 0 does."""
    try:
        yield
    except IxigenError as error:
        _write(prepared, str(error))
        raise
    except (KeyboardInterrupt, SystemExit):
        _write(prepared, "was told to end")
        raise
    _write(prepared, None)


def _write(prepared: Prepared, reason: str | None) -> None:
    if prepared.machines.number:
        return
    path = prepared.folder.run_file
    run = RunFile.load(path)
    (run.finished() if reason is None else run.failed(reason)).write(path)
    if prepared.mirror is not None:
        prepared.mirror.put_files(prepared.folder.root)
