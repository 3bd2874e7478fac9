import numpy as np
import pyarrow as pa

from ixigen_data.clean.chain import Chain
from ixigen_data.clean.drop_samples import DropSampler
from ixigen_data.clean.length import Length
from ixigen_data.core.documents import Documents
from ixigen_data.core.ledger import Account
from ixigen_data.core.samples import Sample
from ixigen_data.rules.settings import DEFAULT_RULES
from tests.unit.clean.test_stage import Fussy


def dropped(texts: list[str], chain: Chain) -> list[Sample]:
    documents = Documents(
        text=pa.array(texts, pa.large_string()),
        id=pa.array([f"d{number}" for number in range(len(texts))], pa.large_string()),
        file=np.zeros(len(texts), np.int32),
        offset=np.arange(len(texts), dtype=np.int64),
    )
    sampler = DropSampler("calls", chain)
    sampler.add(documents, chain.run(documents, Account())[1])
    return list(sampler.chosen())


def test_what_a_rule_dropped_is_shown_as_all_rules_would_leave_it() -> None:
    (found,) = dropped(["짧음\r\n", "길고  긴 글입니다. " * 5, " \n"], Chain([Length(min_chars=10), *DEFAULT_RULES]))
    assert (found.rule, found.reason, found.id, found.chars, found.text) == ("length", "length_short", "d0", 4, "짧음")


def test_a_long_text_is_cut() -> None:
    (found,) = dropped(["가 " * 30_000], Chain([Length(max_chars=100)]))
    assert found.chars == 60_000
    assert len(found.text) <= 600
    assert found.text.endswith("가…")


def test_what_crashes_a_rule_is_not_shown() -> None:
    assert dropped(["한국어"], Chain([Fussy()])) == []
    assert dropped(["한"], Chain([Length(min_chars=10), Fussy()])) == []


def test_the_same_few_whatever_the_order() -> None:
    texts = [f"글 {number}" for number in range(50)]
    chain = Chain([Length(min_chars=100)])
    found = dropped(texts, chain)
    assert len(found) == 5
    assert [each.text for each in dropped(texts[::-1], chain)] == [each.text for each in found]
