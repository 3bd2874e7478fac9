"""The bytes of shards/tiny: they move only with a line under "Changes bytes" in CHANGELOG.md."""

import json
from pathlib import Path

import pytest

from ixigen_data.shards.manifest import Manifest
from ixigen_data.verify.dataset import verify
from tests.e2e.builds import ROOT, TINY, build, data_digests

GOLDEN = json.loads((Path(__file__).parent / "tiny.json").read_text())


def test_the_recipe_builds_the_golden_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    manifest = build(TINY, tmp_path)
    assert manifest.digest == GOLDEN["digest"]
    assert data_digests(tmp_path / "out") == GOLDEN["files"]


def test_the_shards_that_are_kept_are_the_golden_ones() -> None:
    assert data_digests(ROOT / "shards" / "tiny") == GOLDEN["files"]
    assert Manifest.load(str(ROOT / "shards" / "tiny")).digest == GOLDEN["digest"]
    verify(str(ROOT / "shards" / "tiny")).raise_if_wrong()
