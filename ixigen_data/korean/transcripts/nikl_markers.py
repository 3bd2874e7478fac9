"""The marks of the dialogue and messenger corpora of the National Institute of Korean Language."""

import re
from typing import ClassVar, Literal

from ixigen_data.korean.transcripts.lines import LineFormatter

# What a corpus calls a value that it took out, and the label that rules for personal data write.
LABELS = {
    "name": "[이름]",
    "social-security-num": "[주민등록번호]",
    "card-num": "[카드번호]",
    "address": "[주소]",
    "tel-num": "[전화번호]",
    "company-name": "[회사명]",
    "account": "[계좌번호]",
    "bank-account": "[계좌번호]",
    "num": "[번호]",
    "affiliation": "[소속]",
    "online-account": "[기타]",
    "other": "[기타]",
    "others": "[기타]",
}
_LABEL = re.compile(rf"&({'|'.join(LABELS)})\d*&")
_GUESSED = re.compile(r"\(\(([^()\n]*[^()xX\s][^()\n]*)\)\)")
_SOUND = r"\{[a-z]{3,}(?: [a-z]+)*(?: ?: ?[^{}\n]{1,40})?\}"
_UNHEARD = r"\(\([xX \t]*\)\)"
_INCOMPLETE = r"-[가-힣]+(?: [가-힣]+){0,2}-(?=[가-힣\s]|$)"
_NOTHING = f"(?:{_SOUND}|{_UNHEARD})+"
# At the end of a line with the space before, elsewhere with the space behind.
_GONE = re.compile(f"(?: (?:{_NOTHING}|{_INCOMPLETE}))+$|(?:{_NOTHING}|(?P<incomplete>{_INCOMPLETE})) ?", re.MULTILINE)
# Behind a word, but neither in a range ("월~금", "3시~ 5시") nor behind a number's unit.
_LENGTHENED = re.compile(r"(?<!\d[가-힣])(?<=[가-힣ㄱ-ㅎㅏ-ㅣ])~+(?![~0-9A-Za-z가-힣])(?![ \t]*\d)")


class NiklMarkers(LineFormatter):
    """Deletes the marks of NIKL's dialogues and messages, and labels what they took out (KOREAN S3).

    "{laughing}", "{share:photo}", "((xx))", "(())" and an incomplete "-그-" go, "((추정))" loses its parentheses, "아~"
    its tilde, and "&name1&" becomes "[이름]". Braces around anything else than a lower-case word, hyphens within a word
    and ranges stay.
    """

    ID: ClassVar[str] = "S3"
    TRIGGERS: ClassVar[str] = "-{(&~"

    rule: Literal["nikl_markers"] = "nikl_markers"

    def lines(self, text: str) -> str:
        """Return the text without marks.

        >>> NiklMarkers().lines("{laughing} 아~ -그- 그 &name1& 씨가 ((xx)) 갔대")
        '아 그 [이름] 씨가 갔대'
        """
        if "&" in text:
            text = _LABEL.sub(lambda label: LABELS[label[1]], text)
        if "((" in text:
            text = _GUESSED.sub(r"\1", text)
        if "{" in text or "((" in text or "-" in text:
            text = _GONE.sub(_left, text)
        return _LENGTHENED.sub("", text) if "~" in text else text


def _left(mark: re.Match[str]) -> str:
    """Return what stays of a mark: nothing, the space behind a mark that ends a word, or all of a hyphened word."""
    found = mark[0]
    if found.startswith(" "):
        return ""
    begins = mark.string[max(0, mark.start() - 1) : mark.start()] in ("", " ", "\n")
    if mark["incomplete"] and not begins:
        return found
    return " " if found.endswith(" ") and not begins else ""
