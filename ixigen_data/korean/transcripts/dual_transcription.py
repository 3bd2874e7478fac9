"""Words transcribed twice: as they are spelt and as they were heard."""

import re
from typing import ClassVar, Literal

from ixigen_data.korean.transcripts.lines import LineFormatter

_PAIR = re.compile(r"\(([^()\n]*)\)[ \t]*/[ \t]*\(([^()\n]*)\)")
_FORMULA = re.compile("[=×÷^]")  # a quotient, or a face
_SPELLING = re.compile(r"[0-9A-Za-z%]")


class DualTranscription(LineFormatter):
    """Keeps one side of "(70%)/(칠 십 퍼센트)" (KOREAN S1).

    The side that holds a digit, a Latin letter or a percent sign is the spelling. Where both or neither do, the data
    set decides: KsponSpeech and KtelSpeech write the spelling first, AI Hub 464 (회의) second.
    """

    ID: ClassVar[str] = "S1"
    TRIGGERS: ClassVar[str] = "/"

    rule: Literal["dual_transcription"] = "dual_transcription"
    default: Literal["first", "second"] = "first"
    keep: Literal["spelling", "pronunciation"] = "spelling"

    def lines(self, text: str) -> str:
        """Return the text with one side of every pair.

        >>> DualTranscription().lines("(70%)/(칠 십 퍼센트) 확률 (아마)")
        '70% 확률 (아마)'
        """
        return _PAIR.sub(self._side, text)

    def _side(self, pair: re.Match[str]) -> str:
        sides = pair[1].strip(), pair[2].strip()
        if not all(sides) or _FORMULA.search(pair[0]):
            return pair[0]
        first, second = (_SPELLING.search(side) is not None for side in sides)
        spelling = int(self.default == "second" if first == second else second)
        return sides[spelling if self.keep == "spelling" else 1 - spelling]
