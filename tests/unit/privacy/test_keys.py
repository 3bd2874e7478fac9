"""A key comes from the environment or a file, and no message holds any of it."""

from pathlib import Path

import pytest

from ixigen_data.privacy.keys import KeyFault, key_id, read_key

SECRET = "s3cret-s3cret-s3cret"


def test_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_KEY", f" {SECRET}\n")
    assert read_key("A_KEY", None) == SECRET.encode()


def test_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{SECRET}\n")
    assert read_key("A_KEY", str(tmp_path / "key")) == SECRET.encode()


def test_there_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("A_KEY", raising=False)
    with pytest.raises(KeyFault, match="needs a key in the environment variable A_KEY, or a key_file; make one with"):
        read_key("A_KEY", None)
    with pytest.raises(KeyFault, match=r"key_file .*nothing cannot be read: No such file"):
        read_key("A_KEY", str(tmp_path / "nothing"))


def test_too_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_KEY", "s3cret")
    with pytest.raises(KeyFault, match="A_KEY holds 6 bytes; a key has at least 16") as told:
        read_key("A_KEY", None)
    assert "s3cret" not in str(told.value)


def test_an_id_tells_keys_apart_and_nothing_more() -> None:
    one, other = key_id(b"a" * 16), key_id(b"b" * 16)
    assert one == key_id(b"a" * 16) != other
    assert len(one) == 16
