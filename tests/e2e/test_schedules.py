"""Weights that change over the position: every kind is built, verified, and measured from the bytes of its shards."""

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from ixigen_data.shards.layout import Layout
from ixigen_data.shards.manifest import Manifest
from ixigen_data.shards.settings import ShardSettings
from ixigen_data.verify.dataset import verify
from tests.e2e.builds import build
from tests.e2e.corpora import write_recipe

STRETCHES = 10
SLACK = 3  # windows, of some 40: a part's rounding at both ends of a stretch, and a settlement window


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a recipe, and a work folder whose token store is complete."""
    folder = tmp_path_factory.mktemp("schedules")
    build(write_recipe(folder, documents=500), folder)
    return folder


def mixed(folder: Path, name: str, keys: str) -> Manifest:
    """Build the recipe with further keys of its mixture, and check every byte."""
    recipe = folder / f"{name}.yaml"
    text = (folder / "recipe.yaml").read_text(encoding="utf-8")
    text = text.replace("total_tokens: {part: domain, epochs: 1.5}", f"total_tokens: 102400\n{keys}")
    recipe.write_text(text, encoding="utf-8")
    manifest = build(recipe, folder, name, mix_only=True)
    verify(str(folder / name)).raise_if_wrong()
    assert [node.tokens for node in manifest.nodes] == [node.target_tokens for node in manifest.nodes]
    return manifest


def parts_of(folder: Path, manifest: Manifest) -> npt.NDArray[np.uint16]:
    """Return the part of every window, from the shards."""
    dtype = Layout(manifest.seq_len, ShardSettings()).dtype
    found = []
    for shard in manifest.shards:
        body = (folder / shard.file).read_bytes()[-shard.windows * dtype.itemsize :]
        found.append(np.frombuffer(body, dtype)["part"])
    return np.concatenate(found)


def linear(position: float) -> float:
    return 20 + 60 * position


def cosine(position: float) -> float:
    return 20 + 60 * (1 - math.cos(math.pi * position)) / 2


def step(position: float) -> float:
    return 0 if position < 0.2 else 50 if position < 0.7 else 20


def anneal(position: float) -> float:
    return 20 if position < 0.6 else 20 + 60 * (position - 0.6) / 0.4


@pytest.mark.parametrize(
    ("curve", "written"),
    [
        (linear, "{kind: linear, from: 20, to: 80}"),
        (cosine, "{kind: cosine, from: 20, to: 80}"),
        (step, "{kind: step, values: [0, 50, 20], at: [0.2, 0.7]}"),
        (anneal, "{kind: anneal, from: 20, to: 80, start: 0.6}"),
    ],
)
def test_shares_follow_the_curve(curve: Callable[[float], float], written: str, stored: Path) -> None:
    name = curve.__name__
    manifest = mixed(stored, name, f"  schedule: {{domain: {written}}}")
    parts = parts_of(stored / name, manifest)
    length = len(parts) // STRETCHES
    for number in range(STRETCHES):
        middles = [(number + (inner + 0.5) / 50) / STRETCHES for inner in range(50)]
        due = sum(curve(middle) / (curve(middle) + 50) for middle in middles) / 50 * length
        assert abs((parts[number * length : (number + 1) * length] == 0).sum() - due) < SLACK
    assert manifest.schedule is not None
    assert manifest.schedule.borders[-1] == manifest.total_windows
    assert len(manifest.schedule.ratios["domain"]) == len(manifest.schedule.borders) - 1


def test_a_weight_of_0_leaves_no_window(stored: Path) -> None:
    manifest = mixed(stored, "silent", "  schedule: {replay/en: {kind: step, values: [39, 0, 39], at: [0.25, 0.75]}}")
    assert manifest.schedule is not None
    first, last = manifest.schedule.borders[1:3]
    parts = parts_of(stored / "silent", manifest)
    english = [part.path for part in manifest.parts].index("replay/en")
    assert (abs(first - 100), abs(last - 300)) <= (1, 1)
    assert (parts[:first] == english).sum() == pytest.approx(100 * 0.5 * 0.39, abs=SLACK)
    assert (parts[first:last] == english).sum() == 0
    assert (parts[last:] == english).sum() == pytest.approx(100 * 0.5 * 0.39, abs=SLACK)


def test_stages_have_weights_of_their_own(stored: Path) -> None:
    stages = "  stages: [{name: broad, weight: 3}, {name: last, weight: 1, weights: {domain: 150, replay/en: 0}}]"
    manifest = mixed(stored, "stages", stages)
    assert manifest.schedule is not None
    assert [(stage.name, stage.start, stage.stop) for stage in manifest.schedule.stages] == [
        ("broad", 0, 300),
        ("last", 300, 400),
    ]
    assert manifest.schedule.ratios == {"domain": (0.5, 0.75), "replay/ko": (0.305, 0.25), "replay/en": (0.195, 0.0)}
    parts = parts_of(stored / "stages", manifest)
    assert (parts[:300] == 0).sum() == pytest.approx(150, abs=1)
    assert (parts[300:] == 0).sum() == pytest.approx(75, abs=1)
    assert (parts[300:] == 2).sum() == 0


def test_a_schedule_that_stands_still_changes_no_byte(stored: Path) -> None:
    plain = mixed(stored, "plain", "")
    still = mixed(stored, "still", "  schedule: {domain: {kind: linear, from: 50, to: 50}}")
    assert still.digest == plain.digest
