"""What people see of edits: everything, but what rules for personal data took out."""

import pytest

from ixigen_data.clean.chain import Chain
from ixigen_data.clean.hunks import Hunk
from ixigen_data.clean.shown import shown_edits
from ixigen_data.clean.whitespace import Whitespace
from ixigen_data.korean.symbols import Symbols
from ixigen_data.privacy.pii import Pii

CHAIN = Chain([Whitespace(), Symbols(), Pii()])


def shown(text: str, chain: Chain = CHAIN) -> dict[str, list[Hunk]]:
    return {step.name: edits for step, edits in shown_edits(chain.text(text)[1])}


def test_edits_with_their_surroundings() -> None:
    assert shown("가  나") == {"whitespace": [Hunk(1, "  ", " ", "가", "나")]}


def test_personal_data_is_told_by_label_and_place_alone() -> None:
    found = shown("전화  010-1234-5678 입니다")
    assert found["pii"] == [Hunk(3, "", "[전화번호]", "", "", hidden=True)]


def test_what_other_rules_did_stands_in_the_masked_text() -> None:
    found = shown("010-1234-5678 로  전화")
    assert found["whitespace"] == [Hunk(15, "  ", " ", "[전화번호] 로", "전화")]


def test_what_a_later_rule_uncovers_is_hidden() -> None:
    found = shown("번호  ０１０－１２３４－５６７８ 이고 010-9876-5432 도")
    assert found["whitespace"] == [Hunk(2, "", "", "", "", hidden=True)]
    assert all(hunk.hidden for hunk in found["symbols"])


def test_a_fake_is_not_shown_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IXIGEN_PII_KEY", "k" * 32)
    found = shown("전화 010-1234-5678", Chain([Pii(action="fake")]))
    assert found == {"pii": [Hunk(3, "", "[전화번호]", "", "", hidden=True)]}
