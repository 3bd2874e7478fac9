"""Decontamination."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from pydantic import Field, model_validator

from ixigen_data.core.steps import Reviser, Revision, Rule
from ixigen_data.dedup.decontaminate.found import Contamination
from ixigen_data.dedup.decontaminate.limits import Limits
from ixigen_data.dedup.decontaminate.suites import Suites, SuiteSettings

if TYPE_CHECKING:
    import pyarrow as pa

    from ixigen_data.dedup.decontaminate.index import PassageIndex
    from ixigen_data.dedup.decontaminate.search import Match

REASON = "contaminated"
COUNT = f"{REASON}/"  # before a suite, a slash and an item's id, among an account's counts

_MOST_PASSES = 4  # what stood apart may stand together once lines are gone


class Decontaminate(Reviser):
    """Keeps evaluation items out: no document may hold one, or too much of one.

    A passage is one text of an item: its question, a choice. Passages and documents are compared in lower-case letters,
    marks and numbers of NFC alone, so that spacing and punctuation hide nothing. What is looked for are runs of
    `ngram` such characters that a passage and a document have in common. A document holds too much of a passage where
    those that stand in one place, within twice the passage's length, cover `ratio` of it, and `min_chars` characters
    at least: a quotation, a proverb or a formula of the law is less. Runs in more than 64 passages of the suites are
    how items are worded, and count for none.

    A passage shorter than `min_chars` is looked for as a whole line of a document: a dozen letters are an ordinary
    phrase within a text, and in a text without spaces they also come about by chance, from the end of one word and the
    beginning of another; a line that says nothing else seldom is. Below `min_line` even a line tells nothing ("예", a
    place name, "좋아요"), and such a passage is not looked for; `check` tells how many there are.

    `document` drops what is contaminated; `span` takes out the lines that hold any run of the passage, and drops what
    has no other lines. Whole lines: what is left then ends where its author ended it, and the answer, which stands
    behind the question as a rule, goes too.
    """

    CODE_SAFE: ClassVar[bool] = True

    rule: Literal["decontaminate"] = "decontaminate"
    suites: Suites
    action: Literal["document", "span"] = "document"
    ngram: int = Field(default=13, ge=8, le=256)
    ratio: float = Field(default=0.6, gt=0, le=1)
    min_chars: int = Field(default=20, ge=9)
    min_line: int = Field(default=10, ge=1)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not self.min_line <= self.min_chars or not self.ngram < self.min_chars:
            told = f"got min_line {self.min_line}, ngram {self.ngram}, min_chars {self.min_chars}"
            raise ValueError(f"min_chars must be above ngram, and min_line no more than it; {told}")
        names = Counter(suite.name for suite in self.suites)
        for name, count in names.items():
            if count > 1:
                raise ValueError(f"suites: {count} suites are called {name!r}; name each differently")
        return self

    def resolved(self, language: str | None) -> tuple[Rule, ...]:
        """Return the rule with the digests of the suites as they are now: with other items it is another rule.

        Raises:
            DedupError: a suite is missing, empty or cannot be read, or its items are not those of its digest.
        """
        del language
        from ixigen_data.dedup.decontaminate.items import digest_of  # noqa: PLC0415 - start-up: Arrow

        now = tuple(suite.model_copy(update={"digest": digest_of(suite)}) for suite in self.suites)
        return (self if now == self.suites else self.model_copy(update={"suites": now}),)

    def inputs(self) -> list[str]:
        """Return the digests of the suites' items.

        Raises:
            DedupError: see `resolved`.
        """
        (now,) = self.resolved(None)
        assert isinstance(now, Decontaminate)
        return [suite.digest or "" for suite in now.suites]

    def index(self) -> PassageIndex:
        """Return what is looked for; of a resolved rule it is made once in a process.

        Raises:
            DedupError: see `resolved`.
        """
        (now,) = (self,) if all(suite.digest for suite in self.suites) else self.resolved(None)
        assert isinstance(now, Decontaminate)
        return _index_of(now.suites, self.ngram, self.ratio, self.min_chars, self.min_line)

    def revise(self, text: str) -> Revision:
        """Return the text without the lines that hold passages, or why it is dropped ("contaminated").

        A dropped text is returned as it is. The counts have one for each item found, the notes one for each passage.
        """
        from ixigen_data.dedup.decontaminate.search import find_passages  # noqa: PLC0415 - start-up: Arrow

        index = self.index()
        found = find_passages(text, index)
        if not found:
            return Revision(text)
        if self.action == "document":
            return self._revision(text, found, index, dropped=True)
        left, met = text, {match.passage: match for match in found}
        for _ in range(_MOST_PASSES):
            left = without_lines(left, {line for match in found for line in match.lines})
            found = find_passages(left, index)
            met = {match.passage: match for match in found} | met
            if not found:
                break
        dropped = bool(found) or not left.strip()
        return self._revision(text if dropped else left, met.values(), index, dropped=dropped)

    def revise_all(self, text: pa.LargeStringArray) -> Mapping[int, Revision]:
        """Return what `revise` makes of the documents that hold items."""
        from ixigen_data.dedup.decontaminate.search import rows_to_search  # noqa: PLC0415 - start-up: Arrow

        found = ((row, self.revise(text[row].as_py())) for row in rows_to_search(text, self.index()).tolist())
        return {row: revision for row, revision in found if revision.notes}

    def _revision(self, text: str, found: Iterable[Match], index: PassageIndex, *, dropped: bool) -> Revision:
        action: Literal["dropped", "edited"] = "dropped" if dropped else "edited"
        notes = {
            owner[:3]: Contamination(*owner[:3], match.chars, match.ratio, action).note()
            for match in found
            for owner in index.owners[match.passage]
        }
        counts = dict.fromkeys((f"{COUNT}{suite}/{item}" for suite, item, _ in notes), 1)
        return Revision(text, REASON if dropped else None, counts, tuple(notes.values()))


def without_lines(text: str, numbers: Collection[int]) -> str:
    """Return a text without some of its lines, and without blank lines that would stand beside others then.

    >>> without_lines("a\\n\\nb\\n\\nc", {2})
    'a\\n\\nc'
    """
    kept: list[str] = []
    behind_gap = False  # whether the line before was taken out
    for number, line in enumerate(text.split("\n")):
        if number in numbers:
            behind_gap = True
        elif not (behind_gap and not line.strip() and (not kept or not kept[-1].strip())):
            kept.append(line)
            behind_gap = False
    if behind_gap:
        while kept and not kept[-1].strip():
            kept.pop()
    return "\n".join(kept)


@functools.lru_cache(maxsize=2)
def _index_of(
    suites: tuple[SuiteSettings, ...], ngram: int, ratio: float, min_chars: int, min_line: int
) -> PassageIndex:
    from ixigen_data.dedup.decontaminate.index import PassageIndex  # noqa: PLC0415 - start-up: Arrow
    from ixigen_data.dedup.decontaminate.items import read_suite  # noqa: PLC0415

    passages = [passage for suite in suites for passage in read_suite(suite)]
    return PassageIndex.of(passages, Limits(ngram, ratio, min_chars, min_line))
