"""Names and numbers that were anonymised with circles."""

import re
from typing import ClassVar, Literal

from ixigen_data.core.edits import Edit, apply
from ixigen_data.core.steps import Formatter

_CIRCLES = re.compile(r"(?<![ㄱ-ㅎㅏ-ㅣ])[ㅇ○◯]{2,}(?![ㄱ-ㅎㅏ-ㅣ])")
_LABEL = "[비식별]"


class Anonymised(Formatter):
    """Writes "[비식별]" for two circles or more, as AI Hub 98 has them; "ㅇㅇㅋ" is no circle (KOREAN S8)."""

    ID: ClassVar[str] = "S8"
    TRIGGERS: ClassVar[str] = "ㅇ○◯"

    rule: Literal["anonymised"] = "anonymised"

    def format(self, text: str) -> str:
        """Return the text with a label in place of circles.

        >>> Anonymised().format("○○카드 ㅇㅇㅇ 고객님 ○ 항목")
        '[비식별]카드 [비식별] 고객님 ○ 항목'
        """
        return apply(text, self.edits(text))

    def edits(self, text: str) -> list[Edit]:
        """Return one edit a run of circles."""
        return [Edit(circles.start(), circles[0], _LABEL) for circles in _CIRCLES.finditer(text)]
