"""Terms of a domain, as its people spell them."""

import csv
import functools
import re
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import field_validator

from ixigen_data.core.edits import Edit, apply
from ixigen_data.core.steps import Formatter
from ixigen_data.korean.transcripts.josa import AFTER_NOUN


class Lexicon(Formatter):
    """Writes terms as a recipe spells them: `terms: {오쥐: 5G}`, or a file of heard, tab, spelt (KOREAN S8).

    A term is replaced where it begins an eojeol and ends it but for a particle: with `{유플: LG U+}` "유플로" becomes
    "LG U+로", and "유플러스" stays. The longest term wins. A file is read with the recipe, whose fingerprint holds it.
    """

    ID: ClassVar[str] = "S8"

    rule: Literal["lexicon"] = "lexicon"
    terms: Mapping[str, str]

    @field_validator("terms", mode="before")
    @classmethod
    def _read(cls, terms: object) -> object:
        return _terms_of(Path(terms)) if isinstance(terms, str) else terms

    @field_validator("terms")
    @classmethod
    def _settles(cls, terms: Mapping[str, str]) -> Mapping[str, str]:
        """Refuse terms that would be replaced again the next time."""
        if not terms or not all(term.strip() == term and term for term in terms):
            raise ValueError("needs terms without space around them, such as {오쥐: 5G}")
        pattern = _pattern(tuple(terms))
        for term, spelling in terms.items():
            again = pattern.search(spelling)
            if again:
                raise ValueError(
                    f"{term}: {spelling!r} holds the term {again[0]!r}; write {again[0]!r} as it shall end"
                )
        return terms

    @property
    def triggers(self) -> str:
        """Return the Latin letters, digits and other code points that begin terms, where none begins with Hangul."""
        firsts = {term[0] for term in self.terms}
        return "" if any("가" <= first <= "힣" for first in firsts) else "".join(sorted(firsts))

    def format(self, text: str) -> str:
        """Return the text with its terms spelt.

        >>> Lexicon(terms={"오쥐": "5G", "유플": "LG U+"}).format("유플로 오쥐 요금제, 유플러스")
        'LG U+로 5G 요금제, 유플러스'
        """
        return apply(text, self.edits(text))

    def edits(self, text: str) -> list[Edit]:
        """Return one edit a term."""
        found = _pattern(tuple(self.terms)).finditer(text)
        return [Edit(term.start(), term[0], self.terms[term[0]]) for term in found]


@functools.lru_cache(maxsize=32)
def _pattern(terms: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(terms, key=len, reverse=True)
    return re.compile(rf"(?<![가-힣0-9A-Za-z])(?:{'|'.join(map(re.escape, longest_first))})(?![0-9A-Za-z]){AFTER_NOUN}")


def _terms_of(file: Path) -> dict[str, str]:
    """Return the terms of a file: a line holds what was heard, a tab, and how it is spelt.

    Raises:
        ValueError: it cannot be read, or a line is not like that.
    """
    try:
        rows = list(
            csv.reader(file.read_text(encoding="utf-8-sig").splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
        )
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{file} cannot be read: {error}; write a file of UTF-8 lines, or {{오쥐: 5G}}") from error
    for number, row in enumerate(rows, 1):
        if row and len(row) != 2:
            raise ValueError(f"{file}: line {number} has {len(row)} fields; write a term, a tab, and its spelling")
    return {row[0]: row[1] for row in rows if row}
