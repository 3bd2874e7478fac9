"""One bit of one file, anywhere: found, and the file named."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ixigen_data.verify.dataset import verify
from tests.unit.verify.conftest import SETTINGS, Copy

KINDS = {
    "a shard": "shard.00001.mds",
    "the last shard": "shard.00003.mds",
    "a hold-out's shard": "eval/replay/ko/shard.00000.mds",
    "the index": "index.json",
    "a hold-out's index": "eval/replay/ko/index.json",
    "the manifest": "manifest.json",
    "lineage": "lineage/00001.parquet",
    "a hold-out's lineage": "eval/replay/ko/lineage/00000.parquet",
}
COMPRESSED = {"a compressed shard": "shard.00002.mds.zstd", "its index": "index.json"}
ANYWHERE = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def folders(originals: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Copies that every example damages and mends."""
    folder = tmp_path_factory.mktemp("flips")
    return {name: shutil.copytree(originals[name], folder / name) for name in SETTINGS}


def flipped(path: Path, byte: int, bit: int) -> bytes:
    data = bytearray(path.read_bytes())
    data[byte % len(data)] ^= 1 << bit
    return bytes(data)


def found_in(folder: Path, file: str, byte: int, bit: int) -> set[str]:
    """Flip a bit, verify, and flip it back; return the files with problems."""
    path = folder / file
    sound = path.read_bytes()
    path.write_bytes(flipped(path, byte, bit))
    try:
        return {problem.file for problem in verify(str(folder)).problems}
    finally:
        path.write_bytes(sound)


@pytest.mark.parametrize("kind", KINDS)
@ANYWHERE
@given(byte=st.integers(0, 2**20), bit=st.integers(0, 7))
def test_a_flipped_bit_is_found(kind: str, folders: dict[str, Path], byte: int, bit: int) -> None:
    assert KINDS[kind] in found_in(folders["plain"], KINDS[kind], byte, bit)


@pytest.mark.parametrize("kind", COMPRESSED)
@ANYWHERE
@given(byte=st.integers(0, 2**20), bit=st.integers(0, 7))
def test_a_flipped_bit_of_a_compressed_dataset_is_found(
    kind: str, folders: dict[str, Path], byte: int, bit: int
) -> None:
    assert COMPRESSED[kind] in found_in(folders["zstd"], COMPRESSED[kind], byte, bit)


def test_the_first_wrong_shard_comes_first(copy_of: Callable[[str], Copy]) -> None:
    copy = copy_of("two hashes")
    for number in (3, 1):
        path = copy.path(f"shard.0000{number}.mds")
        path.write_bytes(flipped(path, -1, 2))
    problems = [str(problem) for problem in copy.verify(workers=4).problems]
    assert problems[0].startswith("shard.00001.mds: sha256: expected ")
    assert problems[1].startswith("shard.00001.mds: xxh3_128: expected ")
    assert {problem.split(":")[0] for problem in problems} == {"shard.00001.mds", "shard.00003.mds"}
