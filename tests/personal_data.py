"""Texts with invented personal data, and how well something finds it; hard negatives stand in `hard_negatives.py`.

`positives` gives texts with the place and kind of every value in them: in transcripts, forms, mails, posts, tables,
JSON, logs, at a line's edges, beside particles and brackets, alone and several in a line; with a label and without.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from tests.personal_values import MAKERS, Written

KINDS = tuple(MAKERS)

_PARTICLES = (
    "로",
    "으로",
    "은",
    "는",
    "이",
    "가",
    "을",
    "를",
    "와",
    "이고",
    "입니다",
    "이에요",
    "인데요",
    "번으로",
    "로만",
)
_PLAIN = (
    "{v}",
    "네 {v} 맞습니다.",
    "{v}{p} 확인 부탁드립니다.",
    "지금 {v}{p} 등록돼 있는데 바꿀 수 있나요?",
    "({v})",
    "[{v}]",
    "<{v}>",
    "「{v}」",
    "'{v}'",
    '"{v}",',
    "변경 전 {v}, 변경 후 미정",
    "고객: 아 네 {v}{p} 되어 있어요",
    "상담사: 확인 도와드리겠습니다. {v} 맞으실까요?",
    "상담사: {v}\n고객: 네 맞아요",
    "고객님께서 말씀하신 정보는 {v}{p} 접수되었습니다.\n다음 안내까지 기다려 주세요.",
    "안녕하세요, 어제 문의드린 사람입니다.\n{v}\n답변 기다리겠습니다.",
    "| 3 | {v} | 완료 |",
    "홍보팀\t{v}\t본사",
    "2024-03-05 14:22:10 INFO updated value={v} by batch",
    '{"seq": 17, "value": "{v}", "ok": true}',
    "<td>{v}</td>",
    "- {v} (2024.3.5. 확인)",
    "※ {v}",
    "총 3건: {v} 외 2건",
    "RE: RE: {v} 관련",
    "ㅋㅋ 저도 {v} 이거 봤어요ㅠㅠ",
    "{v}/정상",
    "가나다({v})로",
    "1. {v}",
    "①{v} ②없음",
    "→ {v} ←",
    "{v}.",
    "{v}!",
    "a={v}&b=2",
    "확인:{v};",
    "`{v}`",
    "|{v}|",
    "고객 {v} / 접수 완료 / 주문 없음",
    "아까 말씀드린 {v} 말고요, 다른 걸로요.",
)
_LABELLED = (
    "{l}: {v}",
    "{l} : {v}",
    "{l}:{v}",
    "{l} {v}",
    "{l}는 {v}입니다.",
    "{l}가 {v}{p} 되어 있습니다",
    "{l}({v})",
    "{l}\t{v}",
    "| {l} | {v} |",
    '{"{l}": "{v}", "상태": "정상"}',
    "■ {l} : {v}\n■ 비고 : 없음",
    "상담사: {l} 말씀해 주세요.\n고객: {v}요",
    "고객: {l}{p} {v}{p} 바꿔 주세요",
    "<b>{l}</b> {v}",
    "신청인 정보 - {l} {v} - 접수 완료",
    "{l} = {v};",
    "[{l}] {v}",
    "{l}. {v}",
    "{l}\n{v}",
    "{l}이(가) {v}(으)로 변경되었습니다.",
    "● {l}…… {v}",
    "상담사: 네 {l} 확인할게요. {v} 맞으세요?",
)
_AFTER_ACCOUNT = ("{v} {l}", "{v} ({l})", "{v} / {l}", "{v} {l}으로 보내주세요")
_NAMES = (
    "{v} 고객님",
    "{v} 고객님 본인 맞으세요?",
    "상담사: 네 {v} 고객님 반갑습니다.",
    "안녕하세요 {v} 상담사입니다.",
    "고객센터 {v} 상담사입니다. 무엇을 도와드릴까요?",
    "성함: {v}",
    "이름: {v}",
    "예금주: {v}",
    "| 이름: {v} | 확인 |",
    "성함은 {v}",
    "예금주는 {v}",
    "{v}님 안녕하세요",
    "{v} 씨가 전화했어요",
    "어제 {v} 씨께 안내드렸습니다.",
    "받는 분 {v} 님",
    "{v}고객님",
    "{v}님께서 요청하셨습니다.",
    "{v} 님이 들어왔습니다",
    "{v}씨 맞으시죠?",
    "예금주 {v}",
    "성함이 {v}",
    '{"성명": "{v}"}',
    "고객명 : {v}",
)
_SPOKEN = (
    "고객: {v}",
    "고객: 네 {v}요",
    "고객: {v}입니다",
    "고객: {v}번이요",
    "고객: 어 {v}이에요",
    "고객: {v}이요",
    "상담사: {v} 맞으세요?",
    "제 번호는 {v}입니다.",
    "네 {v}로 전화 주세요",
    "번호가 {v}인데요 확인 좀 해 주세요",
    "{v}\n네 감사합니다",
    "그 번호 말고 {v}로 해주세요.",
    "네네 {v}고요 문자로 보내 주세요",
    "{v} 이 번호로요",
    "번호 불러드릴게요 {v}",
)
_JOINS = ("\n", "\n", " / ", ", ", "  ", "\t", " | ", " 그리고 ", "\n\n")


@dataclass(frozen=True, order=True)
class Value:
    """A value in a text."""

    start: int  # in code points
    stop: int
    kind: str


@dataclass(frozen=True)
class Example:
    """A text and all the values in it, in order."""

    text: str
    values: tuple[Value, ...]


def positives(count: int, seed: int = 7) -> list[Example]:
    """Return texts with values: of each kind as many alone in theirs, and one text in five with several kinds."""
    chance = random.Random(f"positives {seed}")
    return [
        _several(chance) if number % 5 == 4 else example_of(KINDS[number % len(KINDS)], chance)
        for number in range(count)
    ]


def example_of(kind: str, chance: random.Random) -> Example:
    """Return a text with one value."""
    written = MAKERS[kind](chance)
    frame = _frame(kind, written, chance)
    for place, choices in (("{l}", written.labels), ("{p}", _PARTICLES)):
        while place in frame:
            frame = frame.replace(place, chance.choice(choices), 1)
    start = frame.index("{v}")
    return Example(frame.replace("{v}", written.text), (Value(start, start + len(written.text), kind),))


def _frame(kind: str, written: Written, chance: random.Random) -> str:
    if kind == "name":
        return chance.choice(_NAMES)
    if kind == "spoken_digits":
        return chance.choice(_SPOKEN)
    if kind == "account" and chance.random() < 0.2:
        return chance.choice(_AFTER_ACCOUNT)
    if kind != "address" and written.labels[0][-1] >= "가" and chance.random() < 0.02:
        return f"{written.labels[0]}{{v}}"
    if written.labelled or chance.random() < 0.4:
        return chance.choice(_LABELLED)
    return chance.choice(_PLAIN)


def _several(chance: random.Random) -> Example:
    """Return two to four values of different kinds in one text."""
    text, values, join = "", [], ""
    for kind in chance.sample(KINDS, chance.randint(2, 4)):
        one = example_of(kind, chance)
        text += join
        values += [Value(len(text) + value.start, len(text) + value.stop, kind) for value in one.values]
        text += one.text
        join = chance.choice(_JOINS)
    return Example(text, tuple(values))


def full_width(text: str) -> str:
    """Return a text with its ASCII digits, letters, hyphens, dots and @ full width, as old forms write them.

    >>> full_width("02-1")
    '０２－１'
    """
    return "".join(chr(ord(c) + 0xFEE0) if c.isascii() and (c.isalnum() or c in "-.@") else c for c in text)


Find = Callable[[str], Iterable[Value]]


@dataclass
class Scores:
    """How well values were found.

    A value is found where one of its kind stands exactly in its place. A find is right where it overlaps a value of
    its kind; any other is wrong, and so is each in a negative text.
    """

    values: Counter[str] = field(default_factory=Counter)  # by kind
    found: Counter[str] = field(default_factory=Counter)  # of them, by kind
    touched: Counter[str] = field(default_factory=Counter)  # overlapped by a find of their kind, by kind
    missed: list[tuple[str, str]] = field(default_factory=list)  # kind, text
    finds: int = 0  # in positives and negatives
    right: int = 0
    negatives: int = 0
    false_alarms: list[str] = field(default_factory=list)  # negative texts with a find

    @property
    def recall(self) -> float:
        """The share of values that were found."""
        return self.found.total() / self.values.total()

    @property
    def recalls(self) -> dict[str, float]:
        """The same by kind."""
        return {kind: self.found[kind] / count for kind, count in self.values.items()}

    @property
    def clean_share(self) -> float:
        """The share of negative texts in which nothing was found."""
        return 1 - len(self.false_alarms) / self.negatives

    @property
    def precision(self) -> float:
        """The share of all finds that are right."""
        return self.right / self.finds


def score(find: Find, examples: Sequence[Example], negatives: Sequence[str]) -> Scores:
    """Return how well `find` does on texts with values and on texts without any."""
    scores = Scores(negatives=len(negatives))
    for example in examples:
        finds = set(find(example.text))
        scores.finds += len(finds)
        scores.right += sum(any(_overlap(one, value) for value in example.values) for one in finds)
        for value in example.values:
            scores.values[value.kind] += 1
            scores.touched[value.kind] += any(_overlap(one, value) for one in finds)
            if value in finds:
                scores.found[value.kind] += 1
            else:
                scores.missed.append((value.kind, example.text))
    for text in negatives:
        alarms = len(set(find(text)))
        scores.finds += alarms
        if alarms:
            scores.false_alarms.append(text)
    return scores


def _overlap(one: Value, other: Value) -> bool:
    return one.kind == other.kind and one.start < other.stop and other.start < one.stop
