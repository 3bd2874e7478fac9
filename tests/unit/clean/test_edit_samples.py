"""Samples of edits: a few of each rule, the same ones on every run, and nothing of personal data."""

from typing import ClassVar, Literal

import numpy as np
import pyarrow as pa

from ixigen_data.clean.chain import Chain
from ixigen_data.clean.edit_samples import EditSampler
from ixigen_data.clean.nfc import Nfc
from ixigen_data.clean.whitespace import Whitespace
from ixigen_data.core.documents import Documents
from ixigen_data.core.ledger import Account
from ixigen_data.core.samples import EditSample
from ixigen_data.core.steps import Formatter
from ixigen_data.korean.middle_dots import MiddleDots
from ixigen_data.privacy.pii import Pii


class Secretive(Formatter):
    """Takes every 7 out."""

    SECRET: ClassVar[bool] = True
    rule: Literal["secretive"] = "secretive"

    def format(self, text: str) -> str:
        return text.replace("7", "[번호]")


def samples(texts: list[str], chain: Chain) -> list[EditSample]:
    documents = Documents(
        text=pa.array(texts, pa.large_string()),
        id=pa.array([f"d{number}" for number in range(len(texts))], pa.large_string()),
        file=np.zeros(len(texts), np.int32),
        offset=np.arange(len(texts), dtype=np.int64),
    )
    sampler = EditSampler("calls", chain)
    sampler.begin(documents)
    chain.run(documents, Account(), sampler)
    return list(sampler.chosen())


def test_each_rule_shows_what_it_did() -> None:
    nfc, white = samples(["그대로", "\u1112\u1161\u11ab  글"], Chain([Nfc(), Whitespace()]))
    assert (nfc.rule, nfc.number, nfc.id) == ("nfc", "N7", "d1")
    assert [(place.left, place.before, place.after) for place in nfc.places] == [("", "\u1112\u1161\u11ab", "한")]
    assert [(place.left, place.before, place.right) for place in white.places] == [("한", "  ", "글")]


def test_a_place_deep_in_a_long_text_is_found() -> None:
    text = "가나다 " * 20_000 + "여기  두 칸 " + "라마바 " * 20_000 + "끝"
    (found,) = samples([text], Chain([Whitespace()]))
    assert (found.places[0].left[-3:], found.places[0].right[:3]) == (" 여기", "두 칸")


def test_nothing_is_shown_where_personal_data_is_found() -> None:
    chain = Chain([Whitespace(), Secretive()])
    assert samples(["전화  7"], chain) == []
    (found,) = samples(["전화  7", "말  씀"], chain)
    assert (found.rule, found.id) == ("whitespace", "d1")


def test_what_announces_a_number_may_stand_on_the_line_before() -> None:
    chain = Chain([MiddleDots(), Pii()])
    assert chain.text("사업자등록번호\n2208139938·끝")[0] == "사업자등록번호\n[사업자등록번호]·끝"
    assert samples(["문의처\n사업자등록번호\n2208139938ㆍ끝"], chain) == []


def test_a_few_of_many_the_same_whatever_the_order() -> None:
    texts = [f"글  {number}" for number in range(150)]
    found = samples(texts, Chain([Whitespace()]))
    assert len(found) == 5
    again = samples(texts[::-1], Chain([Whitespace()]))
    assert [(each.key, each.places) for each in again] == [(each.key, each.places) for each in found]
