"""The ledger agrees with the dataset, or says where it does not."""

import pytest

from ixigen_data.core.errors import IxigenError
from ixigen_train.metering.ledger import Ledger


def test_it_adds_up_over_a_run_that_goes_on() -> None:
    ledger = Ledger(("telco", "ko"))
    ledger.add((100, 7))
    on = Ledger(("telco", "ko", "en"), ledger.tokens)
    on.add((50, 0, 9))
    assert on.tokens == {"telco": 150, "ko": 7, "en": 9}
    assert on.total == 166
    on.check(2, (150, 7, 9))


def test_a_difference_of_one_token_is_told() -> None:
    ledger = Ledger(("telco", "ko"), {"telco": 1_500, "ko": 1_233})
    with pytest.raises(
        IxigenError, match=r"step 4,000: ko: trained on 1,233 tokens, but the dataset plans 1,234 up to here \(-1\)"
    ):
        ledger.check(4_000, (1_500, 1_234))


def test_a_part_that_the_course_does_not_have_is_told() -> None:
    with pytest.raises(IxigenError, match="legal: 12 tokens consumed, but the course has no such part"):
        Ledger(("telco",), {"legal": 12})
