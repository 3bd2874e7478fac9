"""The marks of AI Hub's transcription rules."""

import re
from typing import ClassVar, Literal

from ixigen_data.korean.transcripts.lines import LineFormatter

_NOISE = r"(?:[blonu]/)+"
# Any one syllable, and words that speakers win time with; other words before a slash may be items of a list.
_FILLERS = (
    "이제 인제 그냥 약간 그니까 그러니까 그래서 아니 근데 그런데 뭐라 뭐랄까 뭐지 뭐냐 뭐야 뭔가 이게 그게 저게 "
    "저기 거기 여기 이거 그거 저거 그런 이런 저런 그래 그렇게 이렇게 으음 어어 아아 음음 그그 응응 네네 예예 "
    "진짜 있잖아 되게 하여튼 아무튼 어쨌든 일단 사실 솔직히"
).replace(" ", "|")
_FILLER = rf"([가-힣]|{_FILLERS})/\*?"
_ABORTED = r"(?:[가-힣ㄱ-ㅎ]{1,5}\+\*?)+"
_PRODUCTS = r"(?!(?:디즈니|애플|애플티비|노트|프로)\+)"  # names that end in a plus sign

_DROPPED = re.compile(f"{_NOISE}|{_FILLER}|{_PRODUCTS}{_ABORTED}")
_DROPPED_BUT_FILLERS = re.compile(f"{_NOISE}|{_PRODUCTS}{_ABORTED}")
_LAST = ("/", "+", "*")
_FILLER_MARK = re.compile(rf"(?<!\S){_FILLER}(?!\S)")
# Glued to a word: before it, unless a number stands before ("30 l/분" is a rate), or behind it.
_GLUED_BEFORE = re.compile(r"[blonu](?:(?<=^.)|(?<=[^\d\s][ \t].))/(?:[blonu]/)*(?=[가-힣(])", re.MULTILINE)
_GLUED_BEHIND = re.compile(r"[blonu](?<=[가-힣.,?!].)/(?:[blonu]/)*(?!\S)")
_UNCLEAR = re.compile(r"(?<!\S)([^\s*]*[가-힣])\*(?=[.,?!]*(?!\S))")
_OTHER_STAR = re.compile(r"\*(?![\s.,?!]|$)")  # emphasis, a product, a masked name: the line's stars mean that


class AihubMarkers(LineFormatter):
    """Deletes the marks of AI Hub's transcription rules 1.2.3, 1.4.1 and 1.9 (KOREAN S2).

    "b/" breath, "l/" laughter, "o/" another speaker, "n/" noise and "u/" what nobody understands go; a filler ("아/")
    goes, or loses its mark; an aborted word ("모+") goes; a word heard unclearly ("몬*") loses its mark. A mark is a
    word of its own: "http://", "TCP/IP", "l/s", "3/4", "2*3" and "***" are none.
    """

    ID: ClassVar[str] = "S2"
    TRIGGERS: ClassVar[str] = "/+*"

    rule: Literal["aihub_markers"] = "aihub_markers"
    fillers: Literal["drop", "keep"] = "drop"

    def lines(self, text: str) -> str:
        """Return the text without marks.

        >>> AihubMarkers().lines("b/ 아/ 모+ 몬* 소리야 n/")
        '몬 소리야'
        >>> AihubMarkers(fillers="keep").lines("b/ 아/ 모+ 몬* 소리야 n/")
        '아 몬 소리야'
        """
        text = _without(_DROPPED if self.fillers == "drop" else _DROPPED_BUT_FILLERS, text)
        if "/" in text:
            text = _GLUED_BEHIND.sub("", _GLUED_BEFORE.sub("", text))
            text = _FILLER_MARK.sub(r"\1", text) if self.fillers == "keep" else text
        return "\n".join(map(_without_stars, text.split("\n"))) if "*" in text else text


def _without(words: re.Pattern[str], text: str) -> str:
    """Return the text without some words, each with the space that goes with it.

    The words are split, not searched for: of most of them the last character says enough.
    """
    split = text.replace("\n", " \n ").split(" ")
    kept = " ".join([word for word in split if word[-1:] not in _LAST or words.fullmatch(word) is None])
    return kept.replace(" \n", "\n").replace("\n ", "\n")


def _without_stars(line: str) -> str:
    return line if _OTHER_STAR.search(line) else _UNCLEAR.sub(r"\1", line)
