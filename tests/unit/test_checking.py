"""A recipe checked with what it names: mistakes of its own and of sources, tokenizer and shards in one run."""

from pathlib import Path

import pytest

from ixigen_data.checking import check_recipe
from ixigen_data.core.errors import RecipeError
from tests.tiny import tiny_tokenizer

RECIPE = """\
name: small
tokenizer: {{path: {folder}/tokenizer.json, eos: "<|endoftext|>"}}
sources:
  wiki: {{path: "{folder}/wiki.jsonl"}}
  web: {{path: "{folder}/web.jsonl"}}
mixture:
  total_tokens: 640
  parts: {{all: {{weight: 1, from: [wiki, web]}}}}
packing: {{seq_len: 64}}
"""


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    tiny_tokenizer(tmp_path)
    for name in ("wiki", "web"):
        (tmp_path / f"{name}.jsonl").write_text('{"text": "one"}\n')
    (tmp_path / "recipe.yaml").write_text(RECIPE.format(folder=tmp_path))
    return tmp_path / "recipe.yaml"


def told_of(recipe: Path) -> list[str]:
    with pytest.raises(RecipeError, match="recipe") as raised:
        check_recipe(str(recipe))
    return [f"{mistake.line}: {mistake.path}: {mistake.message}" for mistake in raised.value.mistakes]


def test_a_right_recipe_tells_its_files(recipe: Path) -> None:
    checked = check_recipe(str(recipe))
    assert {name: len(files) for name, files in checked.files.items()} == {"wiki": 1, "web": 1}
    assert checked.warnings == []


def test_what_is_named_is_checked_beside_the_recipes_own_mistakes(recipe: Path) -> None:
    (recipe.parent / "web.jsonl").unlink()
    (recipe.parent / "tokenizer.json").write_text("{}")
    recipe.write_text(recipe.read_text().replace("640", "641") + "colour: red\n")
    tokenizer, source, total, colour = told_of(recipe)
    assert tokenizer.startswith("2: tokenizer.path: ")
    assert "is not a tokenizer (model: Field required)" in tokenizer
    assert source.startswith("5: sources.web.path: source web: no file matches ")
    assert total.startswith("7: mixture.total_tokens: 641 is not a multiple of packing.seq_len 64; use 640 or 704")
    assert colour.startswith("10: colour: unknown key; known here: ")


def test_a_section_with_a_mistake_of_its_own_is_told_once(recipe: Path) -> None:
    recipe.write_text(recipe.read_text().replace("wiki.jsonl", "wiki.jsonl', txt: 'x").replace('"', "'"))
    (found,) = told_of(recipe)
    assert found == "4: sources.wiki.txt: unknown key; did you mean text?"


def test_a_shard_that_holds_no_window_is_told_with_its_line(recipe: Path) -> None:
    recipe.write_text(f"{recipe.read_text()}shards: {{size_limit: 100B}}\n")
    (found,) = told_of(recipe)
    assert found.startswith("10: shards.size_limit: 100 bytes hold no window of 64 tokens; use ")
