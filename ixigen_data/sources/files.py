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
from ixigen_data.core.files import is_local, local_path, open_read, without_secrets
from ixigen_data.sources.archives import matching, read_index
from ixigen_data.sources.faults import Problem
from ixigen_data.sources.hub import is_hub, require_repository, told_by_hub
from ixigen_data.sources.settings import ARCHIVE, SourceSettings, archive_of, format_of, untold_format

_MAGIC = re.compile(r"[*?\[]")
# What filesystems call the mark of a file's version; the first that is there counts.
_STAMPS = tuple("ETag etag md5Hash md5 blob_id content_md5 mtime LastModified last_modified updated created".split())


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of a source, or one member of an archive.

    `stamp` changes when the file does: its mtime in nanoseconds, or an object store's ETag; "" where none is known.
    `place` is where a member's header stands in its archive; -1 where its reader must look into the index.
    """

    url: str
    size_bytes: int
    stamp: str
    place: int = -1


def list_files(name: str, settings: SourceSettings) -> list[SourceFile]:
    """Return the files that a source's patterns match, sorted by URL, each once.

    Args:
        name: the source's, for messages.

    Raises:
        SourceError: a pattern matches nothing, a folder cannot be read, a file's format is not known, or every file is
            empty.

    An archive stands for its members; one without a whole index stands for itself, and its reader says why.
    """
    found: dict[str, SourceFile] = {}
    for pattern in settings.patterns:
        files = _listed(name, pattern)
        if not files:
            raise SourceError(_nothing(name, pattern))
        found.update((file.url, file) for file in files)
    found = _unpacked(name, found, settings)
    for url in found:
        if format_of(url, settings) is None and archive_of(url) != url:
            raise SourceError(f"source {name}: {untold_format(url)}")
    if all(file.size_bytes == 0 for file in found.values()):
        raise SourceError(
            f"source {name}: empty source: {_looked_at(settings.patterns[0])} matches nothing but empty files"
        )
    return sorted(found.values(), key=lambda file: file.url)


def _unpacked(name: str, files: dict[str, SourceFile], settings: SourceSettings) -> dict[str, SourceFile]:
    """Put the members of archives in the archives' places."""
    archives = [url for url in files if archive_of(url) == url]
    if settings.members is not None and not archives:
        raise SourceError(f"source {name}: members is set, but no file's name ends in {ARCHIVE}; leave members out")
    if not archives:
        return files
    found = {url: file for url, file in files.items() if archive_of(url) != url}
    for url in archives:
        found.update((file.url, file) for file in _members(name, files[url], settings))
    if not found:
        patterns = ", ".join(settings.member_patterns)
        raise SourceError(f"source {name}: no member matches {patterns} in {without_secrets(archives[0])}")
    return found


def _members(name: str, archive: SourceFile, settings: SourceSettings) -> Iterator[SourceFile]:
    try:
        with open_read(archive.url) as stream:
            _, members = read_index(stream)
    except Problem:
        yield archive
        return
    except OSError as error:
        told = f"{without_secrets(archive.url)}: {error.strerror or error}"
        raise SourceError(f"source {name}: cannot read {told}") from error
    for member in matching(members.values(), settings.member_patterns):
        place = member.info.header_offset if member.problem is None else -1
        yield SourceFile(f"{archive.url}!/{member.name}", member.info.compress_size, archive.stamp, place)


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
    """Return whether an open file still has the stamp of its listing; True where none is known.

    Args:
        stream: of the stored file: of a member's archive.
    """
    if not stamp:
        return True
    stored = archive_of(url) or url
    if is_local(stored):
        return str(os.fstat(stream.fileno()).st_mtime_ns) == stamp
    filesystem, path = fsspec.core.url_to_fs(stored)
    filesystem.invalidate_cache(path)
    # A store may tell more of one file than of a listing's, so any of its marks may be the one that was noted.
    return stamp in _stamps(filesystem.info(path))


def _listed(name: str, pattern: str) -> list[SourceFile]:
    try:
        return list(_local_files(_local(pattern))) if is_local(pattern) else list(_remote_files(pattern))
    except SourceError as error:
        raise SourceError(f"source {name}: {error}") from error
    except Exception as error:
        # Each store's client has its own exceptions: wrong credentials, a driver that is not installed.
        raise SourceError(f"source {name}: {_unlisted(pattern, error)}") from error


def _unlisted(pattern: str, error: Exception) -> str:
    if is_hub(pattern):
        return f"cannot list {_looked_at(pattern)}: {told_by_hub(error)}"
    if isinstance(error, OSError):
        return f"cannot read {error.filename or _looked_at(pattern)}: {error.strerror or error}"
    return f"cannot list {_looked_at(pattern)}: {type(error).__name__}: {error}"


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
    for url, status in _matching(base, tuple(names)):
        _check_name(url)
        yield SourceFile(url, status.st_size, str(status.st_mtime_ns))


def _matching(folder: str, names: tuple[str, ...]) -> Iterator[tuple[str, os.stat_result]]:
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
        elif not rest and entry.is_file():
            yield folder + entry.name, entry.stat()
        elif not rest and not entry.is_dir():
            yield _whole_file(folder + entry.name)


def _entries(folder: str) -> list[os.DirEntry[str]]:
    with os.scandir(folder or ".") as entries:
        return list(entries)


def _whole_file(path: str) -> tuple[str, os.stat_result]:
    if os.path.isdir(path):
        raise SourceError(f"{os.path.abspath(path)} is a folder; write a pattern such as {path.rstrip('/')}/**/*.jsonl")
    if not os.path.isfile(path):
        raise SourceError(
            f"{os.path.abspath(path)} is a link to nothing or no plain file; remove it or narrow the pattern"
        )
    return path, os.stat(path)


def _check_name(url: str) -> None:
    try:
        url.encode()
    except UnicodeEncodeError:
        raise SourceError(
            f"the file name {os.fsencode(url)!r} is not UTF-8; rename it, for example with convmv"
        ) from None


def _remote_files(pattern: str) -> Iterator[SourceFile]:
    filesystem, path = fsspec.core.url_to_fs(pattern)
    if is_hub(pattern):
        require_repository(filesystem, fixed_prefix(path))
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
