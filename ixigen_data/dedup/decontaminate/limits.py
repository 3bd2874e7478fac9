"""How much of an item a document may hold."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """In characters without white space, punctuation and symbols."""

    ngram: int  # a run of so many is the least that is noticed
    ratio: float  # of a passage, in n-grams, that is too much
    min_chars: int  # that are too much at the least; a shorter passage is looked for as a whole line
    min_line: int  # of a passage that is looked for at all
