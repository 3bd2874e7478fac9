"""Sets of phrases that are looked for in whole columns; spaces between and within words are left out of account."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ixigen_data.core.documents import Int64s, text_buffers
from ixigen_data.korean.quality.phrases_kernel import find_phrases, last_lines

if TYPE_CHECKING:
    import pyarrow as pa

MOST_PHRASES = 64
UInt64s = npt.NDArray[np.uint64]


class Phrases:
    """At most 64 phrases; what is found is a bit mask, the first phrase the lowest bit."""

    def __init__(self, phrases: Sequence[str]) -> None:
        self._phrases = [phrase.replace(" ", "") for phrase in phrases]
        encoded = [phrase.encode() for phrase in self._phrases]
        self._classes = np.zeros(256, np.uint8)
        for number, byte in enumerate(sorted({32, *b"".join(encoded)}), 1):
            self._classes[byte] = number
        moves, ends = _automaton([self._classes[list(each)].tolist() for each in encoded], int(self._classes.max()) + 1)
        # A space leaves every state as it is: so "출장 안마" is "출장안마".
        moves[:, self._classes[32]] = np.arange(len(moves))
        order = np.argsort(ends != 0, kind="stable")
        place = np.argsort(order)
        self._ends, self._num_classes = ends[order], moves.shape[1]
        self._first_end = int(np.count_nonzero(ends == 0)) * self._num_classes
        assert moves.size <= 1 << 16, "the phrases are too long together"
        self._moves = (place[moves[order]] * self._num_classes).astype(np.uint16).ravel()

    def in_text(self, text: str) -> int:
        """Return the phrases that a text holds, in plain Python: what the others return."""
        bare = text.replace(" ", "")
        return sum(1 << number for number, phrase in enumerate(self._phrases) if phrase in bare)

    def in_documents(self, text: pa.LargeStringArray) -> UInt64s:
        """Return the phrases that each document holds."""
        data, offsets = text_buffers(text)
        return self._found(data, np.stack([offsets[:-1], offsets[1:]], axis=1))

    def in_last_lines(self, text: pa.LargeStringArray, most_bytes: int) -> UInt64s:
        """Return the phrases in the last line of each document that is not white; none of long lines or only ones."""
        data, offsets = text_buffers(text)
        spans = np.empty((len(text), 2), np.int64)
        last_lines(data, offsets, most_bytes, spans)
        return self._found(data, spans)

    def _found(self, data: npt.NDArray[np.uint8], spans: Int64s) -> UInt64s:
        found = np.zeros(len(spans), np.uint64)
        find_phrases(data, spans, self._classes, self._moves, self._ends, self._num_classes, self._first_end, found)
        return found


def _automaton(phrases: Sequence[Sequence[int]], num_classes: int) -> tuple[npt.NDArray[np.int64], UInt64s]:
    """Return (states, num_classes) moves and (states,) ends for phrases that are given as classes of bytes."""
    children: list[dict[int, int]] = [{}]
    ends = [0]
    for number, phrase in enumerate(phrases):
        state = 0
        for letter in phrase:
            if letter not in children[state]:
                children[state][letter] = len(children)
                children.append({})
                ends.append(0)
            state = children[state][letter]
        ends[state] |= 1 << number
    moves = np.zeros((len(children), num_classes), np.int64)
    queue = deque([(0, 0)])  # a state, and that of its longest end which begins a phrase too
    while queue:
        state, fallback = queue.popleft()
        ends[state] |= ends[fallback]
        if state:
            moves[state] = moves[fallback]
        for letter, child in children[state].items():
            queue.append((child, int(moves[state, letter]) if state else 0))
            moves[state, letter] = child
    return moves, np.array(ends, np.uint64)
