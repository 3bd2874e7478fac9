"""Copies of a small dataset to damage, and forgers who damage it with all digests in order."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import xxhash

from ixigen_data.shards.index import write_index
from ixigen_data.shards.layout import Layout
from ixigen_data.shards.manifest import Manifest
from ixigen_data.shards.settings import ShardSettings
from ixigen_data.verify.dataset import verify
from ixigen_data.verify.findings import Verification
from tests.dataset import five_windows, write_dataset

SETTINGS = {
    "plain": ShardSettings(),
    "zstd": ShardSettings(compression="zstd"),
    "two hashes": ShardSettings(hashes=("sha256", "xxh3_128")),
}


@dataclass(frozen=True)
class Copy:
    """A dataset in a folder of its own, to be damaged."""

    folder: Path
    layout: Layout

    @property
    def manifest(self) -> Manifest:
        return Manifest.load(str(self.folder))

    def verify(self, workers: int = 1) -> Verification:
        return verify(str(self.folder), workers=workers)

    def path(self, file: str) -> Path:
        return self.folder / file

    def files(self) -> list[str]:
        return sorted(path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if path.is_file())

    def edit_json(self, file: str, edit: Callable[[dict[str, object]], object]) -> None:
        value = json.loads(self.path(file).read_bytes())
        edit(value)
        self.path(file).write_text(json.dumps(value))

    def forge_shard(self, number: int, change: Callable[[npt.NDArray[np.void]], object]) -> None:
        """Change the windows of a shard and record its new digest everywhere, as a wrong writer would."""
        manifest = self.manifest
        record = manifest.shards[number]
        data = bytearray(self.path(record.file).read_bytes())
        head_bytes = len(self.layout.head(record.windows))
        change(np.frombuffer(data, self.layout.dtype, offset=head_bytes))
        self.path(record.file).write_bytes(data)
        shards = list(manifest.shards)
        shards[number] = record.model_copy(update={"digests": {"xxh3_128": xxhash.xxh3_128_hexdigest(bytes(data))}})
        self.forge_manifest(shards=tuple(shards))
        write_index(str(self.folder), "", shards, self.layout)

    def forge_manifest(self, **update: object) -> None:
        """Change the manifest and seal it anew."""
        self.manifest.model_copy(update=update).write(str(self.folder))


@pytest.fixture(scope="session")
def originals(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("originals")
    for name, settings in SETTINGS.items():
        write_dataset(str(folder / name), settings)
    return {name: folder / name for name in SETTINGS}


@pytest.fixture
def copy_of(originals: dict[str, Path], tmp_path: Path) -> Callable[[str], Copy]:
    def copy(name: str) -> Copy:
        shutil.copytree(originals[name], tmp_path / name)
        return Copy(tmp_path / name, Layout(32, five_windows(SETTINGS[name], 32)))

    return copy


@pytest.fixture
def copy(copy_of: Callable[[str], Copy]) -> Copy:
    return copy_of("plain")
