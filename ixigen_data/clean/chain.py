"""Rules one after the other over a batch, each on the documents that it could change."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ixigen_data.clean.profile import profile
from ixigen_data.clean.scan_kernel import INK
from ixigen_data.core.documents import Bools, Documents, Int64s
from ixigen_data.core.ledger import Account
from ixigen_data.core.steps import Filter, Formatter, Reviser, Rule

EMPTY = "empty"


@dataclass(frozen=True)
class Dropped:
    """A document that a rule dropped, or that crashed it."""

    row: int  # in the batch that came in
    rule: str
    reason: str  # "length_short"; "crash:nfc:ValueError" for a crash
    crashed: bool = False


@dataclass(frozen=True)
class Edit:
    """What one rule did to a text."""

    rule: str
    before_chars: int
    after_chars: int


@runtime_checkable
class InBulk(Protocol):
    """A formatter that can also edit a whole column at once, without Python strings; it must not raise."""

    def format_all(self, text: pa.LargeStringArray) -> pa.LargeStringArray:
        """Return what `format` makes of each text."""


def rules_for(rules: Sequence[Rule], source: str, language: str | None) -> tuple[Rule, ...]:
    """Return the rules that run on a source, in order."""
    return tuple(rule for rule in rules if rule.applies_to(source, language))


def rule_name(rule: Rule) -> str:
    """Return the name by which a recipe calls a rule."""
    return str(rule.model_dump(include={"rule"})["rule"])


class Chain:
    """Rules in the order of the recipe. White documents are dropped as "empty", whatever the rules."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = tuple(rules)
        self._names = tuple(map(rule_name, self.rules))

    def run(self, documents: Documents, account: Account) -> tuple[Documents, list[Dropped]]:
        """Return the documents that are left, in order, and those that are not, in the order of their going.

        A rule that raises on a document takes that document out, and nothing else. The account gains everything.
        """
        batch = _Batch(documents.text)
        batch.drop_empty()
        for name, rule in zip(self._names, self.rules, strict=True):
            if isinstance(rule, Formatter | Reviser):
                edited = batch.edit(name, rule) if isinstance(rule, Formatter) else batch.revise(name, rule)
                if edited:
                    account.edited[name] += edited
                batch.drop_empty()
            elif isinstance(rule, Filter):
                batch.filter(name, rule)
        kept = batch.documents(documents)
        account.documents_in += len(documents)
        account.documents_out += len(kept)
        for dropped in batch.dropped:
            if dropped.crashed:
                account.quarantined += 1
            else:
                account.dropped[dropped.reason] += 1
        return kept, batch.dropped

    def text(self, text: str) -> tuple[str, list[Edit]]:
        """Return a text after every rule that edits, whether or not one would drop it, and what each of them did."""
        edits: list[Edit] = []
        for name, rule in zip(self._names, self.rules, strict=True):
            if isinstance(rule, Formatter | Reviser):
                edited = rule.format(text) if isinstance(rule, Formatter) else rule.revise(text)[0]
                if edited != text:
                    edits.append(Edit(name, len(text), len(edited)))
                text = edited
        return text, edits


class _Batch:
    """The state of a batch between rules: its text and profile as they stand, and which documents are still in."""

    def __init__(self, text: pa.LargeStringArray) -> None:
        self.text = text
        self.profile = profile(text)
        self.alive: Bools = np.ones(len(text), np.bool_)
        self.dropped: list[Dropped] = []

    def drop_empty(self) -> None:
        """Drop the documents that are white throughout."""
        for row in self._rows((self.profile.classes & np.uint32(INK)) == 0).tolist():
            self._drop(Dropped(row, EMPTY, EMPTY))

    def edit(self, name: str, rule: Formatter) -> int:
        """Run a formatter where it could edit; return how many documents it changed."""
        rows = self._rows(rule.could_edit(self.profile))
        if not len(rows):
            return 0
        before = self._texts(rows)
        after = rule.format_all(before) if isinstance(rule, InBulk) else self._format_each(name, rule, rows, before)
        changed = pc.not_equal(before, after)
        rows = rows[changed.to_numpy(zero_copy_only=False)]
        self._replace(rows, after.filter(changed))
        return len(rows)

    def revise(self, name: str, rule: Reviser) -> int:
        """Run a reviser where it could do anything; return how many documents it changed and kept."""
        rows = self._rows(rule.could_touch(self.profile))
        changed: list[int] = []
        texts: list[str] = []
        for row, text in zip(rows.tolist(), self._texts(rows).to_pylist(), strict=True):
            try:
                after, reason = rule.revise(text)
                after.encode()
            except MemoryError:
                raise
            except Exception as error:
                self._crash(row, name, error)
                continue
            if reason is not None:
                self._drop(Dropped(row, name, reason))
            elif after != text:
                changed.append(row)
                texts.append(after)
        self._replace(np.array(changed, np.int64), pa.array(texts, pa.large_string()))
        return len(changed)

    def filter(self, name: str, rule: Filter) -> None:
        """Run a filter where it could drop."""
        rows = self._rows(rule.could_drop(self.profile))
        for row, text in zip(rows.tolist(), self._texts(rows).to_pylist(), strict=True):
            try:
                reason = rule.reason(text)
            except MemoryError:  # the machine's fault, not the document's
                raise
            except Exception as error:
                self._crash(row, name, error)
            else:
                if reason is not None:
                    self._drop(Dropped(row, name, reason))

    def documents(self, documents: Documents) -> Documents:
        """Return the documents still in, with their text as it stands."""
        edited = replace(documents, text=self.text)
        return edited if self.alive.all() else edited.take(np.flatnonzero(self.alive))

    def _rows(self, wanted: Bools) -> Int64s:
        """Return the rows that are wanted and still in."""
        return np.flatnonzero(wanted & self.alive)

    def _texts(self, rows: Int64s) -> pa.LargeStringArray:
        return self.text if len(rows) == len(self.text) else self.text.take(pa.array(rows))

    def _format_each(self, name: str, rule: Formatter, rows: Int64s, texts: pa.LargeStringArray) -> pa.LargeStringArray:
        """Return the texts as the rule edits them one by one; where it raises, the text as it was."""
        edited: list[str] = []
        for row, text in zip(rows.tolist(), texts.to_pylist(), strict=True):
            try:
                after = rule.format(text)
                after.encode()
            except MemoryError:
                raise
            except Exception as error:
                self._crash(row, name, error)
                after = text
            edited.append(after)
        return pa.array(edited, pa.large_string())

    def _replace(self, rows: Int64s, texts: pa.LargeStringArray) -> None:
        """Put edited texts in their rows and scan them again."""
        if len(rows) == len(self.text):
            self.text = texts
        elif len(rows):
            mask = np.zeros(len(self.text), np.bool_)
            mask[rows] = True
            self.text = pc.replace_with_mask(self.text, pa.array(mask), texts)
        found = profile(texts)
        self.profile.classes[rows] = found.classes
        self.profile.chars[rows] = found.chars

    def _drop(self, dropped: Dropped) -> None:
        self.alive[dropped.row] = False
        self.dropped.append(dropped)

    def _crash(self, row: int, name: str, error: Exception) -> None:
        self._drop(Dropped(row, name, f"crash:{name}:{type(error).__name__}", crashed=True))
