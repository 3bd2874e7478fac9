"""YAML with lines, and without what YAML lets pass."""

import pytest

from ixigen_data.core.errors import RecipeError
from ixigen_data.core.marked_yaml import load_marked


def test_values_and_lines() -> None:
    marked = load_marked("a: 1_000\nb:\n  - {c: 0.5}\n  - text\n", "r.yaml")
    assert marked.value == {"a": 1000, "b": [{"c": 0.5}, "text"]}
    assert marked.line_of(("b", 0, "c")) == 3
    assert marked.line_of(("b", 1)) == 4
    assert marked.line_of(("b", 0, "missing")) == 3


def test_a_duplicate_key_names_both_lines() -> None:
    (mistake,) = load_marked("a: 1\nb: 2\na: 3\n", "r.yaml").mistakes
    assert str(mistake) == "line 3: a: duplicate key, first on line 1; keep one of the two"


def test_keys_stay_text() -> None:
    assert load_marked("on: yes\n7: x\n", "r.yaml").value == {"on": True, "7": "x"}


def test_what_is_not_yaml_says_where() -> None:
    with pytest.raises(RecipeError, match=r"^r.yaml: line 2: not YAML: "):
        load_marked("a: [1,\nb: {", "r.yaml")


def test_an_alias_of_itself_is_a_mistake() -> None:
    (mistake,) = load_marked("a: &x\n  b: *x\n", "r.yaml").mistakes
    assert "an alias holds itself" in mistake.message


def test_an_empty_file_is_empty() -> None:
    assert load_marked("", "r.yaml").value == {}
