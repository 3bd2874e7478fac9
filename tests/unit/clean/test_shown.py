"""What people see of edits: everything, but where personal data was found."""

import pytest

from ixigen_data.clean.chain import Chain
from ixigen_data.clean.shown import shown_edits
from ixigen_data.clean.whitespace import Whitespace
from ixigen_data.privacy.pii import Pii

CHAIN = Chain([Whitespace(), Pii()])


def test_edits_with_their_surroundings() -> None:
    ((step, (hunk,)),) = shown_edits(CHAIN.text("가  나")[1])
    assert (step.name, hunk.left, hunk.before, hunk.after, hunk.right, hunk.hidden) == (
        "whitespace",
        "가",
        "  ",
        " ",
        "나",
        False,
    )


def test_personal_data_is_told_by_label_and_place_alone() -> None:
    (_, (space,)), (pii, (number,)) = shown_edits(CHAIN.text("전화  010-1234-5678 입니다")[1])
    assert (space.at, space.before, space.after, space.left, space.right) == (2, "", "", "", "")
    assert pii.name == "pii"
    assert (number.at, number.before, number.after, number.left, number.right) == (3, "", "[전화번호]", "", "")
    assert space.hidden
    assert number.hidden


def test_a_fake_is_not_shown_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IXIGEN_PII_KEY", "k" * 32)
    chain = Chain([Pii(action="fake", key_env="IXIGEN_PII_KEY")])
    ((_, (hunk,)),) = shown_edits(chain.text("전화 010-1234-5678")[1])
    assert (hunk.before, hunk.after) == ("", "[전화번호]")
