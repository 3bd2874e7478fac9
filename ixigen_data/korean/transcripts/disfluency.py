"""Hesitation and false starts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from ixigen_data.core.documents import text_buffers
from ixigen_data.core.splicing import Splice, spliced
from ixigen_data.core.steps import Formatter
from ixigen_data.korean.transcripts.disfluency_kernel import find_hesitant

if TYPE_CHECKING:
    import pyarrow as pa

# "에" is a particle too, and typists put a space before it: it counts at the beginning of what is said, unless one of
# the words comes next that take it ("에 대한").
_FILLERS = "어|음|으음|엄|흠"
_PAUSE = r"(?:,|…|\.{2,3})?"
_BEGINS, _ENDS = r"(?<![^ \t\n])", r"(?![^ \t\n])"  # of a word
_FIRST = rf"(?:{_FILLERS}|(?:^|(?<=[,.?!…:：] ))에(?! [대의관따있비불])){_PAUSE}"
_NEXT = rf"(?:{_FILLERS}|에(?! [대의관따있비불])){_PAUSE}"
# Before a word, or behind one at the line's end; a line or turn that holds nothing else is an answer and stays.
_FILLER = re.compile(
    rf"{_BEGINS}{_FIRST} (?:{_NEXT} )*(?=[^ \t\n])|(?<=[^ \t\n:：]) {_FIRST}(?: {_NEXT})*$", re.MULTILINE
)
_NUMERALS = "공영일이삼사오육륙칠팔구빵십백천만억조"
# Words that are doubled because they mean so.
_DOUBLED = (
    "네 예 하나 그때 가지 따로 차례 조금 오래 고루 두고 길이 거듭 자주 널리 천천히 하루 매일 매주 매달 매년 "
    "다음 몇 한걸음 한푼 한글자 한순간 구석 방울 차곡 차근 부랴 바득 주룩 두근 반짝 살금 엉금 뚜벅 새록"
).replace(" ", "|")
_REPEATED = re.compile(rf"{_BEGINS}(?!(?:{_DOUBLED}) )(?![{_NUMERALS}]+ )([가-힣]{{1,3}})(?: \1)+{_ENDS}")
_ANSWERS = re.compile(rf"{_BEGINS}(네|예)(?: \1){{2,}}{_ENDS}")
_WORDS = np.array([word.encode() for word in "어 음 으음 에 엄 흠".split()], np.bytes_)
_ROOM = 1 << 14  # lines found at a time


class Disfluency(Formatter):
    """Drops "어", "음", "으음", "에", "엄" and "흠" that stand alone, and keeps one of a word said again (KOREAN S5).

    Words of up to three syllables count as said again: "그 그 요금제" becomes "그 요금제". "네 네" stays, as do
    numerals, which may be digits read one by one, and words that are doubled because they mean so ("하나 하나"). A turn
    of nothing but a filler is an answer and stays.
    """

    ID: ClassVar[str] = "S5"

    rule: Literal["disfluency"] = "disfluency"

    def format(self, text: str) -> str:
        """Return the text without hesitation.

        >>> Disfluency().format("어 그 그 요금제 음 바꿔 주세요 네 네")
        '그 요금제 바꿔 주세요 네 네'
        """
        text = _FILLER.sub("", text)
        text = _REPEATED.sub(r"\1", text)
        return _ANSWERS.sub(r"\1 \1", text) if "네 네 네" in text or "예 예 예" in text else text

    def format_all(self, text: pa.LargeStringArray) -> pa.LargeStringArray:
        """Return what `format` makes of each text, looking only at lines in which a kernel found something."""
        data, offsets = text_buffers(text)
        fillers = _WORDS.view(np.uint8).reshape(len(_WORDS), -1)
        lines = np.empty((_ROOM, 2), np.int64)
        splices: list[Splice] = []
        place, found = int(offsets[0]), _ROOM
        while found == _ROOM:
            found = find_hesitant(data, offsets, place, fillers, lines)
            for start, stop in lines[:found].tolist():
                line = str(data.data[start:stop], "utf-8")
                edited = self.format(line)
                if edited != line:
                    splices.append(Splice(start, stop, edited.encode()))
            place = int(lines[found - 1, 1])
        return spliced(text, splices)
