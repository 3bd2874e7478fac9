"""What `plan` foretells is what a build gives."""

import json
from pathlib import Path

import yaml

from tests.e2e.builds import ROOT, TINY, Run, build


def without_holdout(folder: Path) -> Path:
    """Write the tiny recipe without its hold-out, of which whole documents are more than it asks for."""
    recipe = yaml.safe_load((ROOT / TINY).read_text())
    del recipe["mixture"]["holdout"]
    (folder / "recipe.yaml").write_text(yaml.safe_dump(recipe))
    return folder / "recipe.yaml"


def test_plan_and_build_agree(run: Run, tmp_path: Path) -> None:
    recipe = without_holdout(tmp_path)
    done = run("plan", recipe, "--work", tmp_path / "work", "--json", "--cores", "4", "--scale", "300GB")
    assert done.code == 0, done.err
    planned = json.loads(done.out)
    assert not (tmp_path / "work").exists()
    manifest = build(recipe, tmp_path)
    supply = {part["path"]: part["supply_tokens"] for part in planned["parts"]}
    agreeing = []
    for part in manifest.parts:
        # Copies between sources, and those that cleaning makes, are not looked for.
        copies = sum(sum(manifest.documents[source]["dedup"].dropped.values()) for source in part.sources)
        assert (supply[part.path] > part.supply_tokens) if copies else (supply[part.path] == part.supply_tokens)
        agreeing += [] if copies else [part.path]
    assert agreeing
    assert [machine["cores"] for machine in planned["machines"]] == [4]
    written = sum(path.stat().st_size for path in (tmp_path / "out").rglob("*.mds"))
    assert 0.9 < planned["dataset_bytes"] / written < 1.5
    assert planned["scaled"]["text_bytes"] == 300 * 10**9
    assert planned["scaled"]["machines"][0]["wall_seconds"] > 100 * planned["machines"][0]["wall_seconds"]
    exact = json.loads(run("plan", recipe, "--work", tmp_path / "work", "--json").out)
    assert exact["exact"]
    assert [part["supply_tokens"] for part in exact["parts"]] == [part.supply_tokens for part in manifest.parts]


def test_plan_for_a_reader(run: Run, tmp_path: Path) -> None:
    done = run("plan", TINY, "--work", tmp_path / "work", "--scale", "300GB", "-q")
    assert done.code == 0, done.err
    for words in ("2 processors", "96 processors", "300GB of text", "tokenize", "work folder", "supply is estimated"):
        assert words in done.out


def test_a_size_that_is_none(run: Run) -> None:
    done = run("plan", TINY, "--scale", "much")
    assert done.code == 2
    assert "'much' is not a size" in done.err
    assert "write a size such as" in run("plan", TINY, "--scale", "0GB").err
