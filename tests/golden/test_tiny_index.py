"""The bytes of an index of the tiny recipe: they move only with a line under "Changes bytes" in CHANGELOG.md."""

from pathlib import Path

import pytest

from ixigen_data.build import build_index
from ixigen_data.build_plan import BuildOptions
from ixigen_data.core.digests import digest_bytes
from ixigen_data.core.progress import Silent
from ixigen_data.dedup.index.manifest import IndexManifest
from ixigen_data.dedup.settings import DedupSettings, NearSettings
from ixigen_data.recipe import load_recipe
from tests.e2e.builds import ROOT, TINY

# Of arrays only: compressed ids may change with the library, and the index's digest covers what they say.
KEYS = {
    "00000.keys.npy": "b6159fde15d0f53c8bca813e2072d0c1",
    "00001.keys.npy": "036d889853555d800ff0e263106b87c1",
    "00002.keys.npy": "f7421fbe1a43151ab22f64a9ed27c99f",
    "00003.keys.npy": "f17548b60278aec21d1b96973e14e222",
}
SIGNATURES = {
    "00000.signatures.npy": "3420fe73470563acc7745b4321d4f0f7",
    "00001.signatures.npy": "8936e54515c5f5c9a5585a981cf679f9",
    "00002.signatures.npy": "577f326f1d5d593e19e7794af0e4cb77",
    "00003.signatures.npy": "f00b581e1d11e0de6a7318adc2e5ae40",
}


@pytest.fixture(autouse=True)
def _at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def indexed(folder: Path, dedup: DedupSettings) -> tuple[IndexManifest, dict[str, str]]:
    """Index the tiny recipe; return the index and a digest of every array."""
    recipe = load_recipe(TINY).recipe.model_copy(update={"dedup": dedup})
    found = build_index(recipe, BuildOptions(str(folder / "index"), str(folder / "work")), Silent())
    return found, {path.name: digest_bytes(path.read_bytes()) for path in (folder / "index").glob("*.npy")}


def test_the_recipe_has_the_golden_index(tmp_path: Path) -> None:
    found, arrays = indexed(tmp_path, DedupSettings())
    assert found.digest == "23ca2b166ee3aacc71c014ed898306dc"
    assert arrays == KEYS


def test_the_recipe_has_the_golden_signatures(tmp_path: Path) -> None:
    near = NearSettings(shingle=5, words=5, tokens=7, bands=14, rows=8)
    found, arrays = indexed(tmp_path, DedupSettings(near=near))
    assert {name: digest for name, digest in arrays.items() if name in KEYS} == KEYS
    assert {name: digest for name, digest in arrays.items() if name.endswith(".signatures.npy")} == SIGNATURES
    assert found.digest == "a6ea1411419bd7eed0747e9a508734e3"
