"""What the Korean preset makes of one text for each thing that it does, and of some that it must leave alone."""

import json
from pathlib import Path

import pytest

from ixigen_data.clean.chain import Chain
from ixigen_data.rules.normalize import KOREAN

LINES = (Path(__file__).parent / "normalize_ko.jsonl").read_text(encoding="utf-8").splitlines()
CHAIN = Chain(KOREAN)


@pytest.mark.parametrize("line", LINES, ids=range(1, len(LINES) + 1))
def test_a_text_is_normalized_as_it_was(line: str) -> None:
    golden = json.loads(line)
    normal, steps = CHAIN.text(golden["text"])
    assert (normal, [step.name for step in steps]) == (golden["normal"], golden["rules"])


def test_every_rule_has_a_line() -> None:
    assert {rule.rule for rule in KOREAN} == {name for line in LINES for name in json.loads(line)["rules"]}
