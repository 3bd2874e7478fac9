"""What each rule of a chain does to each of some documents: for people who look, before a long build."""

from collections.abc import Sequence
from dataclasses import dataclass

from ixigen_data.clean.chain import Chain, Dropped, rule_name
from ixigen_data.core.documents import Documents
from ixigen_data.core.ledger import Account
from ixigen_data.core.steps import Rule


@dataclass(frozen=True)
class Step:
    """A rule that edited a document."""

    rule: str
    before: str
    after: str


@dataclass(frozen=True)
class Trace:
    """One document on its way through a chain."""

    id: str
    before: str
    after: str  # as it was kept, or when it was dropped
    steps: tuple[Step, ...]
    dropped: Dropped | None


def trace(rules: Sequence[Rule], documents: Documents) -> list[Trace]:
    """Return the way of every document, in order.

    The rules run one by one as chains of their own; documents left by one go into the next, as in the chain of all.
    """
    texts: list[str] = documents.text.to_pylist()
    ids: list[str] = documents.id.to_pylist()
    after, steps = list(texts), [list[Step]() for _ in texts]
    gone: dict[int, Dropped] = {}
    rows = list(range(len(texts)))
    for alone in [(), *((rule,) for rule in rules)]:  # without rules, empty documents go
        kept, dropped = Chain(alone).run(documents, Account())
        places = {one.row: one for one in dropped}
        gone |= {rows[place]: one for place, one in places.items()}
        rows = [row for place, row in enumerate(rows) if place not in places]
        for row, text in zip(rows, kept.text.to_pylist(), strict=True):
            if text != after[row]:
                steps[row].append(Step(rule_name(alone[0]), after[row], text))
                after[row] = text
        documents = kept
    return [
        Trace(document, texts[row], after[row], tuple(steps[row]), gone.get(row)) for row, document in enumerate(ids)
    ]
