"""The same recipe gives the same bytes: with any number of workers, however work is split, after being killed."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from ixigen_data.clean import chunks
from ixigen_data.shards import stage as shard_stage
from ixigen_data.shards.manifest import Manifest
from ixigen_data.tokens import store_stage
from ixigen_data.verify.dataset import verify
from tests.e2e.builds import ROOT, TINY, build, data_digests
from tests.e2e.corpora import write_recipe


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A recipe with some thousand documents, and the digests of its shards when built in one process."""
    folder = tmp_path_factory.mktemp("expected")
    recipe = write_recipe(folder)
    build(recipe, folder)
    return recipe, data_digests(folder / "out")


@pytest.mark.parametrize("workers", [1, 2, 7])
def test_any_number_of_workers(workers: int, expected: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    recipe, digests = expected
    build(recipe, tmp_path, workers=workers)
    assert data_digests(tmp_path / "out") == digests


def test_any_split_of_the_work(
    expected: tuple[Path, dict[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe, digests = expected
    monkeypatch.setattr(chunks, "CHUNK_BYTES", 50_000)
    monkeypatch.setattr(store_stage, "TOKENS_PER_FILE", 30_000)
    monkeypatch.setattr(shard_stage, "SHARDS_PER_TASK", 1)
    build(recipe, tmp_path)
    assert len(list(tmp_path.glob("work/store/domain/*/*.tokens"))) > 4
    assert data_digests(tmp_path / "out") == digests


def test_a_second_mixture_reads_no_source(expected: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    recipe, _ = expected
    build(recipe, tmp_path, "first")
    other = tmp_path / "other.yaml"
    other.write_text(recipe.read_text().replace("weight: 50", "weight: 30", 1))
    stored = {path: path.stat().st_mtime_ns for path in tmp_path.glob("work/store/*/*/*")}
    manifest = build(other, tmp_path, "second", mix_only=True)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.glob("work/store/*/*/*")} == stored
    assert [node.tokens for node in manifest.nodes] == [node.target_tokens for node in manifest.nodes]


@pytest.mark.parametrize("moment", ["clean", "tokenize", "shards", "verify", "publish"])
def test_killed_at_a_moment_and_resumed(moment: str, expected: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    recipe, digests = expected
    words = [sys.executable, "-m", "tests.e2e.killed_build", str(recipe), str(tmp_path), moment]
    assert subprocess.run(words, cwd=ROOT, check=False).returncode == -signal.SIGKILL
    assert not (tmp_path / "out" / "index.json").exists()
    build(recipe, tmp_path)
    verify(str(tmp_path / "out")).raise_if_wrong()
    assert data_digests(tmp_path / "out") == digests


def test_killed_and_resumed(expected: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    recipe, digests = expected
    _kill_and_resume(recipe, tmp_path, kills=5)
    assert data_digests(tmp_path / "out") == digests


@pytest.mark.slow
def test_killed_fifty_times_and_resumed(expected: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    recipe, digests = expected
    for attempt in range(10):
        _kill_and_resume(recipe, tmp_path / str(attempt), kills=5)
        assert data_digests(tmp_path / str(attempt) / "out") == digests


def _kill_and_resume(recipe: Path, folder: Path, kills: int) -> None:
    """Kill the whole process tree at random moments, then let it finish; a verified dataset must stand there."""
    words = [sys.executable, "-m", "ixigen_data.cli.main", "build", str(recipe), "--quiet", "--workers", "2"]
    words += ["--out", str(folder / "out"), "--work", str(folder / "work")]
    moments = random.Random(f"{folder.name}-{kills}")  # seeded by name: a failure can be replayed, timing apart
    for _ in range(kills):
        process = subprocess.Popen(words, cwd=ROOT)
        time.sleep(moments.uniform(0.5, 4.0))
        _kill_tree(process)
    assert subprocess.run(words, cwd=ROOT, check=False).returncode == 0
    verify(str(folder / "out")).raise_if_wrong()
    assert not list((folder / "out").rglob(".*")), "something of the build is left over"


def _kill_tree(process: subprocess.Popen[bytes]) -> None:
    tree = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    for member in tree:
        try:
            member.send_signal(signal.SIGKILL)
        except psutil.NoSuchProcess:
            continue
    process.wait()


def test_the_digest_does_not_know_where_it_was_built(tmp_path: Path) -> None:
    first, second = build(TINY, tmp_path / "a"), build(TINY, tmp_path / "b" / "deeper")
    assert first.digest == second.digest
    assert Manifest.load(str(tmp_path / "a" / "out")) == first
