"""Files inside zip archives, read as they lie, without unpacking anything to a disk.

The URL of a member is its archive's, `!/`, and its name: "corp/calls.zip!/2024/00001.json". Members that are unsafe to
read are listed like all others, and their reader says what is wrong with them.
"""

import io
import lzma
import re
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from fnmatch import translate
from types import TracebackType
from typing import BinaryIO, Self, cast

from ixigen_data.core.files import open_read
from ixigen_data.core.units import format_size
from ixigen_data.sources.faults import Problem
from ixigen_data.sources.settings import archive_of

# A table inside an archive is held whole, as its index stands at its end and an archive cannot be read backwards.
TABLE_LIMIT_BYTES = 256 * 2**20
# Text packs to a fifth, tables of repeated labels to a fiftieth; nothing but zeros reaches deflate's 1,032.
_BOMB_RATIO = 200
_BOMB_BYTES = 64 * 2**20
_UTF8_NAME, _ENCRYPTED = 0x800, 0x1  # flag bits, by APPNOTE 4.4.4
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA}
_LOCAL_HEADER_BYTES = 30
_BROKEN = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    struct.error,
    NotImplementedError,
    ValueError,
    zlib.error,
    EOFError,
)


@dataclass(frozen=True)
class Member:
    """One file of an archive, as its index has it, and why it must not be read, if so."""

    name: str
    info: zipfile.ZipInfo
    problem: Problem | None = None


def read_index(stream: BinaryIO) -> tuple[zipfile.ZipFile, dict[str, Member]]:
    """Return an archive and its members by name, folders left out.

    Raises:
        Problem: "file_broken": it has no whole index.
    """
    try:
        archive = zipfile.ZipFile(stream)
    except (*_BROKEN, OSError) as error:
        if isinstance(error, OSError) and isinstance(error, TimeoutError | ConnectionError):
            raise
        raise Problem("file_broken", f"no whole zip archive: {error}") from error
    infos = [info for info in archive.infolist() if not info.is_dir()]
    names = [_name_of(info) for info in infos]
    counts, overlapping = Counter(names), _overlapping(infos)
    members = {
        name: Member(name, info, _problem_of(name, info, counts[name], info.header_offset in overlapping))
        for name, info in zip(names, infos, strict=True)
    }
    return archive, members


def _name_of(info: zipfile.ZipInfo) -> str:
    """Return a member's name: UTF-8 where the archive says so, else UTF-8 or cp949 if its bytes fit, else cp437."""
    name = info.filename
    if not (info.flag_bits & _UTF8_NAME or name.isascii()):
        raw = info.orig_filename.encode("cp437", "replace")
        for codec in ("utf-8", "cp949"):
            try:
                name = raw.decode(codec)
                break
            except UnicodeDecodeError:
                continue
    return name.replace("\\", "/")


def _overlapping(infos: Iterable[zipfile.ZipInfo]) -> set[int]:
    """Return where members begin that share bytes with the one before: one stretch of zeros, unpacked many times."""
    found: set[int] = set()
    end = 0
    for info in sorted(infos, key=lambda each: each.header_offset):
        if info.header_offset < end:
            found.add(info.header_offset)
        end = max(end, info.header_offset + _LOCAL_HEADER_BYTES + len(info.orig_filename) + info.compress_size)
    return found


def _problem_of(name: str, info: zipfile.ZipInfo, count: int, overlaps: bool) -> Problem | None:
    if name.startswith("/") or name[1:2] == ":" or (".." in name and ".." in name.split("/")):
        return Problem("member_unsafe", "its name leads out of the archive; pack it with a plain name")
    if count > 1:
        return Problem("member_twice", f"the archive has {count} members of this name; pack it anew")
    if info.flag_bits & _ENCRYPTED:
        return Problem("member_encrypted", "it is encrypted; unpack it with its password")
    if info.compress_type not in _METHODS:
        return Problem("member_unreadable", f"compression method {info.compress_type}; pack it with deflate")
    if overlaps:
        return Problem("zip_bomb", "it shares its bytes with another member")
    if info.file_size > max(_BOMB_BYTES, _BOMB_RATIO * info.compress_size):
        sizes = f"{format_size(info.compress_size)} that unpack to {format_size(info.file_size)}"
        return Problem("zip_bomb", f"{sizes}; if it is meant, unpack it first")
    return None


def matching(members: Iterable[Member], patterns: Sequence[str]) -> list[Member]:
    """Return the members whose name matches a pattern, sorted by name; those that are unsafe to read always do.

    `**` stands for any depth; a name that begins with a dot is matched only by a pattern that does so too.
    """
    match = re.compile("|".join(f"(?:{_expression(pattern)})" for pattern in patterns)).fullmatch
    chosen = (
        member
        for member in members
        if match(member.name) or (member.problem is not None and member.problem.reason == "member_unsafe")
    )
    return sorted(chosen, key=lambda member: member.name)


def _expression(pattern: str) -> str:
    *folders, last = [part for part in pattern.split("/") if part]
    if last == "**":
        folders, last = [*folders, "**"], "*"
    parts = ["(?:[^/.][^/]*/)*" if part == "**" else f"{_one_name(part)}/" for part in folders]
    return "".join(parts) + _one_name(last)


def _one_name(pattern: str) -> str:
    hidden = "" if pattern.startswith(".") else r"(?!\.)"
    return f"{hidden}{_within_a_name(pattern)}"


def _within_a_name(pattern: str) -> str:
    # fnmatch's stars are greedy or atomic `.*`; here they end at a slash.
    return "".join(
        "[^/]*" if piece == "*" else "[^/]" if piece == "?" else translate(piece)[4:-3]
        for piece in re.findall(r"\[[!^]?\]?[^\]]*\]|\*+|.", pattern)
        for piece in (["*"] if piece.startswith("*") else [piece])
    )


class _MemberStream(io.RawIOBase):
    """A member's bytes; what is wrong with them is told as a Problem."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> bytes:
        try:
            return self._stream.read(-1 if size is None else size)
        except EOFError as error:
            raise Problem("file_truncated", "the member ends before its end mark") from error
        except (*_BROKEN, lzma.LZMAError) as error:
            raise Problem("file_broken", f"the member is damaged: {error}") from error
        except OSError as error:
            if error.errno is not None or isinstance(error, TimeoutError | ConnectionError):
                raise
            raise Problem("file_broken", f"the member is damaged: {error}") from error  # bz2's way to say so

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._stream.seek(offset, whence)


class Opener:
    """Opens files and members of archives; the last archive stays open, as its members follow each other. A context."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._url = ""
        self._stored: BinaryIO | None = None
        self._archive: zipfile.ZipFile | None = None
        self._members: Mapping[str, Member] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @contextmanager
    def open(self, url: str) -> Iterator[tuple[BinaryIO, BinaryIO]]:
        """Open a file or member for reading: its bytes, and those of the stored file, whose stamp tells of changes.

        Raises:
            Problem: the archive is broken, or the member is not safe to read.
        """
        container = archive_of(url)
        if container is None:
            with open_read(url) as stream:
                yield stream, stream
            return
        member = self._member(container, url)
        assert self._stored is not None
        assert self._archive is not None
        try:
            opened = self._archive.open(member.info)
        except (*_BROKEN, RuntimeError) as error:
            raise Problem("file_broken", f"the member is damaged: {error}") from error
        with opened as stream:
            yield cast(BinaryIO, _MemberStream(cast(BinaryIO, stream))), self._stored

    def stored(self, container: str) -> BinaryIO:
        """Open an archive, and leave it open: its bytes as they are stored, whose stamp tells of changes."""
        if self._stored is None or container != self._url:
            self._stack.close()
            self._url, self._stored, self._archive, self._members = "", None, None, {}
            self._stored = self._stack.enter_context(open_read(container))
            self._url = container
        return self._stored

    def member(self, url: str) -> Member:
        """Return what the index of an archive says of a member.

        Raises:
            Problem: see `open`.
        """
        return self._member(archive_of(url) or url, url)

    def _member(self, container: str, url: str) -> Member:
        stored = self.stored(container)
        if self._archive is None:
            self._archive, self._members = read_index(stored)
            self._stack.callback(self._archive.close)
        member = self._members.get(url[len(container) + 2 :])
        if member is None:
            raise Problem("member_missing", "the archive no longer has it")
        if member.problem is not None:
            raise Problem(member.problem.reason, member.problem.detail)
        return member


@contextmanager
def open_source(url: str) -> Iterator[BinaryIO]:
    """Open one file, or one member of an archive, for reading its bytes as they lie there.

    Raises:
        Problem: the archive is broken, or the member is not safe to read.
    """
    with Opener() as opener, opener.open(url) as (stream, _):
        yield stream


def seekable(stream: BinaryIO, url: str) -> BinaryIO:
    """Return a stream whose parts can be read in any order: a member of an archive is held whole for it.

    Raises:
        Problem: "member_too_large".
    """
    if archive_of(url) is None:
        return stream
    data = stream.read(TABLE_LIMIT_BYTES + 1)
    if len(data) > TABLE_LIMIT_BYTES:
        told = f"a table of more than {format_size(TABLE_LIMIT_BYTES)} inside an archive; unpack it first"
        raise Problem("member_too_large", told)
    return io.BytesIO(data)
