"""Rules one after the other over a batch, each on the documents that it could touch."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ixigen_data.clean.scan import Scanner
from ixigen_data.core.documents import Bools, Documents, Int64s
from ixigen_data.core.edits import Edit
from ixigen_data.core.errors import IxigenError
from ixigen_data.core.ledger import Account
from ixigen_data.core.steps import (
    Filter,
    FiltersInBulk,
    FormatsInBulk,
    Formatter,
    Note,
    Reviser,
    RevisesInBulk,
    Revision,
    Rule,
    rule_name,
)

EMPTY = "empty"
_Told = TypeVar("_Told")


class Watch(Protocol):
    """Looks on while rules edit a batch."""

    def edited(self, rule: Rule, rows: Int64s, before: pa.LargeStringArray, after: pa.LargeStringArray) -> None:
        """Take what a rule did to some rows of the batch that came in."""


@dataclass(frozen=True)
class Dropped:
    """A document that a rule dropped, or that crashed it."""

    row: int  # in the batch that came in
    rule: str
    reason: str  # "length_short"; "crash:nfc:ValueError" for a crash
    crashed: bool = False


@dataclass(frozen=True)
class Noted:
    """What a rule tells of a document."""

    row: int  # in the batch that came in
    rule: str
    note: Note


@dataclass(frozen=True)
class Step:
    """What one rule did to a text."""

    rule: Rule
    before: str
    after: str

    @property
    def name(self) -> str:
        """The name by which a recipe calls the rule."""
        return rule_name(self.rule)

    def edits(self) -> Sequence[Edit]:
        """Return what it did, place by place."""
        assert isinstance(self.rule, Formatter | Reviser)
        return tuple(self.rule.edits(self.before))


def rules_for(rules: Sequence[Rule], source: str, language: str | None) -> tuple[Rule, ...]:
    """Return the rules that run on a source, in order; presets give way to what they stand for."""
    return tuple(each for rule in rules if rule.applies_to(source, language) for each in rule.resolved(language))


class Chain:
    """Rules in the order of the recipe. White documents are dropped as "empty", whatever the rules."""

    def __init__(self, rules: Sequence[Rule], enter: Callable[[str], None] | None = None) -> None:
        """`enter` is told each rule's name before the rule runs on a batch."""
        self._enter = enter
        self.rules = tuple(each for rule in rules for each in rule.resolved(None))
        self._names = tuple(map(rule_name, self.rules))
        self._scanner = Scanner(self.rules)

    def run(
        self, documents: Documents, account: Account, watch: Watch | None = None, notes: list[Noted] | None = None
    ) -> tuple[Documents, list[Dropped]]:
        """Return the documents that are left, in order, and those that are not, in the order of their going.

        A rule that raises on a document takes that document out, and nothing else. The account gains everything, and
        `notes`, where it is given, what rules note.
        """
        batch = _Batch(documents.text, self._scanner, account, watch)
        batch.drop_empty()
        for number, (name, rule) in enumerate(zip(self._names, self.rules, strict=True)):
            if self._enter is not None:
                self._enter(name)
            rows = batch.rows_for(number, rule)
            if isinstance(rule, Formatter):
                batch.format(name, rule, rows)
            elif isinstance(rule, Reviser):
                noted = batch.revise(name, rule, rows)
                if notes is not None:
                    notes += noted
            elif isinstance(rule, Filter):
                batch.filter(name, rule, rows)
        kept = batch.documents(documents)
        account.documents_in += len(documents)
        account.documents_out += len(kept)
        for dropped in batch.dropped:
            if dropped.crashed:
                account.quarantined += 1
            else:
                account.dropped[dropped.reason] += 1
        return kept, batch.dropped

    def edit(self, text: pa.LargeStringArray) -> pa.LargeStringArray:
        """Return texts after every rule that edits, whether or not one would drop them; raises where a rule does."""
        for number, rule in enumerate(self.rules):
            rows = np.flatnonzero(rule.could_touch(self._scanner.scan(text).seen_by(number)))
            if len(rows) and isinstance(rule, Formatter | Reviser):
                edited = _edited_texts(rule, text.take(pa.array(rows)))
                mask = np.zeros(len(text), np.bool_)
                mask[rows] = True
                text = pc.replace_with_mask(text, pa.array(mask), edited)
        return text

    def text(self, text: str) -> tuple[str, list[Step]]:
        """Return a text after every rule that edits, whether or not one would drop it, and what each of them did."""
        steps: list[Step] = []
        for rule in self.rules:
            if isinstance(rule, Formatter | Reviser):
                edited = rule.format(text) if isinstance(rule, Formatter) else rule.revise(text).text
                if edited != text:
                    steps.append(Step(rule, text, edited))
                text = edited
        return text, steps


class _Batch:
    """The state of a batch between rules: its text and profile as they stand, and which documents are still in."""

    def __init__(self, text: pa.LargeStringArray, scanner: Scanner, account: Account, watch: Watch | None) -> None:
        self.text = text
        self.alive: Bools = np.ones(len(text), np.bool_)
        self.dropped: list[Dropped] = []
        self._scanner = scanner
        self._found = scanner.scan(text)
        self._account = account
        self._watch = watch

    def drop_empty(self) -> None:
        """Drop the documents that are white throughout."""
        for row in np.flatnonzero(~self._found.has_ink & self.alive).tolist():
            self._drop(Dropped(row, EMPTY, EMPTY))

    def rows_for(self, number: int, rule: Rule) -> Int64s:
        """Return the rows that a rule could touch and that are still in."""
        return np.flatnonzero(rule.could_touch(self._found.seen_by(number)) & self.alive)

    def format(self, name: str, rule: Formatter, rows: Int64s) -> None:
        """Run a formatter on some rows."""
        if not len(rows):
            return
        before = self._texts(rows)
        after = self._in_bulk(rule.format_all, before) if isinstance(rule, FormatsInBulk) else None
        if after is None:
            edited = dict(self._one_by_one(name, lambda text: _encodable(rule.format(text)), rows, before))
            after = pa.array(
                [edited.get(row, text) for row, text in zip(rows.tolist(), before.to_pylist(), strict=True)],
                pa.large_string(),
            )
        changed = pc.not_equal(before, after)
        rows = rows[changed.to_numpy(zero_copy_only=False)]
        self._edited(rule, rows, after.filter(changed))

    def revise(self, name: str, rule: Reviser, rows: Int64s) -> list[Noted]:
        """Run a reviser on some rows; return what it notes of them."""
        if not len(rows):
            return []
        before = self._texts(rows)
        found = self._in_bulk(rule.revise_all, before) if isinstance(rule, RevisesInBulk) else None
        if found is None:
            revisions = self._one_by_one(name, lambda text: _revision(rule, text), rows, before)
        else:
            revisions = ((int(rows[place]), found[place]) for place in sorted(found))
        changed, texts = [], []
        noted: list[Noted] = []
        for row, revision in revisions:
            self._account.counts.update(revision.counts)
            noted += [Noted(row, name, note) for note in revision.notes]
            if revision.reason is not None:
                self._drop(Dropped(row, name, revision.reason))
            elif revision.text != self.text[row].as_py():
                changed.append(row)
                texts.append(revision.text)
        self._edited(rule, np.array(changed, np.int64), pa.array(texts, pa.large_string()))
        return noted

    def filter(self, name: str, rule: Filter, rows: Int64s) -> None:
        """Run a filter on some rows."""
        if not len(rows):
            return
        texts = self._texts(rows)
        found = self._in_bulk(rule.reason_all, texts) if isinstance(rule, FiltersInBulk) else None
        if found is None:
            for row, reason in list(self._one_by_one(name, rule.reason, rows, texts)):
                if reason is not None:
                    self._drop(Dropped(row, name, reason))
            return
        for place in sorted(found):
            self._drop(Dropped(int(rows[place]), name, found[place]))

    def documents(self, documents: Documents) -> Documents:
        """Return the documents still in, with their text as it stands."""
        edited = replace(documents, text=self.text)
        return edited if self.alive.all() else edited.take(np.flatnonzero(self.alive))

    def _texts(self, rows: Int64s) -> pa.LargeStringArray:
        return self.text if len(rows) == len(self.text) else self.text.take(pa.array(rows))

    def _in_bulk(self, work: Callable[[pa.LargeStringArray], _Told], texts: pa.LargeStringArray) -> _Told | None:
        """Return what a rule makes of a column; None where it raises, so that one by one the document is found."""
        try:
            return work(texts)
        except (MemoryError, IxigenError):  # the machine's fault, not the document's
            raise
        except Exception:
            return None

    def _one_by_one(
        self, name: str, work: Callable[[str], _Told], rows: Int64s, texts: pa.LargeStringArray
    ) -> Iterator[tuple[int, _Told]]:
        """Yield rows with what a rule makes of each; a document on which it raises is out."""
        for row, text in zip(rows.tolist(), texts.to_pylist(), strict=True):
            try:
                told = work(text)
            except (MemoryError, IxigenError):
                raise
            except Exception as error:
                self._drop(Dropped(row, name, f"crash:{name}:{type(error).__name__}", crashed=True))
            else:
                yield row, told

    def _edited(self, rule: Rule, rows: Int64s, texts: pa.LargeStringArray) -> None:
        """Put edited texts in their rows, scan them again, and drop those that are white now."""
        if not len(rows):
            return
        self._account.edited[rule_name(rule)] += len(rows)
        if self._watch is not None:
            self._watch.edited(rule, rows, self._texts(rows), texts)
        if len(rows) == len(self.text):
            self.text = texts
        else:
            mask = np.zeros(len(self.text), np.bool_)
            mask[rows] = True
            self.text = pc.replace_with_mask(self.text, pa.array(mask), texts)
        self._found.put(rows, self._scanner.scan(texts))
        self.drop_empty()

    def _drop(self, dropped: Dropped) -> None:
        self.alive[dropped.row] = False
        self.dropped.append(dropped)


def _edited_texts(rule: Formatter | Reviser, text: pa.LargeStringArray) -> pa.LargeStringArray:
    if isinstance(rule, FormatsInBulk):
        return rule.format_all(text)
    texts: list[str] = text.to_pylist()
    if isinstance(rule, RevisesInBulk):
        for row, revision in rule.revise_all(text).items():
            texts[row] = revision.text
    elif isinstance(rule, Reviser):
        texts = [rule.revise(each).text for each in texts]
    else:
        texts = list(map(rule.format, texts))
    return pa.array(texts, pa.large_string())


def _encodable(text: str) -> str:
    text.encode()  # else the surrogate breaks the batch later, and no document is named
    return text


def _revision(rule: Reviser, text: str) -> Revision:
    revision = rule.revise(text)
    _encodable(revision.text)
    return revision
