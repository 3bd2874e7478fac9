"""Builds for end-to-end tests."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ixigen_data.build import build_dataset
from ixigen_data.build_plan import BuildOptions
from ixigen_data.core.digests import digest_bytes
from ixigen_data.core.files import join
from ixigen_data.core.progress import Silent
from ixigen_data.recipe import load_recipe
from ixigen_data.report.files import dataset_files
from ixigen_data.shards.manifest import Manifest

ROOT = Path(__file__).resolve().parents[2]
TINY = "recipes/data/tiny.yaml"


@dataclass(frozen=True)
class Finished:
    """What a command left."""

    code: int
    out: str
    err: str


class Run(Protocol):
    """Runs one command."""

    def __call__(self, *words: str | Path) -> Finished:
        """Return what it left."""


def build(recipe: str | Path, folder: str | Path, name: str = "out", **options: int | bool) -> Manifest:
    """Build into `name` below a folder or URL, with the work folder `work` beside it, and return the manifest."""
    where = BuildOptions(join(str(folder), name), join(str(folder), "work"), **options)
    return build_dataset(load_recipe(str(recipe)).recipe, where, Silent(), dataset_files)


def data_digests(folder: Path) -> dict[str, str]:
    """Return a digest of every shard and index of a dataset, by path."""
    files = sorted([*folder.rglob("*.mds"), *folder.rglob("index.json")])
    return {str(file.relative_to(folder)): digest_bytes(file.read_bytes()) for file in files}
