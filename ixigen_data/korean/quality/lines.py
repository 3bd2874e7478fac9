"""Lines that no reader came for: what newspapers and shops write at the end of every page, and fragments."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from ixigen_data.core.edits import Edit
from ixigen_data.core.steps import Reviser, Revision
from ixigen_data.korean.quality.korean_only import KoreanOnly
from ixigen_data.korean.quality.phrases import Phrases

if TYPE_CHECKING:
    import pyarrow as pa

COUNT = "boilerplate_lines"
# Compared without spaces, and with ASCII letters small.
NEWS_TAILS = (
    "무단전재",
    "무단복제",
    "재배포금지",
    "저작권자ⓒ",
    "저작권자(c)",
    "저작권자©",
    "copyrightⓒ",
    "copyright©",
    "copyright(c)",
    "allrightsreserved",
    "제보는카카오톡",
    "카카오톡:",
    "뉴스제보",
    "영상편집:",
    "영상취재:",
    "촬영기자:",
    "▶",
    "☞",
)
FOOTERS = (
    "대표이사:",
    "대표자명:",
    "사업자등록번호:",
    "통신판매번호:",
    "통신판매업신고",
    "청소년보호책임자",
    "개인정보관리책임자",
    "개인정보보호책임자:",
    "개인정보처리방침",
    "대표전화:",
    "발행인:",
    "편집인:",
    "등록번호:",
    "신문등록번호:",
    "간행물등록번호:",
    "호스팅제공",
    "호스팅서비스",
)
_LAST_LINES = 15  # how far from the end a tail may begin
_MOST_CHARS = 200  # a longer line is part of the text
_MOST_BYTES = 4 * _MOST_CHARS
# What stands behind an arrow, where it is more than a bullet.
_PROMOTION = re.compile(r"구독|바로가기|제보|홈페이지|채널|유튜브|페이스북|카카오|네이버|클릭|이벤트|앱|뉴스")
_MAIL = re.compile(r"기자\s*[=(\[]?\s*[\w.+-]+@[\w-]+\.[\w.]+\W*$")
_ARROWS = ("▶", "☞")
# A sentence by its ending, and an item of a list or a statute: text, whatever words it holds.
_SENTENCE = re.compile(r"(?:다[.!?]?|[요오까죠함음됨임][.!?])[\"'”’)\]]*$")
_MOST_ENDING = 8
_ITEM = re.compile(r"(?:\d{1,3}[.)]|\(\d{1,3}\)|[가-하][.)]|[①-⑳]|제\d+[조항호])(?!\d)")
# What forbids copying is a tail, as a sentence too. Compared as NEWS_TAILS are.
_LEGAL = re.compile(
    r"저작권자(?:ⓒ|©|\(c\))|copyright(?:ⓒ|©|\(c\))|allrightsreserved"
    r"|무단(?:전재|복제|재?배포|사용|이용|ai|학습|활용|행위|및|와|과|등|[을를은는]|[-·,/&])+(?:금지(?![하했한])|금지합니다|금합니다|금함)"
)
_CLOSED = (".", "?", "]", '"')
_LEAST_CHARS, _LEAST_EOJEOLS, _MOST_REPEATED = 32, 16, 0.2


class KoreanLines(KoreanOnly, Reviser):
    """Deletes the boilerplate at the end of a document: a newspaper's tail, or the footer of a page.

    It begins at the first of the last 15 lines from which on at least half are boilerplate. Sentences, numbered items
    and lines of more than 200 code points never are, nor does it reach over them; sentences that forbid copying are. A
    text of nothing else is left alone.

    With `haerae` it also deletes the lines that HAERAE's KOREAN-WEBTEXT leaves out: of at most 16 eojeols or 32 code
    points, with more than a fifth of the eojeols repeated, or that end without . ? ] or ". That keeps long sentences
    alone, and costs a look at every document.

    Source: tails and footers after EleutherAI's dps; HAERAE's as its data card gives them.
    """

    rule: Literal["korean_lines"] = "korean_lines"
    news_tails: bool = True
    footers: bool = True
    haerae: bool = False

    def revise(self, text: str) -> Revision:
        r"""Return what is left of a text, with the number of lines deleted.

        >>> KoreanLines().revise("눈이 온다.\n<저작권자 ⓒ 가나일보, 무단 전재-재배포 금지>").text
        '눈이 온다.'
        """
        lines = text.split("\n")
        kept = self._kept(lines)
        if len(kept) == len(lines):
            return Revision(text)
        deleted = sum(1 for line in lines if line.strip(" \t")) - sum(1 for line in kept if line.strip(" \t"))
        return Revision("\n".join(kept), counts={COUNT: deleted})

    def revise_all(self, text: pa.LargeStringArray) -> Mapping[int, Revision]:
        """Return the revisions of the documents that change, by row."""
        rows: Sequence[int] = range(len(text))
        if not self.haerae:
            # Most documents are judged by their last lines, where they lie in the column.
            rows = np.flatnonzero(_hints().in_last_lines(text, _MOST_BYTES)).tolist()
        revisions = {row: self.revise(text[row].as_py()) for row in rows}
        return {row: revision for row, revision in revisions.items() if revision.counts}

    def edits(self, text: str) -> Sequence[Edit]:
        """Return the tail as one edit."""
        revised = self.revise(text).text
        if text.startswith(revised) and not self.haerae:
            return [Edit(len(revised), text[len(revised) :], "")] if revised != text else []
        return tuple(super().edits(text))

    def _kept(self, lines: list[str]) -> list[str]:
        kept = lines[: self._tail(lines)]
        if len(kept) < len(lines):
            while kept and not kept[-1].strip(" \t"):
                kept.pop()
            kept = kept or lines
        return [line for line in kept if not line.strip(" \t") or _says_something(line)] if self.haerae else kept

    def _tail(self, lines: Sequence[str]) -> int:
        """Return where the tail begins: the number of lines, where there is none."""
        start, boilerplate, inked = len(lines), 0, 0
        for number in range(len(lines) - 1, -1, -1):
            line = lines[number].strip(" \t")
            if not line:
                continue
            if _is_text(line):
                break
            inked += 1
            if self._is_boilerplate(line):
                boilerplate += 1
                if boilerplate * 2 >= inked:
                    start = number
            elif not boilerplate:
                break
            if inked == _LAST_LINES:
                break
        return start

    def _is_boilerplate(self, line: str) -> bool:
        bare = line.replace(" ", "").lower()
        if self.footers and any(_stands_in(bare, phrase) for phrase in FOOTERS):
            return True
        if not self.news_tails:
            return False
        if bare.startswith(_ARROWS):
            return _PROMOTION.search(bare) is not None
        if _MAIL.search(line):
            return True
        return any(phrase in bare for phrase in NEWS_TAILS if phrase not in _ARROWS)


@functools.cache
def _hints() -> Phrases:
    """Return phrases of which every last line of boilerplate holds one; ASCII letters may be large or small there."""
    letters = {"copyrightⓒ": "ⓒ", "copyright©": "©", "copyright(c)": "opyright", "allrightsreserved": "ights"}
    phrases = {letters.get(phrase, phrase) for phrase in (*NEWS_TAILS, *FOOTERS)}
    return Phrases(sorted(phrases | {"기자", "OPYRIGHT", "IGHTS", "저작권자(C)"}))


def _is_text(line: str) -> bool:
    """Return whether a line is none of a tail: too long, a sentence or an item."""
    if len(line) > _MOST_CHARS or _ITEM.match(line):
        return True
    return bool(_SENTENCE.search(line[-_MOST_ENDING:])) and not _LEGAL.search(line.replace(" ", "").lower())


def _stands_in(bare: str, phrase: str) -> bool:
    """Return whether a footer's phrase is found; "등록번호:" as a word of its own, for cars have one too."""
    at = bare.find(phrase)
    return at >= 0 and (phrase != "등록번호:" or not bare[:at][-1:].isalnum())


def _says_something(line: str) -> bool:
    """Return whether HAERAE's rules keep a line."""
    eojeols = line.split()
    repeated = len(eojeols) - len(set(eojeols))
    return (
        len(line) > _LEAST_CHARS
        and len(eojeols) > _LEAST_EOJEOLS
        and repeated <= _MOST_REPEATED * len(eojeols)
        and line.rstrip().endswith(_CLOSED)
    )
