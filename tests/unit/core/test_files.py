"""Files appear whole or not at all."""

from pathlib import Path

import pytest

from ixigen_data.core.files import (
    exists,
    join,
    names_in,
    open_write,
    read_bytes,
    remove_tree,
    size_of,
    without_secrets,
    write_bytes,
)


@pytest.fixture(params=["local", "memory"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A folder on the local disk, and one behind fsspec."""
    return str(tmp_path / "data") if request.param == "local" else f"memory://{tmp_path.name}"


def test_a_file_is_written_and_read(folder: str) -> None:
    url = join(folder, "a", "b.bin")
    write_bytes(url, b"123")
    assert (read_bytes(url), size_of(url), exists(url), names_in(join(folder, "a"))) == (b"123", 3, True, ["b.bin"])


def test_a_failed_write_leaves_nothing(folder: str) -> None:
    url = join(folder, "b.bin")
    write_bytes(url, b"old")
    with pytest.raises(RuntimeError, match="halfway"):
        _write_half(url)
    assert read_bytes(url) == b"old"
    assert names_in(folder) == ["b.bin"]


def _write_half(url: str) -> None:
    with open_write(url) as stream:
        stream.write(b"new, but")
        raise RuntimeError("halfway")


def test_a_missing_folder_is_empty(folder: str) -> None:
    assert names_in(join(folder, "nowhere")) == []
    remove_tree(join(folder, "nowhere"))


def test_a_tree_is_removed(folder: str) -> None:
    write_bytes(join(folder, "x", "y"), b"")
    remove_tree(folder)
    assert not exists(join(folder, "x", "y"))


def test_user_and_password_are_left_out() -> None:
    assert without_secrets("s3://me:secret@bucket/key@1") == "s3://bucket/key@1"
    assert without_secrets("folder/mail@example") == "folder/mail@example"
    assert without_secrets("https://host/a.jsonl?X-Amz-Signature=secret#x") == "https://host/a.jsonl"
    assert without_secrets("s3://bucket/part-?.jsonl") == "s3://bucket/part-?.jsonl"
