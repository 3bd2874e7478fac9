"""What two recipes ask for differently."""

import textwrap

import pytest
from pydantic import JsonValue

from ixigen_data.core.marked_yaml import load_marked
from ixigen_data.recipe import parse_recipe
from ixigen_data.report.recipe_diff import RecipeDiff, diff_recipes

RECIPE = textwrap.dedent("""\
    name: small
    tokenizer: {path: t.json, eos: "</s>"}
    sources: {wiki: {path: wiki/*}, web: {path: web/*}, code: {path: code/*}}
    clean: [{rule: controls}, {rule: length, min_chars: 10}]
    mixture:
      total_tokens: 8000
      parts:
        ko: {weight: 50, from: [wiki]}
        rest: {weight: 50, parts: {en: {weight: 1, from: [web]}, code: {weight: 1, from: [code]}}}
    packing: {seq_len: 8}
    """)


def public(text: str) -> JsonValue:
    return parse_recipe(load_marked(text, "r.yaml"), "r.yaml").public()


def changed(*edits: tuple[str, str]) -> RecipeDiff:
    text = RECIPE
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    return diff_recipes(public(RECIPE), public(text))


def test_the_same_recipe_written_otherwise_is_the_same() -> None:
    assert changed(("weight: 50", "weight: 7.5"), ("8000", "8_000"), ("weight: 1", "weight: 0.1")).same


def test_weights_are_ratios_of_the_whole_and_targets_follow() -> None:
    found = changed(("ko: {weight: 50", "ko: {weight: 150"))
    assert found.changes == ()
    told = [
        (node.path, node.before.ratio, node.after.ratio, node.before.target_tokens, node.after.target_tokens)
        for node in found.nodes
        if node.before is not None and node.after is not None
    ]
    assert told == [
        ("ko", "1/2", "3/4", 4000, 6000),
        ("rest", "1/2", "1/4", 4000, 2000),
        ("rest/en", "1/4", "1/8", 2000, 1000),
        ("rest/code", "1/4", "1/8", 2000, 1000),
    ]


def test_a_part_that_joins_and_one_that_leaves() -> None:
    found = changed(("code: {weight: 1, from: [code]}", "docs: {weight: 1, from: [code]}"))
    assert [(node.path, node.before is None, node.after is None) for node in found.nodes] == [
        ("rest/code", False, True),
        ("rest/docs", True, False),
    ]
    paths = [change.path for change in found.changes]
    assert paths == ["mixture.parts.rest.parts.code", "mixture.parts.rest.parts.docs"]


def test_a_total_that_follows_from_supply_has_no_targets() -> None:
    found = changed(("8000", "{part: ko, epochs: 1}"))
    assert [node.after.target_tokens for node in found.nodes if node.after is not None] == [None] * 4
    assert [change.path for change in found.changes] == ["mixture.total_tokens"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("min_chars: 10", "min_chars: 20", [("clean[1].min_chars", 10, 20)]),
        ("[{rule: controls}, ", "[{rule: nfc}, {rule: controls}, ", [("clean[0]", None, {"rule": "nfc"})]),
        ("wiki: {path: wiki/*}", "wiki: {path: new/*}", [("sources.wiki.path", "wiki/*", "new/*")]),
        ("seq_len: 8", "seq_len: 16", [("packing.seq_len", 8, 16)]),
        ("from: [wiki]", "from: [wiki], max_epochs: 2", [("mixture.parts.ko.max_epochs", 1, 2)]),
        ("name: small", "name: other\nseed: 3", [("name", "small", "other"), ("seed", 0, 3)]),
    ],
)
def test_every_other_key_by_its_path(old: str, new: str, told: list[tuple[str, object, object]]) -> None:
    found = changed((old, new))
    assert found.nodes == ()
    assert [(change.path, change.before, change.after) for change in found.changes] == told


def test_a_recipe_of_another_version_is_compared_key_by_key() -> None:
    raw = public(RECIPE)
    assert isinstance(raw, dict)
    found = diff_recipes({**raw, "novelty": 1}, raw)
    assert [(change.path, change.before, change.after) for change in found.changes] == [("novelty", 1, None)]
