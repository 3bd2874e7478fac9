"""datatrove's filters for English, as functions from a text to a verdict: all that this room knows of datatrove.

Importing this module takes half a second, the first filter another for spaCy's words (it has no model): so a rule does
it when it first runs.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from datatrove.data import Document
from datatrove.pipeline.filters import (
    C4QualityFilter,
    FineWebQualityFilter,
    GopherQualityFilter,
    GopherRepetitionFilter,
)
from datatrove.utils.word_tokenizers import WordTokenizer, load_word_tokenizer
from loguru import logger

# The chain runs one rule over a batch of 8 MiB after the other, and three of these rules split the same words.
_KEPT_CHARS = 12 * 2**20
_ENGLISH = "eng"
_FILTERS = {
    "gopher_quality": (GopherQualityFilter, ""),
    "gopher_repetition": (GopherRepetitionFilter, "gopher_"),
    "fineweb_quality": (FineWebQualityFilter, "fineweb_"),
    "c4_quality": (C4QualityFilter, "c4_"),
}
# Keys whose names at datatrove say the contrary of what it does with them.
_RENAMED = {"min_alpha_words_ratio": "max_non_alpha_words_ratio"}
Setting = bool | int | float | str | tuple[str, ...] | tuple[tuple[int, float], ...] | None


class Verdict(NamedTuple):
    """The text as the filter leaves it, and why the document is dropped; None to keep it."""

    text: str
    reason: str | None


Judge = Callable[[str], Verdict]


class _KeptWords(WordTokenizer):  # type: ignore[misc]
    """datatrove's splitter for English, which remembers the words of the last texts."""

    def __init__(self) -> None:
        super().__init__(_ENGLISH)
        with _torch_left_out():
            self._splitter = load_word_tokenizer(_ENGLISH)
            self._splitter.word_tokenize("Its tokenizer is made at the first call.")
        self._kept: dict[str, list[str]] = {}
        self._kept_chars = 0

    def word_tokenize(self, text: str) -> list[str]:
        """Return the words; the list is shared, not to be changed."""
        words = self._kept.get(text)
        if words is None:
            # One object for a word, however often it stands there: a tenth of the memory.
            words = list(map(sys.intern, self._splitter.word_tokenize(text)))
            if self._kept_chars + len(text) > _KEPT_CHARS:
                self._kept.clear()
                self._kept_chars = 0
            self._kept[text] = words
            self._kept_chars += len(text)
        return words

    def sent_tokenize(self, text: str) -> list[str]:
        """Return the sentences."""
        sentences: list[str] = self._splitter.sent_tokenize(text)
        return sentences

    def span_tokenize(self, text: str) -> list[tuple[int, int]]:
        """Return where each sentence begins and ends."""
        spans: list[tuple[int, int]] = self._splitter.span_tokenize(text)
        return spans


@contextmanager
def _torch_left_out() -> Iterator[None]:
    """Let spaCy find no torch: it would load it wherever it is installed, for two seconds, and use nothing of it."""
    absent = "torch" not in sys.modules
    if absent:
        sys.modules["torch"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        if absent:
            del sys.modules["torch"]


class _Shared:
    words: _KeptWords | None = None


def judge(rule: str, settings: Mapping[str, Setting]) -> Judge:
    """Return datatrove's filter of a rule; its reasons begin with the name of the paper that the filter is from.

    Args:
        settings: the filter's own arguments, but for those that our rules call by a better name.
    """
    logger.disable("datatrove")
    _Shared.words = _Shared.words or _KeptWords()
    make, prefix = _FILTERS[rule]
    chosen = make(**{_RENAMED.get(key, key): setting for key, setting in settings.items()}, language=_Shared.words)

    def verdict(text: str) -> Verdict:
        document = Document(text=text, id="")
        kept = chosen.filter(document)
        if kept is True:
            return Verdict(document.text, None)
        reason = kept[1] if isinstance(kept, tuple) else "dropped"
        return Verdict(text, f"{prefix}{reason}")

    return verdict
