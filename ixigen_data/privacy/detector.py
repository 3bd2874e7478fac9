"""What a detector of one kind of personal data is."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from ixigen_data.privacy.labels import Kind

Span = tuple[int, int]  # first character, last character + 1

CONTEXT_CHARS = 80  # a detector looks at nothing farther than this from where its match begins or ends
MATCH_CHARS = 64  # no match is longer, with what its pattern looks ahead at, but those that take whole runs


class Found(NamedTuple):
    """One value of personal data in a text; the value itself is kept nowhere."""

    kind: Kind
    start: int  # in code points
    stop: int


@dataclass(frozen=True)
class Detector:
    """Finds the values of one kind: what a pattern matches and its checks let pass.

    `span` takes a match and returns where the value stands, or None where it is none. It looks at no more than
    CONTEXT_CHARS on either side of the match; so what is found in a stretch of text, with that much around it, is what
    is found there in the whole text.
    """

    kind: Kind
    pattern: re.Pattern[str]
    span: Callable[[re.Match[str]], Span | None]
    overlapping: bool = True  # whether a match may begin within another one

    def spans(self, text: str, first: int, last: int) -> Iterator[Span]:
        """Yield the values whose matches begin at `first` or later and before `last`, in order."""
        stop = last + MATCH_CHARS  # searching on to the end of a window takes most of the time
        match = self.pattern.search(text, first, stop)
        while match is not None and match.start() < last:
            span = self.span(match)
            if span is not None:
                yield span
            match = self.pattern.search(text, match.start() + 1 if self.overlapping else match.end(), stop)
