"""Accounts add up, whatever the order."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from ixigen_data.core.ledger import Account, Ledger, total

accounts = st.builds(
    Account,
    documents_in=st.integers(0, 9),
    documents_out=st.integers(0, 9),
    dropped=st.dictionaries(st.sampled_from("ab"), st.integers(1, 9)).map(Counter),
)
ledgers = st.builds(
    Ledger, stages=st.dictionaries(st.sampled_from(["read", "clean"]), st.dictionaries(st.sampled_from("xy"), accounts))
)


@given(st.lists(ledgers, max_size=5))
def test_the_sum_does_not_depend_on_order(parts: list[Ledger]) -> None:
    assert total(parts) == total(reversed(parts))


def test_an_account_closes_when_every_document_is_told() -> None:
    account = Account(documents_in=10, documents_out=6, quarantined=1, dropped=Counter(short=3))
    assert account.closes()
    account.documents_in += 1
    assert not account.closes()
