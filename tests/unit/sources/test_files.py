"""Patterns to files: local and remote, with one clear line where there is nothing to read."""

import os
from pathlib import Path

import fsspec
import pytest

from ixigen_data.core.errors import SourceError
from ixigen_data.sources import files
from ixigen_data.sources.files import base_of, list_files
from ixigen_data.sources.settings import SourceSettings


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("b.jsonl", "a.jsonl", "sub/c.jsonl", "sub/deeper/d.jsonl", ".hidden.jsonl", ".git/e.jsonl", "f.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"{}\n")
    return tmp_path


def names(root: Path | str, *patterns: str) -> list[str]:
    found = list_files("calls", SourceSettings(path=tuple(f"{root}/{pattern}" for pattern in patterns)))
    return [file.url.removeprefix(f"{root}/") for file in found]


def test_patterns_match_like_a_shells_sorted_each_file_once(tree: Path) -> None:
    assert names(tree, "*.jsonl") == ["a.jsonl", "b.jsonl"]
    assert names(tree, "**/*.jsonl") == ["a.jsonl", "b.jsonl", "sub/c.jsonl", "sub/deeper/d.jsonl"]
    assert names(tree, "**") == ["a.jsonl", "b.jsonl", "f.txt", "sub/c.jsonl", "sub/deeper/d.jsonl"]
    assert names(tree, "sub/**/d.jsonl", "**/deeper/*") == ["sub/deeper/d.jsonl"]
    assert names(tree, "[ab].jsonl", "a.*", "f.txt") == ["a.jsonl", "b.jsonl", "f.txt"]
    assert names(tree, ".*.jsonl", "?.jsonl") == [".hidden.jsonl", "a.jsonl", "b.jsonl"]
    assert names(tree, "*/c.jsonl") == ["sub/c.jsonl"]


def test_relative_paths_home_and_schemes(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tree)
    monkeypatch.setenv("HOME", str(tree))
    assert [file.url for file in list_files("calls", SourceSettings(path="sub/*.jsonl"))] == ["sub/c.jsonl"]
    assert [file.url for file in list_files("calls", SourceSettings(path="*.txt"))] == ["f.txt"]
    assert [file.url for file in list_files("calls", SourceSettings(path="~/f.txt"))] == [f"{tree}/f.txt"]
    assert [file.url for file in list_files("calls", SourceSettings(path=f"file://{tree}/f.txt"))] == [f"{tree}/f.txt"]


def test_a_file_has_size_and_stamp(tree: Path) -> None:
    (file,) = list_files("calls", SourceSettings(path=str(tree / "a.jsonl")))
    assert (file.size_bytes, file.stamp) == (3, str((tree / "a.jsonl").stat().st_mtime_ns))


def test_remote_urls_are_listed_alike() -> None:
    memory = fsspec.filesystem("memory")
    for name in ("b.jsonl", "sub/a.jsonl", "sub/.hidden.jsonl", ".git/c.jsonl"):
        memory.pipe_file(f"/listed/{name}", b"{}\n")
    found = list_files("calls", SourceSettings(path="memory://listed/**/*.jsonl"))
    assert [file.url for file in found] == ["memory:///listed/b.jsonl", "memory:///listed/sub/a.jsonl"]
    assert all(file.size_bytes == 3 and file.stamp for file in found)
    assert base_of("memory://listed/**/*.jsonl") == "memory:///listed/"
    (single,) = list_files("calls", SourceSettings(path="memory://listed/b.jsonl"))
    assert single == found[0]


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        (
            "missing.jsonl",
            r"source calls: no file matches /.*/missing\.jsonl; check the path, or write a pattern such as",
        ),
        ("missing/**/*.jsonl", r"source calls: no file matches /.*/missing/\*\*/\*\.jsonl; check the path"),
        ("sub", r"source calls: /.*/sub is a folder; write a pattern such as .*sub/\*\*/\*\.jsonl"),
        ("link.jsonl", r"source calls: /.*/link\.jsonl is a link to nothing or no plain file"),
        ("empty*", r"source calls: empty source: /.*/empty\* matches nothing but empty files"),
        ("odd.bin", r"source calls: .*odd\.bin: the name does not tell the format; set format: jsonl, parquet or text"),
    ],
)
def test_nothing_to_read_is_one_clear_line(
    tree: Path, monkeypatch: pytest.MonkeyPatch, pattern: str, message: str
) -> None:
    (tree / "link.jsonl").symlink_to(tree / "nowhere")
    (tree / "empty.jsonl").write_bytes(b"")
    (tree / "odd.bin").write_bytes(b"x")
    monkeypatch.chdir(tree)
    with pytest.raises(SourceError, match=message):
        list_files("calls", SourceSettings(path=pattern))


def test_remote_mistakes_are_one_clear_line() -> None:
    with pytest.raises(SourceError, match=r"source calls: no file matches memory://nowhere/x\.jsonl; check the path"):
        list_files("calls", SourceSettings(path="memory://nowhere/x.jsonl"))
    with pytest.raises(SourceError, match=r"source calls: cannot list nosuch://.*: ValueError: Protocol not known"):
        list_files("calls", SourceSettings(path="nosuch://user:secret@bucket/x.jsonl"))


def test_an_unreadable_folder_is_told_not_passed_over(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.scandir

    def scandir(path: str) -> object:
        if str(path).rstrip("/").endswith("deeper"):  # the tests may run as root, whom no mode bits stop
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(files.os, "scandir", scandir)
    with pytest.raises(SourceError, match=r"source calls: cannot read .*sub/deeper/: Permission denied"):
        list_files("calls", SourceSettings(path=f"{tree}/**/*.jsonl"))


def test_a_name_that_is_not_utf8_is_told(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xb0\xa1.jsonl")).write_bytes(b"{}")
    with pytest.raises(
        SourceError, match=r"source calls: the file name b'.*\\xb0\\xa1\.jsonl' is not UTF-8; rename it"
    ):
        list_files("calls", SourceSettings(path=f"{tmp_path}/*.jsonl"))


def test_links_to_folders_are_not_followed_for_ever(tree: Path) -> None:
    (tree / "sub" / "loop").symlink_to(tree)
    assert names(tree, "**/d.jsonl") == ["sub/deeper/d.jsonl"]
