"""statistics.json: what the report shows of the texts and the order, the same however the work was split."""

import re
from pathlib import Path

import pytest

from ixigen_data.clean import chunks
from ixigen_data.report.page import html_page
from ixigen_data.shards.manifest import Manifest
from ixigen_data.shards.statistics import Statistics
from tests.e2e.builds import TINY, build
from tests.e2e.corpora import write_recipe


def statistics_of(manifest: Manifest, folder: Path) -> Statistics:
    found = Statistics.load(str(folder), manifest)
    assert found is not None
    return found


def test_they_agree_with_the_manifest(tmp_path: Path) -> None:
    manifest = build(TINY, tmp_path)
    found = statistics_of(manifest, tmp_path / "out")
    assert list(found.texts) == list(manifest.sources)
    for source, text in found.texts.items():
        assert text.documents == sum(text.lengths.values()) == manifest.documents[source]["tokenize"].documents_out
        assert 0 < text.words <= text.text_bytes
    supply = sum(part.supply_tokens for part in manifest.parts)
    held = sum(entry.tokens + entry.unused_tokens for entry in manifest.eval.values())
    assert sum(text.tokens for text in found.texts.values()) == supply + held
    assert found.trace is not None
    assert found.trace.borders[-1] == manifest.total_windows
    windows = {node.path: sum(node.windows) for node in found.trace.nodes}
    owned = [manifest.parts[window.owner].path for window in manifest.settlement_windows]
    for part in manifest.parts:
        assert windows[part.path] == part.windows + owned.count(part.path)
    assert all(max(map(abs, (*node.lowest, *node.highest))) <= node.bound + 1e-4 for node in found.trace.nodes)


def test_the_same_bytes_whatever_the_workers_and_the_split(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = write_recipe(tmp_path)
    build(recipe, tmp_path / "one")
    build(recipe, tmp_path / "two", workers=2)
    monkeypatch.setattr(chunks, "CHUNK_BYTES", 50_000)
    build(recipe, tmp_path / "many")
    expected, *others = ((tmp_path / name / "out" / "statistics.json").read_bytes() for name in ("one", "two", "many"))
    assert others == [expected, expected]


def test_samples_are_what_the_recipe_asks_for(tmp_path: Path) -> None:
    text = Path(TINY).read_text(encoding="utf-8")
    for asked in (0, 1):
        recipe = tmp_path / f"{asked}.yaml"
        recipe.write_text(f"samples: {asked}\n{text}", encoding="utf-8")
        manifest = build(recipe, tmp_path, f"out{asked}")
        found = statistics_of(manifest, tmp_path / f"out{asked}")
        kept = [sample for sample in found.samples if not sample.rule]
        assert len(kept) == asked * len(manifest.sources)
        page = html_page(manifest, found)
        assert len(re.findall('<article class="sample"', page)) == len(found.samples)
    assert {sample.reason for sample in found.samples if sample.rule} == {"length_short", "duplicate"}
