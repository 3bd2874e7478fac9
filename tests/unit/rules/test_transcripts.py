"""Presets for transcripts."""

import pytest
from pydantic import TypeAdapter, ValidationError

from ixigen_data.clean.chain import Chain, rules_for
from ixigen_data.core.steps import rule_name
from ixigen_data.privacy.pii import Pii
from ixigen_data.rules.normalize import Normalize
from ixigen_data.rules.settings import AnyRule
from ixigen_data.rules.transcripts import Transcripts

RULE: TypeAdapter[AnyRule] = TypeAdapter(AnyRule)


def names(rule: Transcripts) -> list[str]:
    return [rule_name(each) for each in rule.resolved("ko")]


def test_presets_hold_their_rules() -> None:
    assert names(Transcripts(preset="aihub")) == ["dual_transcription", "aihub_markers", "anonymised"]
    assert names(Transcripts(preset="nikl")) == ["nikl_markers"]
    assert names(Transcripts(preset="call", off=("S7",))) == ["speaker_tags", "disfluency", "spoken_numbers"]


def test_a_term_list_goes_to_its_place() -> None:
    rule = RULE.validate_python(
        {"rule": "transcripts", "preset": "call", "rules": [{"rule": "lexicon", "terms": {"오쥐": "5G"}}]}
    )
    assert isinstance(rule, Transcripts)
    assert names(rule) == ["lexicon", "speaker_tags", "disfluency", "spoken_numbers", "spacing"]


def test_the_example_of_aihub() -> None:
    text = "b/ 아/ 모+ 몬 소리야 (70%)/(칠 십 퍼센트) 확률이라니 n/"
    assert Chain([Transcripts(preset="aihub")]).text(text)[0] == "몬 소리야 70% 확률이라니"


def test_numbers_read_out_reach_the_rule_for_personal_data() -> None:
    rules = [Normalize(), Transcripts(preset="call", off=("spacing",)), Pii()]
    text = "고객 : 어 제 번호는 공일공에 이삼사오에 육칠팔구 이고요 월 육만 구천 원이에요"
    cleaned, _ = Chain(rules_for(rules, "calls", "ko")).text(text)
    assert cleaned == "고객: 제 번호는 [번호] 이고요 월 69,000원이에요"


def test_a_preset_is_named() -> None:
    with pytest.raises(ValidationError, match="preset"):
        RULE.validate_python({"rule": "transcripts"})
