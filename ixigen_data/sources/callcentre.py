"""AI Hub 98, 민원(콜센터) 질의-응답: a list of turns, where those of one dialogue follow each other, or nearly so."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import xxhash

from ixigen_data.core.units import format_size
from ixigen_data.sources.faults import Problem
from ixigen_data.sources.layouts import Object, Placed, record_of, told_keys
from ixigen_data.sources.records import kind_of
from ixigen_data.sources.settings import SourceSettings
from ixigen_data.sources.turns import Turn, dialogue

_DIALOGUE, _NUMBER, _SPEAKER = "대화셋일련번호", "문장번호", "화자"
# The first that holds something is the turn.
_TEXTS = {"고객질문(요청)": "고객", "상담사질문(요청)": "상담사", "고객답변": "고객", "상담사답변": "상담사"}
# What other layouts call them, for `metadata`.
_ALSO = {"topic": "도메인", "category": "카테고리"}
# Turns of so many dialogues may be mixed, or of so many bytes.
_OPEN_DIALOGUES, _OPEN_BYTES = 4096, 32 * 2**20
_TURN_BYTES = 256  # what a turn takes beside its text


@dataclass
class _Dialogue:
    offset: int
    told: Object  # its first turn
    turns: list[tuple[int, Turn]] = field(default_factory=list)
    size_bytes: int = 0


class CallCentre:
    """Turns to dialogues, in the order in which they begin."""

    def __init__(self, settings: SourceSettings) -> None:
        self._settings = settings
        self._open: dict[str, _Dialogue] = {}
        self._open_bytes = 0
        self._closed: set[int] = set()  # hashes of their numbers

    def add(self, offset: int, row: Object) -> Iterable[Placed]:
        """Take a turn; return the dialogues that are closed for it, as too many are open.

        Raises:
            Problem: the row is no turn, or its dialogue is closed.
        """
        name, number, turn = _turn(row)
        found = self._open.get(name)
        if found is None:
            if xxhash.xxh3_64_intdigest(name) in self._closed:
                told = f"its dialogue ended {_OPEN_DIALOGUES:,} dialogues or {format_size(_OPEN_BYTES)} earlier"
                raise Problem("turn_misplaced", f"{told}; sort the file by {_DIALOGUE}")
            found = self._open[name] = _Dialogue(offset, _told(row) if self._settings.metadata else {})
        size_bytes = _TURN_BYTES + 3 * len(turn.text)
        found.turns.append((number, turn))
        found.size_bytes += size_bytes
        self._open_bytes += size_bytes
        return self._closed_for_more()

    def _closed_for_more(self) -> Iterator[Placed]:
        while len(self._open) > _OPEN_DIALOGUES or self._open_bytes > _OPEN_BYTES:
            yield self._close(next(iter(self._open)))

    def end(self) -> Iterator[Placed]:
        """Yield the dialogues that are open."""
        while self._open:
            yield self._close(next(iter(self._open)))

    def _close(self, name: str) -> Placed:
        closed = self._open.pop(name)
        self._open_bytes -= closed.size_bytes
        self._closed.add(xxhash.xxh3_64_intdigest(name))
        turns = [turn for _, turn in sorted(closed.turns, key=lambda each: each[0])]
        names = {turn.speaker: turn.speaker for turn in turns if turn.speaker}
        text = dialogue(turns, names, self._settings.speakers)
        return Placed(closed.offset, record_of(text, name, [closed.told], self._settings))


def _turn(row: Object) -> tuple[str, int, Turn]:
    """Return a turn's dialogue, its number there, and what is said."""
    name, number = row.get(_DIALOGUE), row.get(_NUMBER)
    if name is None or number is None:
        told = f"a list of turns has {_DIALOGUE} and {_NUMBER} in each; this item has {told_keys(row)}"
        raise Problem("layout_unknown", f"{told}; for other lists set format: json")
    try:
        place = int(str(number))
    except ValueError:
        raise Problem("turn_unnumbered", f"{_NUMBER} is no whole number") from None
    speaker = row.get(_SPEAKER)
    for key, says in _TEXTS.items():
        text = row.get(key)
        if text is not None and not isinstance(text, str):
            raise Problem("text_not_string", f"{key} is {kind_of(text)}")
        if text and text.strip():
            return str(name), place, Turn(speaker.strip() or says if isinstance(speaker, str) else says, text)
    raise Problem("text_missing", f"none of {', '.join(_TEXTS)} holds anything")


def _told(row: Object) -> Object:
    told = {key.strip(): value for key, value in row.items()}  # some releases have "개체명 "
    return told | {key: told.get(also) for key, also in _ALSO.items()}
