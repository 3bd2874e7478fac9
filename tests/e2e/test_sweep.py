"""Several mixtures from one token store."""

import json
from pathlib import Path

import pytest
import yaml

from ixigen_data.core.errors import RecipeError
from ixigen_data.recipe import load_recipe
from ixigen_data.shards.manifest import Manifest
from ixigen_data.sweep import load_sweep
from ixigen_data.verify.dataset import verify
from tests.e2e.builds import TINY, Run, build

SWEEP = """
ratios: {part: finance, percent: [5, 12.5, 50]}
variants:
  long: {packing: {seq_len: 128}, mixture: {total_tokens: 1280}}
  plain: {name: plain-one, seed: 3}
"""

TOTAL = "changes: {mixture: {total_tokens: 1280"
RATIO = "ratios: {part: finance, percent: [5]}"


def recipe_file(tmp_path: Path) -> str:
    """Return the tiny recipe with a total of its own, and enough epochs for every ratio."""
    value = yaml.safe_load(Path(TINY).read_text())
    value["mixture"]["total_tokens"] = 64 * 40
    del value["mixture"]["holdout"]
    value["mixture"]["parts"]["finance"]["max_epochs"] = 20
    for part in value["mixture"]["parts"]["replay"]["parts"].values():
        part["max_epochs"] = 20
    file = tmp_path / "recipe.yaml"
    file.write_text(yaml.safe_dump(value, allow_unicode=True, sort_keys=False))
    return str(file)


def sweep_file(tmp_path: Path, text: str = SWEEP) -> str:
    file = tmp_path / "sweep.yaml"
    file.write_text(text)
    return str(file)


def test_variants_say_what_they_change(tmp_path: Path) -> None:
    variants = load_sweep(sweep_file(tmp_path), load_recipe(TINY))
    assert list(variants) == ["finance-5", "finance-12.5", "finance-50", "long", "plain"]
    assert [recipe.name for recipe in variants.values()][:1] == ["tiny-finance-5"]
    weights = [[part.weight for part in recipe.mixture.parts.values()] for recipe in variants.values()]
    assert weights == [[250, 4750], [625, 4375], [2500, 2500], [50, 50], [50, 50]]
    assert variants["long"].packing.seq_len == 128
    assert variants["plain"].name == "plain-one"
    nested = load_sweep(sweep_file(tmp_path, "ratios: {part: replay/ko, percent: [50]}"), load_recipe(TINY))
    parts = nested["replay-ko-50"].mixture.parts["replay"].parts
    assert parts is not None
    assert {name: part.weight for name, part in parts.items()} == {"ko": 1950, "en": 1500, "code": 450}


def test_every_mistake_of_a_sweep_is_told_at_its_place(tmp_path: Path) -> None:
    text = """
ratios: {part: telco, percent: [5]}
variants:
  a: {sources: {}, mixture: {total_tokens: 100}}
  b:
    mixture:
      total_tokens: 100
"""
    with pytest.raises(RecipeError, match=r"ratios\.percent") as caught:
        load_sweep(sweep_file(tmp_path, text), load_recipe(TINY))
    told = str(caught.value)
    assert "line 2: ratios.percent[0]: there is no part 'telco' in the recipe" in told
    assert "line 4: variants.a.sources: changes the token store; a sweep may change name, seed, mixture" in told
    assert "line 7: variants.b.mixture.total_tokens: 100 is not a multiple of packing.seq_len 64; use 64 or 128" in told
    for text, message in (
        ("ratios: {part: finance, percent: [100]}", "leaves the sisters nothing"),
        ("{}", "no variant"),
        ("ratios: {part: finance, percent: [5]}\nvariants: {finance-5: {seed: 1}}", r"two variants 'finance-5'"),
        (f"{TOTAL}, schedule: {{replay: {{kind: linear, from: 1, to: 2}}}}}}}}\n{RATIO}", "weight of 'replay' changes"),
        (f"{TOTAL}, stages: [{{name: all, weights: {{finance: 3}}}}]}}}}\n{RATIO}", "weight of 'finance' changes"),
        ("ratios: 3", "should be a mapping"),
        ("variants: [", "not YAML"),
    ):
        with pytest.raises(RecipeError, match=message):
            load_sweep(sweep_file(tmp_path, text), load_recipe(TINY))
    with pytest.raises(RecipeError, match="no sweep in YAML here"):
        load_sweep(str(tmp_path / "nothing.yaml"), load_recipe(TINY))


def test_one_token_store_serves_every_variant(tmp_path: Path, run: Run) -> None:
    recipe = recipe_file(tmp_path)
    build(recipe, tmp_path)
    work = tmp_path / "work"
    before = {file: file.stat().st_mtime_ns for file in work.rglob("*") if file.is_file()}
    done = run("mix", recipe, "--out", tmp_path / "sweep", "--work", work, "--sweep", sweep_file(tmp_path), "--json")
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert list(found) == ["finance-5", "finance-12.5", "finance-50", "long", "plain"]
    for name, told in found.items():
        manifest = Manifest.load(str(tmp_path / "sweep" / name))
        assert verify(str(tmp_path / "sweep" / name)).ok
        assert (manifest.digest, manifest.total_tokens) == (told["digest"], told["tokens"])
    ratio = Manifest.load(str(tmp_path / "sweep" / "finance-12.5"))
    assert abs(ratio.parts[0].tokens - ratio.total_tokens / 8) < 1
    new = [file for file in work.rglob("*") if file.is_file() and file not in before]
    assert {file.relative_to(work).parts[0] for file in new} <= {"mix", "shards", "plans", "locks"}
    assert all(file.stat().st_mtime_ns == time for file, time in before.items())


def test_no_variant_is_written_unless_all_can_be(tmp_path: Path, run: Run) -> None:
    build(TINY, tmp_path)
    sweep = sweep_file(tmp_path, "variants: {good: {seed: 1}, huge: {mixture: {total_tokens: 640000}}}")
    done = run("mix", TINY, "--out", tmp_path / "sweep", "--work", tmp_path / "work", "--sweep", sweep)
    assert done.code == 1
    assert "variant 'huge': mixture.parts." in done.err
    assert "the largest total_tokens that works is" in done.err
    assert not (tmp_path / "sweep").exists()
