"""One command at a time in a run's folder, the ranks that it has started included."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ixigen_data.core.errors import IxigenError
from ixigen_train.runs.folder import RunFolder

LEEWAY_SECONDS = 15.0  # for ranks whose command was killed to end, beyond what they have to save


@contextmanager
def claimed(folder: RunFolder, machine: int, patience: float) -> Iterator[int]:
    """Hold a run's folder on one of its machines; yield the handle of the lock.

    The kernel lets go when the last process that has the handle ends, however it ends: give it to whatever is started.
    A disk that knows no locks is not held. `patience`: seconds to wait for another one to end.

    Raises:
        IxigenError: somebody else holds it, and goes on doing so.
    """
    handle = os.open(_file(folder, machine), os.O_RDWR | os.O_CREAT, 0o644)
    try:
        until = time.monotonic() + patience
        while not _is_ours(handle):
            if time.monotonic() > until:
                raise IxigenError(
                    f"--out: {folder.root}: another command trains there; wait until it ends, or name another folder"
                )
            time.sleep(0.2)
        yield handle
    finally:
        os.close(handle)


def wait_until_free(folder: RunFolder, machine: int, patience: float) -> None:
    """Wait for ranks of a command that was killed, which may be about to save; raises as `claimed`."""
    if _file(folder, machine).exists():
        with claimed(folder, machine, patience):
            return


def _file(folder: RunFolder, machine: int) -> Path:
    return folder.logs / f"machine-{machine}.lock"


def _is_ours(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # as some network disks answer
        return True
    return True
