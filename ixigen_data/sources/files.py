"""The files of a source: patterns to a sorted list, on the local disk or by any fsspec URL."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from fnmatch import translate
from pathlib import Path
from typing import BinaryIO

import fsspec

from ixigen_data.core.errors import SourceError
from ixigen_data.core.files import is_local, local_path, without_secrets
from ixigen_data.sources.settings import SourceSettings, format_of, untold_format

_MAGIC = re.compile(r"[*?\[]")
# What filesystems call the mark of a file's version; the first that is there counts.
_STAMPS = tuple("ETag etag md5Hash md5 blob_id content_md5 mtime LastModified last_modified updated created".split())


@dataclass(frozen=True)
class SourceFile:
    """One file of a source.

    `stamp` changes when the file does: its mtime in nanoseconds, or an object store's ETag; "" where none is known.
    """

    url: str
    size_bytes: int
    stamp: str


def list_files(name: str, settings: SourceSettings) -> list[SourceFile]:
    """Return the files that a source's patterns match, sorted by URL, each once.

    Args:
        name: the source's, for messages.

    Raises:
        SourceError: a pattern matches nothing, a folder cannot be read, a file's format is not known, or every file is
            empty.
    """
    found: dict[str, SourceFile] = {}
    for pattern in settings.patterns:
        files = _listed(name, pattern)
        if not files:
            raise SourceError(_nothing(name, pattern))
        found.update((file.url, file) for file in files)
    for url in found:
        if format_of(url, settings) is None:
            raise SourceError(f"source {name}: {untold_format(url)}")
    if all(file.size_bytes == 0 for file in found.values()):
        raise SourceError(
            f"source {name}: empty source: {_looked_at(settings.patterns[0])} matches nothing but empty files"
        )
    return sorted(found.values(), key=lambda file: file.url)


def fixed_prefix(pattern: str) -> str:
    """Return the folder above everything a pattern can match, with its slash; empty for a bare name.

    >>> fixed_prefix("a/b/**/*.md"), fixed_prefix("*.md"), fixed_prefix("a/b.md")
    ('a/b/', '', 'a/')
    """
    magic = _MAGIC.search(pattern)
    return pattern[: pattern.rfind("/", 0, magic.start() if magic else len(pattern)) + 1]


def base_of(pattern: str) -> str:
    """Return `fixed_prefix` as the URLs of a listing begin: local paths without scheme, the home folder filled in."""
    if is_local(pattern):
        return fixed_prefix(_local(pattern))
    filesystem, path = fsspec.core.url_to_fs(pattern)
    return f"{str(filesystem.unstrip_protocol(fixed_prefix(path))).rstrip('/')}/"


def is_unchanged(stream: BinaryIO, url: str, stamp: str) -> bool:
    """Return whether an open file still has the stamp of its listing; True where none is known."""
    if not stamp:
        return True
    if is_local(url):
        return str(os.fstat(stream.fileno()).st_mtime_ns) == stamp
    filesystem, path = fsspec.core.url_to_fs(url)
    # A store may tell more of one file than of a listing's, so any of its marks may be the one that was noted.
    return stamp in _stamps(filesystem.info(path))


def _listed(name: str, pattern: str) -> list[SourceFile]:
    try:
        return list(_local_files(_local(pattern))) if is_local(pattern) else list(_remote_files(pattern))
    except SourceError as error:
        raise SourceError(f"source {name}: {error}") from error
    except OSError as error:
        where = error.filename or _looked_at(pattern)
        raise SourceError(f"source {name}: cannot read {where}: {error.strerror or error}") from error
    except Exception as error:
        # Each store's client has its own exceptions: wrong credentials, a driver that is not installed.
        told = f"{type(error).__name__}: {error}"
        raise SourceError(f"source {name}: cannot list {_looked_at(pattern)}: {told}") from error


def _nothing(name: str, pattern: str) -> str:
    advice = "check the path, or write a pattern such as corpora/**/*.jsonl.zst"
    return f"source {name}: no file matches {_looked_at(pattern)}; {advice}"


def _looked_at(pattern: str) -> str:
    return os.path.abspath(_local(pattern)) if is_local(pattern) else without_secrets(pattern)


def _local(pattern: str) -> str:
    return os.path.expanduser(re.sub(r"^(file|local)://", "", pattern))


def _local_files(pattern: str) -> Iterator[SourceFile]:
    base = fixed_prefix(pattern)
    names = [part for part in pattern[len(base) :].split("/") if part]
    if names and names[-1] == "**":
        names.append("*")
    if names and _MAGIC.search(names[0]) and not local_path(base or ".").is_dir():
        return
    for url in _matching(base, tuple(names)):
        _check_name(url)
        status = os.stat(url)
        yield SourceFile(url, status.st_size, str(status.st_mtime_ns))


def _matching(folder: str, names: tuple[str, ...]) -> Iterator[str]:
    """Yield the files below a folder ("" or with its slash) whose path matches `names`; `**` follows no links."""
    if not names:
        return
    name, rest = names[0], names[1:]
    if name == "**":
        yield from _matching(folder, rest)
        for entry in _entries(folder):
            if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
                yield from _matching(f"{folder}{entry.name}/", names)
        return
    if not _MAGIC.search(name):
        if rest:
            if Path(folder + name).is_dir():
                yield from _matching(f"{folder}{name}/", rest)
        elif os.path.lexists(folder + name):
            yield _whole_file(folder + name)
        return
    matches = re.compile(translate(name)).match
    for entry in _entries(folder):
        if not matches(entry.name) or (entry.name.startswith(".") and not name.startswith(".")):
            continue
        if rest and entry.is_dir():
            yield from _matching(f"{folder}{entry.name}/", rest)
        elif not rest and not entry.is_dir():
            yield _whole_file(folder + entry.name)


def _entries(folder: str) -> list[os.DirEntry[str]]:
    with os.scandir(folder or ".") as entries:
        return list(entries)


def _whole_file(path: str) -> str:
    if os.path.isdir(path):
        raise SourceError(f"{os.path.abspath(path)} is a folder; write a pattern such as {path.rstrip('/')}/**/*.jsonl")
    if not os.path.isfile(path):
        raise SourceError(
            f"{os.path.abspath(path)} is a link to nothing or no plain file; remove it or narrow the pattern"
        )
    return path


def _check_name(url: str) -> None:
    try:
        url.encode()
    except UnicodeEncodeError:
        raise SourceError(
            f"the file name {os.fsencode(url)!r} is not UTF-8; rename it, for example with convmv"
        ) from None


def _remote_files(pattern: str) -> Iterator[SourceFile]:
    filesystem, path = fsspec.core.url_to_fs(pattern)
    if _MAGIC.search(path):
        listing: Mapping[str, Mapping[str, object]] = filesystem.glob(path, detail=True)
    else:
        listing = {path: filesystem.info(path)} if filesystem.exists(path) else {}
    above = len(fixed_prefix(path))
    hidden = any(part.startswith(".") for part in path[above:].split("/"))
    for key, info in listing.items():
        if info["type"] != "file" or (not hidden and any(part.startswith(".") for part in key[above:].split("/"))):
            continue
        size = info.get("size")
        if not isinstance(size, int):
            raise SourceError(f"{without_secrets(key)}: the server does not tell the file's size; download it first")
        yield SourceFile(str(filesystem.unstrip_protocol(key)), size, next(iter(_stamps(info)), ""))


def _stamps(info: Mapping[str, object]) -> list[str]:
    found = [info[key] for key in _STAMPS if info.get(key) is not None]
    return [str(mark.timestamp()) if isinstance(mark, datetime) else str(mark) for mark in found]
