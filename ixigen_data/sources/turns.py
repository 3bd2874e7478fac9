"""Utterances to the lines of a dialogue."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ixigen_data.sources.settings import Speakers

_ANONYMOUS = "화자"


class Turn(NamedTuple):
    """One utterance: who, as the file calls them, None where it does not say; and what."""

    speaker: str | None
    text: str


def dialogue(turns: Sequence[Turn], names: Mapping[str, str], speakers: Speakers) -> str:
    """Return a dialogue: a line for each turn, what one speaker says in a row joined by spaces.

    `keep` puts "name: " before each. Speakers without a name are 화자1, 화자2 in the order in which they speak; where
    one of them speaks alone, every utterance is a line, without a prefix.

    >>> dialogue([Turn("a", "네"), Turn("a", "알겠습니다"), Turn("b", "더 없으세요?")], {"b": "상담사"}, "keep")
    '화자1: 네 알겠습니다\\n상담사: 더 없으세요?'
    """
    spoken = [Turn(turn.speaker, text) for turn in turns if (text := one_line(turn.text))]
    if not names and len({turn.speaker for turn in spoken}) == 1:
        return "\n".join(turn.text for turn in spoken)
    called = _called(spoken, names)
    lines: list[list[str]] = []
    before: str | None = None
    for speaker, text in spoken:
        if speaker is None or speaker != before:
            lines.append([] if speaker is None or speakers == "drop" else [f"{called[speaker]}:"])
        lines[-1].append(text)
        before = speaker
    return "\n".join(map(" ".join, lines))


def _called(turns: Sequence[Turn], names: Mapping[str, str]) -> dict[str, str]:
    called: dict[str, str] = {}
    strangers = 0
    for speaker, _ in turns:
        if speaker is not None and speaker not in called:
            strangers += speaker not in names
            called[speaker] = names.get(speaker, f"{_ANONYMOUS}{strangers}")
    return called


def without_numbers(names: Mapping[str, str]) -> dict[str, str]:
    """Return names without their numbers where nobody else has the same: 상담사1 and 고객1 are 상담사 and 고객."""
    bare = {speaker: name.strip().rstrip("0123456789").rstrip() for speaker, name in names.items()}
    counts = Counter(bare.values())
    return {speaker: bare[speaker] if counts[bare[speaker]] == 1 else name.strip() for speaker, name in names.items()}


def one_line(text: str) -> str:
    """Return a text without white space at its ends and with spaces for its line ends."""
    return " ".join(text.split("\n")).strip() if "\n" in text else text.strip()
