from pathlib import PurePosixPath

import pytest

from ixigen_data.demo.catalogue import CORPORA, Corpus, Package

TOY = Corpus(
    folder="toy",
    package=Package("toy", "1.0", "toy-1.0-py3-none-any.whl", "0" * 64),
    root="toy/docs",
    suffix=".md",
    without="-full.md",
    license="MIT",
    about="two documents",
)


@pytest.mark.parametrize(
    ("member", "path"),
    [
        ("toy/docs/a.md", "a.md"),
        ("toy/docs/한글/b.md", "한글/b.md"),
        ("toy/docs/v1-full.md", None),
        ("toy/docs/a.txt", None),
        ("toy/docs2/a.md", None),
        ("toy/docs/../../etc/a.md", None),
        ("/toy/docs/a.md", None),
    ],
)
def test_only_documents_below_the_root_are_taken(member: str, path: str | None) -> None:
    assert TOY.path_of(member) == (None if path is None else PurePosixPath(path))


def test_requirement_pins_the_bytes() -> None:
    assert TOY.package.requirement == "toy==1.0 --hash=sha256:" + "0" * 64
    assert TOY.package.is_wheel
    assert not Package("toy", "1.0", "toy-1.0.tar.gz", "0" * 64).is_wheel


def test_each_corpus_has_a_folder_of_its_own() -> None:
    assert len({corpus.folder for corpus in CORPORA}) == len(CORPORA)
    assert all(corpus.license and len(corpus.package.sha256) == 64 for corpus in CORPORA)
