"""Who speaks."""

import re
from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from ixigen_data.core.steps import Formatter

_AGENT, _CUSTOMER = "상담사", "고객"
_ROLES = {
    "상담사": _AGENT,
    "상담원": _AGENT,
    "agent": _AGENT,
    "고객": _CUSTOMER,
    "손님": _CUSTOMER,
    "customer": _CUSTOMER,
}
_TAG = re.compile(
    r"""^[ \t]*[\[(<]?(?:
        (?P<role>상담사|상담원|고객|손님|(?i:agent|customer))\d*
        | (?:화자[ ]?|(?i:spk_?))(?P<number>\d+)
        | (?P<letter>[AB]\d*)(?=[\])>]?[ \t]*[:：](?:\s|[가-힣]|$))  # "A1:B2" and "A:\\" are no turns
    )[\])>]?[ \t]*[:：][ \t]*""",
    re.MULTILINE | re.VERBOSE,
)


class SpeakerTags(Formatter):
    """Writes "상담사: ", "고객: ", "화자1: " and "A: " before turns, and joins turns of one speaker (KOREAN S4).

    A turn is a line; turns that follow each other without an empty or untagged line between are joined by a space.
    Where the speakers are told by number or letter, `roles` may say who they are: `{화자1: 상담사, 화자2: 고객}`.
    """

    ID: ClassVar[str] = "S4"
    TRIGGERS: ClassVar[str] = ":："

    rule: Literal["speaker_tags"] = "speaker_tags"
    roles: Mapping[str, str] = Field(default_factory=dict)

    def format(self, text: str) -> str:
        r"""Return the text with one kind of tag a speaker.

        >>> SpeakerTags().format("[상담원1] : 네\n상담사: 안녕하세요\n손님: 요금제요")
        '상담사: 네 안녕하세요\n고객: 요금제요'
        """
        if _TAG.search(text) is None:
            return text
        lines: list[str] = []
        speaking = None
        for line in text.split("\n"):
            tag = _TAG.match(line)
            speaker, said = (self._speaker(tag), line[tag.end() :]) if tag else (None, line)
            if speaker is not None and speaker == speaking:
                lines[-1] = f"{lines[-1]} {said}".rstrip(" ")
            else:
                lines.append(line if speaker is None else f"{speaker}: {said}".rstrip(" "))
            speaking = speaker
        return "\n".join(lines)

    def _speaker(self, tag: re.Match[str]) -> str:
        if tag["role"]:
            return _ROLES[tag["role"].lower()]
        name = f"화자{tag['number']}" if tag["number"] else tag["letter"]
        return self.roles.get(name, name)
