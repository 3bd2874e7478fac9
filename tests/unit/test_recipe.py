"""Every kind of mistake in a recipe, with its line, its path, what was got, and a value that works."""

import textwrap
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ixigen_data.core.errors import RecipeError
from ixigen_data.core.marked_yaml import load_marked
from ixigen_data.core.recipe_file import MOST_BYTES
from ixigen_data.recipe import Recipe, load_recipe, parse_recipe

RIGHT = textwrap.dedent("""\
    name: small
    seed: 1
    tokenizer: {path: t.json, eos: "</s>"}
    sources:
      wiki: {path: "wiki/*.jsonl"}
      calls: {path: "calls/*.jsonl"}
    clean:
      - {rule: nfc}
    mixture:
      total_tokens: 8192
      holdout: {tokens: 64}
      parts:
        ko: {weight: 1, from: [wiki]}
        telco: {weight: 3, from: [calls]}
    packing: {seq_len: 4096}
    shards: {size_limit: 64MiB}
    """)

# What is written instead of what, and the mistakes that are told.
FAULTS: dict[str, tuple[str, str, list[str]]] = {
    "a duplicate key": ("seed: 1", "seed: 1\nseed: 2", ["line 3: seed: duplicate key, first on line 2; keep one"]),
    "a tab": ("  wiki:", "\twiki:", ["line 5: not YAML: found character '\\t'", "indent with spaces, not tabs"]),
    "a word for a number": ("seed: 1", "seed: one", ["line 2: seed: should be a valid integer", "got 'one'"]),
    "a ratio for a number": ("tokens: 64", "tokens: 0.5", ["line 11: mixture.holdout.tokens: should be", "got 0.5"]),
    "text for a number": ("seed: 1", 'seed: "1"', ["line 2: seed: should be a number; '1' is text; write the number"]),
    "true for a number": ("seed: 1", "seed: yes", ["line 2: seed: should be a number; True is true or false"]),
    "a negative number": ("tokens: 64", "tokens: -1", ["holdout.tokens: should be greater than or equal to 0; got -1"]),
    "an unknown key": ("seed: 1", "sede: 1", ["line 2: sede: unknown key; did you mean seed?"]),
    "a key like no other": ("seed: 1", "zzz: 1", ["line 2: zzz: unknown key; known here: clean, "]),
    "a misspelt key": (
        "weight: 3",
        "wieght: 3",
        ["telco.wieght: unknown key; did you mean weight?", "weight: is miss"],
    ),
    "another rule's key": ("rule: nfc", "rule: nfc, x: 1", ["clean[0].x: unknown key; known here: only, rule"]),
    "an unknown rule": (
        "rule: nfc",
        "rule: nfcc",
        ["line 8: clean[0].rule: there is no rule 'nfcc'; did you mean nfc?"],
    ),
    "no rule": ("{rule: nfc}", "{min: 1}", ["line 8: clean[0]: names no rule; write for instance {rule: nfc}"]),
    "a rule alone": ("{rule: nfc}", "nfc", ["line 8: clean[0]: should be a mapping of keys; got 'nfc'"]),
    "rules that are no list": ("  - {rule: nfc}", "  rule: nfc", ["line 7: clean: should be a list"]),
    "a rule for no source": (
        "rule: nfc",
        "rule: nfc, only: [x]",
        ["clean[0].only: there is no source 'x'; use one of"],
    ),
    "an unknown source": ("[wiki]", "[wikki]", ["line 13: mixture.parts.ko.from[0]: there is no source 'wikki'; use"]),
    "a source twice": ("[calls]", "[wiki]", ["telco.from[0]: source 'wiki' feeds part 'ko' already"]),
    "a source without a path": ('{path: "wiki/*.jsonl"}', "{text: a}", ["line 5: sources.wiki.path: is missing"]),
    "a source without keys": ('wiki: {path: "wiki/*.jsonl"}', "wiki:", ["sources.wiki: should be a mapping of keys"]),
    "an empty path": ('"wiki/*.jsonl"', '""', ["line 5: sources.wiki.path: names no file; write a file or a pattern"]),
    "an unknown format": (
        '"wiki/*.jsonl"',
        '"w", format: sqlite',
        ["sources.wiki.format: should be 'jsonl', 'json', 'parquet'"],
    ),
    "a weight of 0": (
        "weight: 1",
        "weight: 0",
        ["line 13: mixture.parts.ko.weight: 0 is not positive; write a number"],
    ),
    "a weight below 0": (
        "weight: 1",
        "weight: -3",
        ["ko.weight: -3 is not positive; write a number such as 1 or 24.5"],
    ),
    "a weight that is none": ("weight: 1", "weight: .nan", ["ko.weight: nan is not positive"]),
    "an infinite weight": ("weight: 1", "weight: .inf", ["ko.weight: inf is not positive"]),
    "a weight in words": ("weight: 1", "weight: many", ["ko.weight: 'many' is not a number; write one such as 1"]),
    "a total between windows": (
        "8192",
        "8193",
        ["line 10: mixture.total_tokens: 8,193 is not a multiple", "use 8,192 or"],
    ),
    "a total with commas": ("8192", "8,192", ["total_tokens: '8,192' is not a total; write a whole number of tokens"]),
    "a total of an unknown part": (
        "8192",
        "{part: x}",
        ["total_tokens.part: part 'x' does not exist; name one that has"],
    ),
    "too many epochs": (
        "8192",
        "{part: ko, epochs: 3}",
        ["total_tokens.epochs: 3 is more than the part's max_epochs 1"],
    ),
    "a window of odd length": ("4096", "4095", ["line 15: packing.seq_len: 4,095 is not a multiple of 8", "4,088 or"]),
    "an unknown packing": ("{seq", "{method: bestfit, seq", ["packing.method: should be 'concat' or 'best_fit'; got"]),
    "an unknown unit": ("64MiB", "64XB", ["line 16: shards.size_limit: '64XB' is not a size; write a whole number"]),
    "a part without a source": (", from: [calls]", "", ["parts.telco: has neither `from` nor `parts`; write one"]),
    "a licence that is not allowed": ("shards:", "licenses: {allow: [MIT]}\nshards:", ["sources.wiki.license: has no"]),
    "a hold-out with copies": (
        "clean:",
        "dedup: {exact: null}\nclean:",
        ["dedup.exact: a hold-out needs exact dedupl"],
    ),
    "no tokenizer": (
        '{path: t.json, eos: "</s>"}',
        "t.json",
        ["line 3: tokenizer: should be a mapping", "for instance"],
    ),
    "no end of text": (', eos: "</s>"', "", ["line 3: tokenizer.eos: is missing; for instance '<|endoftext|>'"]),
    # What YAML makes of things.
    "a name that is false": (
        "name: small",
        "name: no",
        ["line 1: name: should be a valid string; got False", "quotes"],
    ),
    "a source that is false": ("[wiki]", "[no]", ["from[0]: False is not the name of a source", "put it in quotes"]),
    "an exponent": ("8192", "1e6", ["total_tokens: '1e6' is not a total", "YAML takes 1e6 for text: write 1000000"]),
    "an octal number": ("8192", "010000", ["line 10: mixture.total_tokens: 010000 is octal in YAML and means 4,096"]),
    "a number to base 60": (
        "seed: 1",
        "seed: 1:30",
        ["line 2: seed: 1:30 is a number to base 60", "means 90; write 90"],
    ),
    "no octal number": ("seed: 1", "seed: 08", ["line 2: seed: should be a number; '08' is text"]),
    "a date": ("seed: 1", "seed: 2024-01-01", ["line 2: seed: should be a valid integer", "got '2024-01-01'"]),
    "a thirteenth month": ("seed: 1", "seed: 2024-13-01", ["line 2: seed: should be a valid integer"]),
    "a number beyond 64 bits": ("seed: 1", f"seed: {10**30}", ["line 2: seed: 10000000000000000000… is beyond 2^63"]),
    "a number of 5,000 digits": ("seed: 1", f"seed: {'9' * 5000}", ["line 2: seed: Unable to parse", "got '9999"]),
    "a merge key": (
        '{path: "calls/*.jsonl"}',
        "{<<: {path: a}}",
        ["line 6: sources.calls: merge keys (<<) are not fol"],
    ),
    "a list as a key": ("seed: 1", "? [a, b]\n: 1", ["line 2: a key is a list or a mapping; write it as text"]),
    "an unknown tag": (
        "seed: 1",
        "seed: !seed 1",
        ["line 2: seed: the tag !seed means nothing in a recipe; leave it out"],
    ),
    "a tag that runs code": ("seed: 1", "seed: !!python/object/apply:os.system [ls]", ["line 2: seed: ", "got ['ls']"]),
    "an alias of nothing": ("seed: 1", "seed: *x", ["line 2: not YAML: found undefined alias 'x'"]),
    "an alias of itself": ("ko: {weight: 1", "ko: &a {parts: *a, weight: 1", ["parts.ko.parts: an alias holds itself"]),
    "a control character": ("seed: 1", "seed: 1\a", ["line 2: not YAML: U+0007 is no character of a text; remove it"]),
    "two documents": (RIGHT, f"{RIGHT}---\nname: b\n", ["line 17: not YAML: but found another document"]),
    "a list": (RIGHT, "- name: small\n", ["line 1: a recipe is a mapping of keys such as name", "got list"]),
    "nothing": (RIGHT, "", ["name: is missing", "sources: is missing", "mixture: is missing", "packing: is missing"]),
    "nesting without end": (RIGHT, "a: " + "[" * 5000, ["nested too deep to be a recipe"]),
    # Names become folders.
    "a name that climbs": ("name: small", "name: ../../etc", ["line 1: name: should match pattern", "got '../../etc'"]),
    "a source that climbs": ("  wiki: {", "  ../wiki: {", ["sources.../wiki: should match pattern"]),
    "a part that climbs": ("ko: {", "..: {", ["'..' cannot name a part; begin with a letter or digit"]),
    "a part with a slash": ("ko: {", "a/b: {", ["'a/b' cannot name a part; begin with a letter or digit"]),
    "a part without a name": ("ko: {", '"": {', ["'' cannot name a part; begin with a letter or digit"]),
    "a part that rings": ("ko: {", '"k\\a": {', ["'k\\x07' cannot name a part"]),
}


def mistakes_in(text: str) -> list[str]:
    """Return what is told of a recipe's text, a line a mistake; nothing where it is right."""
    try:
        parse_recipe(load_marked(text, "r.yaml"), "r.yaml")
    except RecipeError as error:
        return str(error).splitlines()
    return []


def test_the_recipe_that_faults_are_put_into_is_right() -> None:
    assert mistakes_in(RIGHT) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_a_mistake_is_told(fault: str) -> None:
    old, new, told = FAULTS[fault]
    assert old in RIGHT
    found = mistakes_in(RIGHT.replace(old, new, 1))
    assert all(line.startswith("r.yaml: ") for line in found)
    for words in told:
        assert any(words in line for line in found), found


def test_every_mistake_is_told_at_once_in_the_order_of_lines() -> None:
    text = RIGHT
    for fault in ("an unknown key", "an unknown rule", "an unknown source", "a weight in words", "an unknown unit"):
        old, new, _ = FAULTS[fault]
        text = text.replace(old, new, 1)
    found = mistakes_in(text)
    assert [line.split(": ")[2] for line in found] == [
        "sede",
        "clean[0].rule",
        "mixture.parts.ko.weight",
        "mixture.parts.ko.from[0]",
        "shards.size_limit",
    ]


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(RIGHT)), st.integers(0, 12), st.text("{}[]:,-&*!|>'\"%@`#?~<\n\t 0aé\x00\ud800.", max_size=6))
def test_whatever_is_written_a_recipe_is_right_or_its_mistakes_are_told(start: int, length: int, text: str) -> None:
    mistakes_in(RIGHT[:start] + text + RIGHT[start + length :])


def test_an_alias_that_is_no_cycle_is_followed() -> None:
    text = RIGHT.replace("ko: {weight: 1", "ko: {weight: &w 2").replace("weight: 3", "weight: *w")
    recipe = parse_recipe(load_marked(text, "r.yaml"), "r.yaml")
    assert [part.weight for part in recipe.mixture.parts.values()] == [2, 2]


def test_aliases_of_aliases_are_not_written_out() -> None:
    lines = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    with pytest.raises(RecipeError, match="its aliases make more than 100,000 values of it; write fewer"):
        load_marked("\n".join(["a0: &a0 [x]", *lines]), "r.yaml")


def test_a_file_that_is_no_recipe_is_told(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"no such recipe .*; `ixigen-data init DIR` writes one"):
        load_recipe(str(tmp_path / "none.yaml"))
    with pytest.raises(RecipeError, match=r"not a recipe: .*; it is one YAML file in UTF-8"):
        load_recipe(str(tmp_path))
    korean = tmp_path / "korean.yaml"
    korean.write_bytes("name: 한국어\n".encode("cp949"))
    with pytest.raises(RecipeError, match=r"not a recipe: 'utf-8' codec .*; it is one YAML file in UTF-8"):
        load_recipe(str(korean))
    with (tmp_path / "corpus.jsonl").open("wb") as corpus:
        corpus.truncate(MOST_BYTES + 1)
    with pytest.raises(RecipeError, match=r"holds 4\.0 MiB; a recipe is one YAML file of 4\.0 MiB at most"):
        load_recipe(str(tmp_path / "corpus.jsonl"))


def test_a_byte_order_mark_and_line_ends_of_windows_are_no_mistake(tmp_path: Path) -> None:
    recipe = tmp_path / "r.yaml"
    recipe.write_bytes(b"\xef\xbb\xbf" + RIGHT.replace("\n", "\r\n").encode())
    assert load_recipe(str(recipe)).recipe.name == "small"


def test_a_public_recipe_says_the_same_and_no_secret() -> None:
    text = RIGHT.replace('"wiki/*.jsonl"', '"s3://key:secret@bucket/*.jsonl"')
    recipe = parse_recipe(load_marked(text, "r.yaml"), "r.yaml")
    public = recipe.public()
    assert "secret" not in str(public)
    assert Recipe.model_validate(public).mixture == recipe.mixture


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        ("{rule: pii}", ["clean[0]: pii wants text that is normalized; put {rule: normalize} before it"]),
        ("{rule: korean_quality}\n  - {rule: normalize}", ["clean[0]: korean_quality wants text that is normalized"]),
        ("{rule: korean_normalize}\n  - {rule: pii}", []),
    ],
)
def test_what_wants_normalized_text_says_so(rules: str, told: list[str]) -> None:
    text = RIGHT.replace("{rule: nfc}", rules)
    warnings = parse_recipe(load_marked(text, "r.yaml"), "r.yaml").warnings()
    assert len(warnings) == len(told)
    assert all(found.startswith(words) for found, words in zip(warnings, told, strict=True))
