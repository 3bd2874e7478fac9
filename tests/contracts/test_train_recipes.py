"""Every training recipe is right, is planned without the network, and is listed; its page is right, piece by piece."""

import json
import re
from functools import cache
from pathlib import Path

import pytest

from ixigen_data.core.marked_yaml import load_marked
from ixigen_data.shards.manifest import Manifest
from ixigen_train.pretrain.job import open_job
from ixigen_train.pretrain.planner import RunPlan, plan_run
from ixigen_train.recipe.file import load_recipe, parse_recipe
from ixigen_train.sizing.shape import shape_of

ROOT = Path(__file__).resolve().parents[2]
RECIPES = ROOT / "recipes" / "train"
# Each large recipe with its layout and the billions of parameters that the model's makers tell.
LARGE = {
    "ixigen-2.4b": ("exaone-3.5-2.4b", 2.4),
    "ixigen-7.8b": ("exaone-3.5-7.8b", 7.8),
    "ixigen-32b": ("exaone-3.5-32b", 32.0),
    "qwen-2.5-3b": ("qwen-2.5-3b", 3.09),
    "qwen-2.5-7b": ("qwen-2.5-7b", 7.61),
    "qwen-2.5-32b": ("qwen-2.5-32b", 32.5),
    "llama-3.2-3b": ("llama-3.2-3b", 3.21),
    "llama-3.1-8b": ("llama-3.1-8b", 8.03),
}


@cache
def dataset(folder: Path) -> str:
    """A manifest of 200 steps of the paper's batch; no shard of it is there."""
    tiny = Manifest.load(str(ROOT / "shards" / "tiny"))
    windows = 200 * 2048
    tiny.model_copy(
        update={"seq_len": 32768, "total_windows": windows, "total_tokens": windows * 32768, "shards": (), "eval": {}}
    ).write(str(folder))
    return str(folder)


def planned(name: str, folder: Path) -> RunPlan:
    config = RECIPES / "layouts" / LARGE[name][0] / "config.json"
    return plan_run(open_job(load_recipe(str(RECIPES / f"{name}.yaml")), dataset(folder), 64, str(config)), "h100")


def test_every_recipe_is_listed_and_known_here() -> None:
    names = {path.stem for path in RECIPES.glob("*.yaml")}
    assert names == {*LARGE, "tiny"}
    listed = (RECIPES / "README.md").read_text()
    assert all(f"`{name}.yaml`" in listed for name in names)


@pytest.mark.parametrize("name", LARGE)
def test_a_large_recipe_has_the_papers_hyper_parameters(name: str, tmp_path: Path) -> None:
    plan, recipe = planned(name, tmp_path), load_recipe(str(RECIPES / f"{name}.yaml"))
    assert (plan.steps, plan.tokens_per_step, plan.warmup_steps) == (200, 67_108_864, 2)
    assert (recipe.name, recipe.optimizer.lr, recipe.schedule.kind) == (name, 1e-5, "cosine")
    assert plan.memory is not None
    assert plan.seconds is not None
    assert plan.warnings == (), "64 H100 are enough for any of them"


@pytest.mark.parametrize("name", LARGE)
def test_a_layout_has_the_parameters_that_its_makers_tell(name: str) -> None:
    layout, billions = LARGE[name]
    config = json.loads((RECIPES / "layouts" / layout / "config.json").read_bytes())
    shape = shape_of(config)
    assert shape is not None
    assert shape.parameters / 1e9 == pytest.approx(billions, rel=0.01)
    assert config["max_position_embeddings"] >= 32768


@pytest.mark.parametrize("name", LARGE)
def test_code_of_a_model_is_trusted_where_there_is_no_other_way(name: str) -> None:
    text = (RECIPES / f"{name}.yaml").read_text()
    trusted = load_recipe(str(RECIPES / f"{name}.yaml")).model.trust_remote_code
    assert trusted == name.startswith("ixigen-")
    assert not trusted or "read modeling_exaone.py in that folder first" in text


def test_every_piece_of_the_recipe_page_is_right() -> None:
    page = (ROOT / "docs" / "train_recipe.md").read_text()
    pieces = re.findall(r"^```yaml\n(.*?)^```", page, flags=re.MULTILINE | re.DOTALL)
    assert len(pieces) >= 9
    for piece in pieces:
        given = set(re.findall(r"^(\w+):", piece, flags=re.MULTILINE))
        rest = {"name": "name: a", "model": "model: {path: m}", "batch": "batch: {windows: 8}"}
        text = "\n".join([*(line for key, line in rest.items() if key not in given), piece])
        parse_recipe(load_marked(text, "docs/train_recipe.md"), "docs/train_recipe.md")
