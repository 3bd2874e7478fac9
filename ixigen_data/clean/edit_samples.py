"""Samples of what rules do to documents: a few places of a few documents for each rule of a source."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from ixigen_data.clean.chain import Chain
from ixigen_data.clean.hunks import Hunk, hunks
from ixigen_data.clean.keys import document_keys
from ixigen_data.core.documents import Documents, Int64s
from ixigen_data.core.edits import first_difference
from ixigen_data.core.samples import MAX_ID_CHARS, EditedPlace, EditSample, Sampler, rank_of, shorten
from ixigen_data.core.steps import Formatter, Reviser, Rule, rule_name

_LOOKED_AT = 200  # documents that a rule edits in a task; in a common corpus it edits every second one
_AROUND_CHARS = 600  # of a text, on either side of its first edit
_SEARCHED_CHARS = 4_000  # on either side, searched for personal data: what announces a number may stand far before
_PLACES = 3  # of a document
_PLACE_CHARS = 120


@dataclass(frozen=True)
class _Candidate:
    """A document that a rule edited, until the end of the task."""

    source: str
    rule: Rule
    key: tuple[int, int]
    id: str
    excerpt: str  # whole lines around the first edit, as the rule met them
    searched: str  # the excerpt with much more around it

    @property
    def group(self) -> tuple[str, str, str]:
        return (self.source, rule_name(self.rule), "")

    @property
    def rank(self) -> int:
        return rank_of(*self.key)


class EditSampler:
    """Of the first documents that each rule edits in one task, those with the lowest ranks. A `Watch` of a chain.

    What rules for personal data take out is shown nowhere, nor any excerpt in which they find something.
    """

    def __init__(self, source: str, chain: Chain) -> None:
        self._source = source
        self._chain = chain
        self._sampler: Sampler[_Candidate] = Sampler()
        self._seen: Counter[str] = Counter()
        self._batch: Documents | None = None

    def begin(self, batch: Documents) -> None:
        """Tell which batch comes next: rows are those of it."""
        self._batch = batch

    def edited(self, rule: Rule, rows: Int64s, before: pa.LargeStringArray, after: pa.LargeStringArray) -> None:
        """Offer what a rule did."""
        name = rule_name(rule)
        looked_at = min(len(rows), _LOOKED_AT - self._seen[name])
        if rule.SECRET or looked_at <= 0 or self._batch is None:
            return
        self._seen[name] += looked_at
        keys = document_keys(before.slice(0, looked_at))
        for place, (hi, lo) in enumerate(keys.tolist()):
            if self._sampler.wants((self._source, name, ""), rank_of(hi, lo)):
                text: str = before[place].as_py()
                at = first_difference(text, after[place].as_py())
                identity = shorten(self._batch.id[int(rows[place])].as_py(), MAX_ID_CHARS)
                searched = text[max(0, at - _SEARCHED_CHARS) : at + _SEARCHED_CHARS]
                self._sampler.add(_Candidate(self._source, rule, (hi, lo), identity, _excerpt(text, at), searched))

    def chosen(self) -> Iterator[EditSample]:
        """Yield the samples, group by group."""
        for candidate in self._sampler.chosen():
            places = self._places(candidate)
            if places:
                hi, lo = candidate.key
                yield EditSample(
                    source=self._source,
                    rule=rule_name(candidate.rule),
                    number=candidate.rule.ID,
                    key=f"{hi:016x}{lo:016x}",
                    id=candidate.id,
                    places=places,
                )

    def _places(self, candidate: _Candidate) -> tuple[EditedPlace, ...]:
        """Return the first places of a candidate, none where a rule for personal data finds any there or near."""
        rule = candidate.rule
        assert isinstance(rule, Formatter | Reviser), "no other rule edits"
        try:
            if any(step.rule.SECRET for step in self._chain.text(candidate.searched)[1]):
                return ()
            found = hunks(candidate.excerpt, rule.edits(candidate.excerpt))[:_PLACES]
        except MemoryError:  # the machine's fault, not the document's
            raise
        except Exception:
            return ()
        return tuple(map(_place, found))


def _place(hunk: Hunk) -> EditedPlace:
    before, after = shorten(hunk.before, _PLACE_CHARS), shorten(hunk.after, _PLACE_CHARS)
    return EditedPlace(left=hunk.left, before=before, after=after, right=hunk.right)


def _excerpt(before: str, at: int) -> str:
    """Return the lines around the first difference; long ones are cut between words, so that the cut is no edit."""
    first, last = max(0, at - _AROUND_CHARS), min(len(before), at + _AROUND_CHARS)
    start = before.rfind("\n", first, at) + 1
    stop = before.find("\n", min(last, at + _AROUND_CHARS // 2), last)
    left = before[start or first : at]
    right = before[at : stop if stop >= 0 else last]
    if not start and first:
        left = left.partition(" ")[2].lstrip(" ")
    if stop < 0 and last < len(before):
        right = right.rpartition(" ")[0].rstrip(" ") or right
    return left + right
