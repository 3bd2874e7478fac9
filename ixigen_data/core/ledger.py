"""The account of documents: what came in, what went out, what was dropped and why.

A `Ledger` is a sum: ledgers of tasks add up to the ledger of a build, in any order.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Self

from pydantic import BaseModel, ConfigDict, Field


class Account(BaseModel):
    """Documents and tokens of one source at one stage. `documents_in` = out + dropped + quarantined, always."""

    model_config = ConfigDict(extra="forbid")

    documents_in: int = 0
    documents_out: int = 0
    quarantined: int = 0  # records and files that could not be read or that crashed a step
    dropped: Counter[str] = Field(default_factory=Counter)  # documents by reason
    edited: Counter[str] = Field(default_factory=Counter)  # documents changed, by rule
    counts: Counter[str] = Field(default_factory=Counter)  # further sums: "bytes_in", "tokens", "literal_specials", …

    def add(self, other: Self) -> None:
        """Add another account to this one."""
        self.documents_in += other.documents_in
        self.documents_out += other.documents_out
        self.quarantined += other.quarantined
        self.dropped.update(other.dropped)
        self.edited.update(other.edited)
        self.counts.update(other.counts)

    def closes(self) -> bool:
        """Return whether every document that came in is accounted for."""
        return self.documents_in == self.documents_out + self.quarantined + self.dropped.total()


class Ledger(BaseModel):
    """Accounts by stage ("read", "clean", "dedup", "tokenize"), then by source."""

    model_config = ConfigDict(extra="forbid")

    stages: dict[str, dict[str, Account]] = Field(default_factory=dict)

    def account(self, stage: str, source: str) -> Account:
        """Return the account of a source at a stage, made empty where there is none."""
        return self.stages.setdefault(stage, {}).setdefault(source, Account())

    def add(self, other: Self) -> None:
        """Add another ledger to this one."""
        for stage, accounts in other.stages.items():
            for source, account in accounts.items():
                self.account(stage, source).add(account)


PERSONAL_DATA = "pii/"  # before a kind, among an account's counts


def personal_data(counts: Iterable[Counter[str]]) -> Counter[str]:
    """Return how many of each kind of personal data were found, by the counts of accounts."""
    found: Counter[str] = Counter()
    for each in counts:
        found.update({name[len(PERSONAL_DATA) :]: n for name, n in each.items() if name.startswith(PERSONAL_DATA)})
    return found


def total(ledgers: Iterable[Ledger]) -> Ledger:
    """Return the sum of ledgers."""
    result = Ledger()
    for ledger in ledgers:
        result.add(ledger)
    return result
