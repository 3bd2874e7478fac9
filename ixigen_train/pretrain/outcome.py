"""How a run ended, written into its `run.json`."""

import contextlib
from collections.abc import Iterator

from ixigen_data.core.errors import IxigenError
from ixigen_train.pretrain.prepare import Prepared
from ixigen_train.runs.run_file import RunFile


@contextlib.contextmanager
def recorded(prepared: Prepared) -> Iterator[None]:
    """Write down how the block ends: well, with an error, or because somebody ended it. Machine 0 does.

    Raises:
        IxigenError: the ranks ended well, but before the last step: each of them was told to end.
    """
    try:
        yield
        _must_be_complete(prepared)
    except IxigenError as error:
        _write(prepared, str(error))
        raise
    except (KeyboardInterrupt, SystemExit):
        _write(prepared, "was told to end")
        raise
    _write(prepared, None)


def _must_be_complete(prepared: Prepared) -> None:
    steps, saved = prepared.job.course.steps, prepared.folder.saved_steps()
    if prepared.machines.number == 0 and (not saved or saved[-1] < steps):
        where = f"after step {saved[-1]:,} of {steps:,}" if saved else "before its first checkpoint"
        raise IxigenError(f"{prepared.folder.root}: was told to end {where}; the same command goes on from there")


def _write(prepared: Prepared, reason: str | None) -> None:
    if prepared.machines.number:
        return
    path = prepared.folder.run_file
    run = RunFile.load(path)
    (run.finished() if reason is None else run.failed(reason)).write(path)
    if prepared.mirror is not None:
        prepared.mirror.put_files(prepared.folder.root)
