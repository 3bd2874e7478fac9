"""One command at a time in a run's folder, the ranks that it has started included."""

import fcntl
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ixigen_data.core.errors import IxigenError
from ixigen_train.runs.folder import RunFolder

_LOG = logging.getLogger(__name__)
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
        if not (ours := _is_ours(handle)) and patience > 1:
            _LOG.warning("--out: %s: another command works there; waiting %.0f s for it to end", folder.root, patience)
        while not ours:
            if time.monotonic() > until:
                raise IxigenError(
                    f"--out: {folder.root}: another command trains there; wait until it ends, or name another folder"
                )
            time.sleep(0.2)
            ours = _is_ours(handle)
        yield handle
    finally:
        os.close(handle)


def wait_until_free(folder: RunFolder, machine: int, patience: float) -> None:
    """Wait for ranks of a command that was killed, which may be about to save; raises as `claimed`."""
    if _file(folder, machine).exists():
        with claimed(folder, machine, patience):
            return


def is_worked_in(folder: RunFolder) -> bool:
    """Return whether a command or one of its ranks works in a run's folder; True where nobody can tell."""
    locks = sorted(folder.logs.glob("machine-*.lock"))
    return not locks or any(_is_held(lock) for lock in locks)


def _is_held(lock: Path) -> bool:
    handle = os.open(lock, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False


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
