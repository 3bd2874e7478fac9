"""The kinds of personal data, in the order in which they win where two overlap, and the labels that stand for them."""

from typing import Final, Literal, get_args

Kind = Literal[
    "rrn",
    "frn",
    "corp",
    "card",
    "phone",
    "rep",
    "brn",
    "driver",
    "passport",
    "email",
    "ip",
    "rrn_masked",
    "vehicle",
    "address",
    "spoken_digits",
    "name",
    "account",
]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)  # the first one wins
DEFAULT_KINDS: Final[tuple[Kind, ...]] = tuple(kind for kind in KINDS if kind not in ("name", "rep"))

# As the corpora of the National Institute of Korean Language write them.
LABELS: Final[dict[Kind, str]] = {
    "rrn": "[주민등록번호]",
    "frn": "[외국인등록번호]",
    "corp": "[법인등록번호]",
    "card": "[카드번호]",
    "phone": "[전화번호]",
    "rep": "[대표번호]",
    "brn": "[사업자등록번호]",
    "driver": "[운전면허번호]",
    "passport": "[여권번호]",
    "email": "[이메일]",
    "ip": "[IP주소]",
    "rrn_masked": "[주민등록번호]",
    "vehicle": "[차량번호]",
    "address": "[주소]",
    "spoken_digits": "[번호]",
    "name": "[이름]",
    "account": "[계좌번호]",
}
