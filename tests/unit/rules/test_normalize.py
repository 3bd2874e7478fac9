"""Presets, and how a recipe changes them."""

import pytest
from pydantic import TypeAdapter, ValidationError

from ixigen_data.clean.chain import rules_for
from ixigen_data.clean.length import Length
from ixigen_data.clean.whitespace import Whitespace
from ixigen_data.core.steps import rule_name
from ixigen_data.rules.normalize import CODE, ENGLISH, KOREAN, Normalize, named_rules
from ixigen_data.rules.settings import DEFAULT_RULES, AnyRule

RULE: TypeAdapter[AnyRule] = TypeAdapter(AnyRule)


def names(rule: Normalize, language: str | None) -> list[str]:
    return [rule_name(each) for each in rule.resolved(language)]


def test_the_order_is_that_of_the_numbers() -> None:
    numbers = [int(rule.ID.removeprefix("N")) for rule in KOREAN]
    assert set(numbers) == set(range(1, 16))
    early = {"private_use", "laughter"}
    in_order = [int(rule.ID.removeprefix("N")) for rule in KOREAN if rule_name(rule) not in early]
    assert in_order == sorted(in_order)
    assert set(ENGLISH) <= set(KOREAN)


def test_the_default_follows_the_language() -> None:
    assert rules_for(DEFAULT_RULES, "wiki", "ko") == KOREAN
    assert rules_for(DEFAULT_RULES, "web", "en") == ENGLISH
    assert rules_for(DEFAULT_RULES, "web", None) == ENGLISH
    assert rules_for(DEFAULT_RULES, "stdlib", "code") == CODE


def test_prose_presets_leave_code_alone_unless_it_is_named() -> None:
    prose = Normalize(rule="korean_normalize")
    assert rules_for([prose], "stdlib", "code") == ()
    assert rules_for([prose], "wiki", None) == KOREAN
    assert rules_for([Normalize(rule="korean_normalize", only=("stdlib",))], "stdlib", "code") == KOREAN
    assert rules_for([Normalize(rule="code_normalize")], "stdlib", "code") == CODE


def test_rules_are_turned_off_by_name_or_number() -> None:
    kept = names(Normalize(off=("whitespace", "N7")), "ko")
    assert "whitespace" not in kept
    assert "nfc" not in kept
    assert len(kept) == len(KOREAN) - 2


def test_other_settings_and_further_rules_go_to_their_place() -> None:
    changed = Normalize(rules=(Whitespace(indent="keep"),))
    assert changed.resolved("ko") == (*KOREAN[:-1], Whitespace(indent="keep"))
    assert names(Normalize(rules=(Whitespace(),)), "code") == [*map(rule_name, CODE), "whitespace"]
    late = Normalize.model_validate({"rules": [{"rule": "whitespace"}, {"rule": "nfc"}, {"rule": "middle_dots"}]})
    assert names(late, "code") == ["controls", "nfc", "middle_dots", "whitespace"]


def test_a_preset_stands_among_other_rules() -> None:
    rules = [Length(min_chars=2), Normalize(off=("N15",))]
    assert rules_for(rules, "wiki", "ko") == (Length(min_chars=2), *KOREAN[:-1])


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"off": ["N99"]}, "there is no rule 'N99'; use some of mojibake"),
        ({"rules": [{"rule": "nfc"}, {"rule": "nfc"}]}, "nfc written twice"),
        ({"rules": [{"rule": "nfc", "only": ["wiki"]}]}, "nfc takes no `only` here"),
        ({"rules": [{"rule": "length"}]}, "does not match any of the expected tags"),
    ],
)
def test_mistakes(settings: dict[str, object], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        RULE.validate_python({"rule": "normalize", **settings})


def test_named_rules() -> None:
    assert tuple(named_rules(["korean"])) == KOREAN
    assert tuple(named_rules(["code_normalize"])) == CODE
    assert [rule.ID for rule in named_rules(["whitespace", "N7", "nfc"])] == ["N7", "N15"]
    with pytest.raises(
        ValueError, match="there is no normalizing rule 'n7'; use korean, english, code, or some of N1 mojibake"
    ):
        named_rules(["n7"])
