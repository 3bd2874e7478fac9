"""The rule: masks, fakes and drops, what it counts, and what it tells of what it found: nothing."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pydantic import ValidationError

from ixigen_data.clean.chain import Chain
from ixigen_data.core.documents import Documents
from ixigen_data.core.edits import apply
from ixigen_data.core.errors import RecipeError
from ixigen_data.core.ledger import Account
from ixigen_data.core.steps import RevisesInBulk
from ixigen_data.privacy.labels import KINDS
from ixigen_data.privacy.pii import Pii

KEY = "a key of the tests, long enough"
TEXT = "홍길동입니다. 010-1234-5678, 계좌 국민 123456-78-901234로. 공일공 일이삼사 오육칠팔"


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("IXIGEN_PII_KEY", KEY)
    return KEY


def column(*texts: str) -> pa.LargeStringArray:
    return pa.array(texts, pa.large_string())


def test_masks_and_counts() -> None:
    revision = Pii().revise(TEXT)
    assert revision.text == "홍길동입니다. [전화번호], 계좌 국민 [계좌번호]로. [번호]"
    assert revision.counts == {"pii/phone": 1, "pii/account": 1, "pii/spoken_digits": 1}
    assert revision.reason is None


def test_labels_of_ones_own() -> None:
    rule = Pii(labels={"phone": "<PHONE>"})
    assert rule.revise("전화 010-1234-5678").text == "전화 <PHONE>"
    assert rule.revise("전화 <PHONE>").text == "전화 <PHONE>"


@pytest.mark.parametrize("label", ["계좌", "010-1234-5678", "a\nb", "여권"])
def test_a_label_is_no_personal_data_and_announces_none(label: str) -> None:
    with pytest.raises(ValidationError, match="would be taken for personal data, or for a word that announces some"):
        Pii(labels={"phone": label})


def test_kinds_are_the_same_in_any_order() -> None:
    assert Pii(kinds=("email", "phone")) == Pii(kinds=("phone", "email"))
    with pytest.raises(ValidationError, match="Input should be 'rrn'"):
        Pii(kinds=("telephone",))  # type: ignore[arg-type]
    with pytest.raises(ValidationError, match="at least 1 item"):
        Pii(kinds=())


def test_digits_read_out_can_be_a_rule_of_their_own() -> None:
    first, rest = Pii(kinds=("spoken_digits",)), Pii(kinds=KINDS)
    assert first.revise(TEXT).text.endswith("901234로. [번호]")
    assert rest.revise(first.revise(TEXT).text).text == rest.revise(TEXT).text
    assert (first.triggers, Pii(kinds=("phone", "email")).triggers) == ("", "0-9@")


def test_a_label_that_announces_a_number_leaves_no_work_for_a_second_run() -> None:
    rule = Pii()
    text = "11-12-123456-78 112012345678, [계좌번호] 12345678901"
    masked = rule.revise(text)
    assert masked.text == "[운전면허번호] [운전면허번호], [계좌번호] [계좌번호]"
    assert masked.counts == {"pii/driver": 2, "pii/account": 1}
    assert apply(text, rule.edits(text)) == masked.text
    assert rule.revise_all(column(text)) == {0: masked}
    assert rule.revise(masked.text).counts == {}


def test_an_address_after_another_is_masked_in_the_first_run() -> None:
    rule = Pii()
    masked = rule.revise("hong@naver.com--hong@naver.com-")
    assert (masked.text, masked.counts) == ("[이메일][이메일]-", {"pii/email": 2})
    assert rule.revise(masked.text).counts == {}
    assert rule.revise_all(column("hong@naver.com--hong@naver.com-")) == {0: masked}


def test_drops() -> None:
    rule = Pii(action="drop")
    assert rule.revise(TEXT).reason == "pii_phone"
    assert rule.revise("없음").reason is None
    assert rule.revise(TEXT).text == Pii().revise(TEXT).text  # samples of what is dropped show no more
    assert rule.revise(TEXT).counts == {}
    assert {row: one.reason for row, one in rule.revise_all(column("없음", TEXT)).items()} == {1: "pii_phone"}


def test_fakes_are_the_same_everywhere(key: str) -> None:
    del key
    rule = Pii(action="fake")
    revision = rule.revise(TEXT)
    assert "010-1234-5678" not in revision.text
    assert revision.counts == Pii().revise(TEXT).counts
    (made,) = [edit.after for edit in rule.edits("전화: 010-1234-5678") if edit.before == "010-1234-5678"]
    assert made in revision.text
    assert rule.revise_all(column("가", TEXT)) == {1: revision}


def test_another_key_is_another_rule(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    first = Pii(action="fake")
    assert key not in first.model_dump_json()
    monkeypatch.setenv("IXIGEN_PII_KEY", "another key of the tests")
    second = Pii(action="fake")
    assert first.model_dump(mode="json") != second.model_dump(mode="json")
    with pytest.raises(ValidationError, match=f"the key has the id {second.key_id}, not {first.key_id}"):
        Pii(action="fake", key_id=first.key_id)


def test_without_its_key_a_recipe_is_refused_but_one_that_was_built_can_be_read(
    monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    del key
    dumped = Pii(action="fake").model_dump(mode="json")
    monkeypatch.delenv("IXIGEN_PII_KEY")
    with pytest.raises(ValidationError, match="needs a key in the environment variable IXIGEN_PII_KEY"):
        Pii(action="fake")
    read = Pii.model_validate(dumped)
    assert read.model_dump(mode="json") == dumped
    with pytest.raises(RecipeError, match="needs a key in the environment variable IXIGEN_PII_KEY"):
        Chain([read])


def test_the_key_of_a_file(tmp_path: Path, key: str) -> None:
    (tmp_path / "key").write_text(key)
    assert Pii(action="fake", key_file=str(tmp_path / "key")).key_id == Pii(action="fake").key_id


def test_what_people_are_shown_are_labels(key: str) -> None:
    del key
    for rule in (Pii(), Pii(action="fake")):
        labels = [rule.label_of(edit.after) for edit in rule.edits(TEXT)]
        assert labels[0] == "[전화번호]"
        assert not any(character.isdigit() for label in labels for character in label)


def test_in_a_chain_counts_reach_the_account() -> None:
    assert isinstance(Pii(), RevisesInBulk)
    texts = column(TEXT, "없음", "hong@naver.com kim@naver.com")
    documents = Documents(texts, column("a", "b", "c"), np.zeros(3, np.int32), np.arange(3))
    account = Account()
    kept, dropped = Chain([Pii()]).run(documents, account)
    assert kept.text.to_pylist()[1:] == ["없음", "[이메일] [이메일]"]
    assert dropped == []
    assert account.counts == {"pii/phone": 1, "pii/account": 1, "pii/spoken_digits": 1, "pii/email": 2}
    assert account.edited == {"pii": 2}
