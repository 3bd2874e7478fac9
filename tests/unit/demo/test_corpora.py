import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from ixigen_data.core.errors import SourceError
from ixigen_data.demo import corpora
from ixigen_data.demo.catalogue import Corpus, Package

MEMBERS = {"toy/docs/a.md": b"a", "toy/docs/b/c.md": b"c", "toy/docs/all-full.md": b"ac", "toy/code.py": b"x"}


def toy(folder: str, archive: str, root: str = "toy/docs") -> Corpus:
    return Corpus(folder, Package(folder, "1", archive, "1" * 64), root, ".md", "MIT", "toy documents", "-full.md")


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "packages"
    folder.mkdir()
    with zipfile.ZipFile(folder / "toy.whl", "w") as wheel:
        for name, data in MEMBERS.items():
            wheel.writestr(name, data)
    with tarfile.open(folder / "toy.tar.gz", "w:gz") as source:
        for name, data in MEMBERS.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            source.addfile(member, io.BytesIO(data))
    library = tmp_path / "library"
    for name in ("os.py", "json/__init__.py", "test/test_os.py", "site-packages/x.py"):
        (library / name).parent.mkdir(parents=True, exist_ok=True)
        (library / name).write_bytes(b"code")
    monkeypatch.setattr(corpora.sysconfig, "get_path", lambda _: str(library))
    monkeypatch.setattr(corpora, "CORPORA", (toy("zipped", "toy.whl"), toy("tarred", "toy.tar.gz")))
    return folder


def files_below(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*.*")
        if path.suffix in (".md", ".py")
    }


def test_every_corpus_is_laid_out(packages: Path, tmp_path: Path) -> None:
    target = tmp_path / "corpora"
    assert corpora.unpack_corpora(packages, target) == {"zipped": 2, "tarred": 2, "stdlib": 2}
    for folder in ("zipped", "tarred"):
        assert files_below(target / folder) == {"a.md": b"a", "b/c.md": b"c"}
    assert set(files_below(target / "stdlib")) == {"os.py", "json/__init__.py"}
    assert "| zipped | zipped 1 | MIT |" in (target / "LICENSES.md").read_text()
    assert [path.name for path in target.iterdir() if path.name.startswith(".")] == []


def test_complete_corpora_are_left_alone(packages: Path, tmp_path: Path) -> None:
    target = tmp_path / "corpora"
    first = corpora.unpack_corpora(packages, target)
    (target / "zipped" / "a.md").write_bytes(b"kept")
    assert corpora.unpack_corpora(packages, target) == first
    assert (target / "zipped" / "a.md").read_bytes() == b"kept"


def test_an_incomplete_corpus_is_laid_out_again(packages: Path, tmp_path: Path) -> None:
    target = tmp_path / "corpora"
    corpora.unpack_corpora(packages, target)
    (target / "zipped" / ".complete").unlink()
    (target / "zipped" / "stray.md").write_bytes(b"stray")
    corpora.unpack_corpora(packages, target)
    assert files_below(target / "zipped") == {"a.md": b"a", "b/c.md": b"c"}


def test_an_archive_without_the_corpus_is_an_error(
    packages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corpora, "CORPORA", (toy("zipped", "toy.whl", root="elsewhere"),))
    with pytest.raises(SourceError, match=r"zipped: the archive holds none of this corpus; remove .* and run again"):
        corpora.unpack_corpora(packages, tmp_path / "corpora")
    assert not (tmp_path / "corpora" / "zipped").exists()
