"""What each rule of a chain does to each of some documents: for people who look, before a long build."""

from collections.abc import Sequence
from dataclasses import dataclass

from ixigen_data.clean.chain import Chain, Dropped, Step
from ixigen_data.core.documents import Documents
from ixigen_data.core.ledger import Account
from ixigen_data.core.steps import Reviser, Rule


@dataclass(frozen=True)
class Trace:
    """One document on its way through a chain."""

    id: str
    before: str
    after: str  # as it was kept, or when it was dropped
    steps: tuple[Step, ...]
    dropped: Dropped | None

    @property
    def holds_personal_data(self) -> bool:
        """Whether a rule for personal data found any: then the text before must not be shown."""
        return any(step.rule.SECRET for step in self.steps)


def trace(rules: Sequence[Rule], documents: Documents) -> list[Trace]:
    """Return the way of every document, in order.

    The rules run one by one as chains of their own; documents left by one go into the next, as in the chain of all.
    """
    texts: list[str] = documents.text.to_pylist()
    ids: list[str] = documents.id.to_pylist()
    after, steps = list(texts), [list[Step]() for _ in texts]
    gone: dict[int, Dropped] = {}
    rows = list(range(len(texts)))
    for alone in [(), *((rule,) for rule in Chain(rules).rules)]:  # without rules, empty documents go
        kept, dropped = Chain(alone).run(documents, Account())
        places = {one.row: one for one in dropped}
        gone |= {rows[place]: one for place, one in places.items()}
        rows = [row for place, row in enumerate(rows) if place not in places]
        for row, text in zip(rows, kept.text.to_pylist(), strict=True):
            if text != after[row]:
                steps[row].append(Step(alone[0], after[row], text))
                after[row] = text
        documents = kept
    for row in gone:
        steps[row] += (hidden := _hidden(after[row], rules))
        after[row] = hidden[-1].after if hidden else after[row]
    return [
        Trace(document, texts[row], after[row], tuple(steps[row]), gone.get(row)) for row, document in enumerate(ids)
    ]


def _hidden(text: str, rules: Sequence[Rule]) -> list[Step]:
    """Return what the rules for personal data do to a text that was dropped by one of them, or before they saw it."""
    steps = []
    for rule in Chain(rules).rules:
        if rule.SECRET and isinstance(rule, Reviser):
            try:
                revised = rule.revise(text).text
            except MemoryError:  # the machine's fault, not the document's
                raise
            except Exception:
                revised = ""
            if revised != text:
                steps.append(Step(rule, text, revised))
            text = revised
    return steps
