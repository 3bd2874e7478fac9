"""The way of documents through rules, one by one, against the chain of all."""

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from ixigen_data.clean.chain import Chain
from ixigen_data.clean.length import Length
from ixigen_data.clean.trace import trace
from ixigen_data.core.documents import Documents
from ixigen_data.core.ledger import Account
from ixigen_data.rules.settings import DEFAULT_RULES

RULES = (*DEFAULT_RULES, Length(rule="length", min_chars=3))


def documents_of(texts: list[str]) -> Documents:
    ids = pa.array([f"d{number}" for number in range(len(texts))], pa.large_string())
    places = np.arange(len(texts))
    return Documents(pa.array(texts, pa.large_string()), ids, np.zeros(len(texts), np.int32), places)


@settings(deadline=None)  # kernels are compiled on the way
@given(st.lists(st.text("a \r\n\u200b가", max_size=12), max_size=8))
def test_a_trace_ends_where_the_chain_does(texts: list[str]) -> None:
    account = Account()
    kept, dropped = Chain(RULES).run(documents_of(texts), account)
    found = trace(RULES, documents_of(texts))
    assert [one.before for one in found] == texts
    assert [one.after for one in found if one.dropped is None] == kept.text.to_pylist()
    reasons = {number: one.dropped.reason for number, one in enumerate(found) if one.dropped}
    assert reasons == {one.row: one.reason for one in dropped}
    assert sum(len(one.steps) for one in found) == sum(account.edited.values())


def test_each_rule_tells_what_it_did() -> None:
    (one, other) = trace(RULES, documents_of(["a\u200bb  c\r\n", "\u200b"]))
    assert [(step.name, step.before, step.after) for step in one.steps] == [
        ("controls", "a\u200bb  c\r\n", "a\u200bb  c\n"),
        ("invisible", "a\u200bb  c\n", "ab  c\n"),
        ("whitespace", "ab  c\n", "ab c"),
    ]
    assert other.dropped is not None
    assert other.dropped.reason == "empty"
