"""One writer at a time for an output folder."""

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil

from ixigen_data.core.errors import EngineError
from ixigen_data.core.files import filesystem_of, is_local, join, local_path, read_bytes, without_secrets

_NAME = ".lock"


@contextmanager
def lock(url: str) -> Iterator[None]:
    """Hold a folder for the length of a block.

    On the local disk the kernel holds the lock, so it ends with the process, however that ends. On an object store it
    is an object put only where there is none; one left by a process of this machine that is gone is taken over.

    Raises:
        EngineError: somebody else holds it; the message names the process.
    """
    with _local_lock(url) if is_local(url) else _remote_lock(url):
        yield


@contextmanager
def _local_lock(url: str) -> Iterator[None]:
    folder = local_path(url)
    if folder.exists() and not folder.is_dir():
        raise EngineError(f"{folder}: is a file; name a folder that is new or empty")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / _NAME
    with path.open("a+", encoding="utf-8") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # The last holder unlinked the file while holding it: whoever had opened it before holds a file without a
            # name.
            if os.fstat(stream.fileno()).st_ino != path.stat().st_ino:
                raise BlockingIOError
        except (BlockingIOError, FileNotFoundError):
            stream.seek(0)
            raise EngineError(_held(url, stream.read())) from None
        stream.truncate(0)
        stream.write(_owner())
        stream.flush()
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


@contextmanager
def _remote_lock(url: str) -> Iterator[None]:
    filesystem, path = filesystem_of(join(url, _NAME))
    if filesystem.exists(path):
        owner = read_bytes(join(url, _NAME)).decode()
        if not _is_gone(owner):
            raise EngineError(
                f"{_held(url, owner)} If that process is gone, delete {join(without_secrets(url), _NAME)}."
            )
        filesystem.rm(path)
    try:
        filesystem.pipe_file(path, _owner().encode(), mode="create")
    except FileExistsError:
        raise EngineError(_held(url, read_bytes(join(url, _NAME)).decode())) from None
    try:
        yield
    finally:
        with suppress(FileNotFoundError):
            filesystem.rm(path)


def _owner() -> str:
    return json.dumps({"process": os.getpid(), "host": socket.gethostname()})


def _is_gone(owner: str) -> bool:
    with suppress(ValueError, KeyError):
        value = json.loads(owner)
        return value["host"] == socket.gethostname() and not psutil.pid_exists(int(value["process"]))
    return False


def _held(url: str, owner: str) -> str:
    who = "another process"
    with suppress(ValueError, KeyError):
        value = json.loads(owner)
        who = f"process {value['process']} on {value['host']}"
    return f"{without_secrets(url)}: {who} is writing here; wait for it, or use another folder."
