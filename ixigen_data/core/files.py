"""Files by URL, local or on an object store, written whole or not at all.

Every path of ixigen is an fsspec URL. A local write goes to a temporary name in the same folder, is flushed to the
disk and renamed; an object store's put is atomic by itself.
"""

from __future__ import annotations

import os
import posixpath
import re
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from ixigen_data.core.errors import IxigenError

if TYPE_CHECKING:
    import fsspec
    from pydantic import BaseModel, JsonValue

_REMOTE = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+://")
_PARTIAL = ".part"
_QUERY = re.compile(r"\A(https?://[^?#]*)[?#].*", re.DOTALL)  # elsewhere a question mark is part of a pattern
_USERINFO = re.compile(r"(?<=://)[^/@]*@")


def is_local(url: str) -> bool:
    """Return whether a URL names the local disk.

    >>> is_local("out/x"), is_local("file:///out"), is_local("s3://bucket/x")
    (True, True, False)
    """
    return _REMOTE.match(url) is None or url.startswith(("file://", "local://"))


def local_path(url: str) -> Path:
    """Return the path of a local URL."""
    return Path(re.sub(r"^(file|local)://", "", url))


def absolute(url: str) -> str:
    """Return the one way to write a folder's URL: absolute, without a slash at its end."""
    return str(local_path(url).absolute()) if is_local(url) else url.rstrip("/")


def join(url: str, *names: str) -> str:
    """Return `url` with names below it."""
    return posixpath.join(url, *names)


def without_secrets(url: str) -> str:
    """Return a URL without user, password and signed query, for messages and manifests.

    >>> without_secrets("s3://key:secret@bucket/x")
    's3://bucket/x'
    """
    return _QUERY.sub(r"\1", _USERINFO.sub("", url))


def without_secrets_in(value: JsonValue) -> JsonValue:
    """Return a plain value whose texts carry no user or password in a URL."""
    if isinstance(value, str):
        return without_secrets(value)
    if isinstance(value, list):
        return [without_secrets_in(item) for item in value]
    if isinstance(value, dict):
        return {key: without_secrets_in(item) for key, item in value.items()}
    return value


def filesystem_of(url: str) -> tuple[fsspec.AbstractFileSystem, str]:
    """Return the file system of a URL, and the path there. Listings are not cached: other processes write too."""
    import fsspec  # noqa: PLC0415 - start-up: 0.06 s, and most files lie on the local disk

    try:
        filesystem, path = fsspec.core.url_to_fs(url, use_listings_cache=False)
    except (ValueError, ImportError) as error:
        raise IxigenError(f"{without_secrets(url)}: {error}; use a path, or a URL such as s3://bucket/folder") from None
    return filesystem, path


@contextmanager
def open_read(url: str) -> Iterator[BinaryIO]:
    """Open a file for reading bytes, without decompression.

    Raises:
        FileNotFoundError: there is no such file.
    """
    if is_local(url):
        with local_path(url).open("rb") as stream:
            yield stream
    else:
        filesystem, path = filesystem_of(url)
        with filesystem.open(path, "rb") as stream:
            yield cast(BinaryIO, stream)


@contextmanager
def open_write(url: str) -> Iterator[BinaryIO]:
    """Open a file for writing; it appears under its name when the block ends without an exception, else not at all."""
    if not is_local(url):
        # fsspec commits what it has when a block fails; a local copy first means that a put is whole or not at all.
        with tempfile.NamedTemporaryFile(prefix="ixigen-") as copy:
            yield cast(BinaryIO, copy)
            copy.flush()
            filesystem, remote = filesystem_of(url)
            filesystem.put_file(copy.name, remote)
        return
    path = local_path(url)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:12]}{_PARTIAL}")
    try:
        with temporary.open("xb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except OSError as error:
        error.filename = error.filename or str(path)  # a full disk does not say what it was full for
        raise
    finally:
        temporary.unlink(missing_ok=True)


def read_bytes(url: str) -> bytes:
    """Return a file's bytes."""
    with open_read(url) as stream:
        return stream.read()


def write_bytes(url: str, data: bytes | memoryview) -> None:
    """Write a file whole, atomically."""
    with open_write(url) as stream:
        stream.write(data)


def write_model(url: str, model: BaseModel) -> None:
    """Write a model as indented JSON, atomically."""
    write_bytes(url, model.model_dump_json(indent=1, by_alias=True).encode() + b"\n")


def exists(url: str) -> bool:
    """Return whether a file or folder exists."""
    if is_local(url):
        return local_path(url).exists()
    filesystem, path = filesystem_of(url)
    return bool(filesystem.exists(path))


def size_of(url: str) -> int:
    """Return a file's size in bytes."""
    if is_local(url):
        return local_path(url).stat().st_size
    filesystem, path = filesystem_of(url)
    return int(filesystem.size(path))


def names_in(url: str) -> list[str]:
    """Return the names of files and folders directly below a folder, sorted; empty where there is no such folder."""
    if is_local(url):
        folder = local_path(url)
        return sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else []
    filesystem, path = filesystem_of(url)
    if not filesystem.exists(path):
        return []
    return sorted(posixpath.basename(name.rstrip("/")) for name in filesystem.ls(path, detail=False))


def sizes_below(url: str) -> dict[str, int]:
    """Return the size in bytes of every file below a folder, at any depth, by its path there; one listing.

    Files whose size a listing does not tell, as that of an HTTP server, are left out.
    """
    if is_local(url):
        return dict(_sizes_below(str(local_path(url)), ""))
    filesystem, folder_path = filesystem_of(url)
    listing = filesystem.find(folder_path, detail=True)
    told = {name: info["size"] for name, info in listing.items() if info["size"] is not None}
    return {name[len(folder_path) :].lstrip("/"): int(size) for name, size in told.items()}


def _sizes_below(folder: str, prefix: str) -> Iterator[tuple[str, int]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _sizes_below(entry.path, f"{prefix}{entry.name}/")
            else:
                yield f"{prefix}{entry.name}", entry.stat().st_size


def remove_partial(url: str) -> None:
    """Remove what interrupted writes left below a local folder; nobody may be writing there now."""
    if is_local(url):
        for path in local_path(url).rglob(f".*{_PARTIAL}"):
            path.unlink(missing_ok=True)


def remove_tree(url: str) -> None:
    """Remove a file or folder with all below it; nothing happens where there is none."""
    filesystem, path = filesystem_of(url)
    if filesystem.exists(path):
        filesystem.rm(path, recursive=True)
