"""Advertisements for prostitution and gambling."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from ixigen_data.core.steps import Filter
from ixigen_data.korean.quality.korean_only import KoreanOnly
from ixigen_data.korean.quality.phrases import MOST_PHRASES, Phrases

if TYPE_CHECKING:
    import pyarrow as pa

# What EleutherAI's dps drops a document for, once each: the variants with spaces are found anyway.
SPAM_WORDS = (
    "콜걸",
    "출장안마",
    "출장마사지",
    "출장만남",
    "출장샵",
    "출장서비스",
    "조건만남",
    "스포츠토토",
    "사설토토",
    "토토사이트",
    "토토추천",
    "바카라",
    "카지노사이트",
    "카지노추천",
    "카지노주소",
    "바다이야기",
    "안전놀이터",
    "먹튀사이트",
    "먹튀검증",
    "폰섹",
    "마사지샵",
    "홈타이",
)
_LINK = re.compile(
    r"https?://|www\.|(?<![@a-z0-9-])[a-z0-9-]+\.(?:com|net|org|kr|me|xyz|info|shop|top|io)(?![a-z0-9])"
    r"|(?<!\d)0\d{1,3}[-. )]?\d{3,4}[-. ]?\d{4}(?!\d)|(?<!\d)1[5-8]\d{2}[-. ]\d{4}(?!\d)"
    r"|(?:카톡|카카오톡|텔레그램|텔레|라인) ?(?:아이디|id)? ?:? ?@?[a-z0-9_]{4,}",
    re.IGNORECASE,
)
_PER_CHARS = 1000


class Spam(KoreanOnly, Filter):
    """Drops what is full of spam words, two of them different, or has one among links, telephone numbers or messengers.

    Words that stand among sentences drop nothing: news, warnings and reviews speak of casinos too. Spaces within a word
    are left out of account, and of words inside each other the longer counts. An e-mail address is no link.
    Not for transcripts: callers swear, and that is no advertisement.
    """

    rule: Literal["spam"] = "spam"
    words: tuple[str, ...] = SPAM_WORDS
    min_words: int = Field(default=2, ge=1)
    min_density: float = 60  # words in a thousand code points, where `min_words` are different
    min_links: float = 3  # in a thousand code points, beside one word

    @model_validator(mode="after")
    def _few_words(self) -> Self:
        bare = {word.replace(" ", "") for word in self.words}
        if len(bare) > MOST_PHRASES or not bare or "" in bare:
            raise ValueError(f"words: {len(bare)} of them; use 1 to {MOST_PHRASES}, none of them empty")
        return self

    def reason(self, text: str) -> str | None:
        """Return "spam_words", "spam_links" or None.

        >>> Spam().reason("서울 출장 안마, 부산 콜걸")
        'spam_words'
        """
        words = _either(self.words).findall(text.replace(" ", ""))
        if len(set(words)) >= self.min_words and len(words) * _PER_CHARS >= self.min_density * len(text):
            return "spam_words"
        if words and sum(1 for _ in _LINK.finditer(text)) * _PER_CHARS >= self.min_links * len(text):
            return "spam_links"
        return None

    def reason_all(self, text: pa.LargeStringArray) -> Mapping[int, str]:
        """Return the reasons of the documents that are dropped, by row."""
        held = np.flatnonzero(_phrases(self.words).in_documents(text))
        reasons = {row: self.reason(text[row].as_py()) for row in held.tolist()}
        return {row: reason for row, reason in reasons.items() if reason is not None}


@functools.lru_cache(maxsize=16)
def _phrases(words: tuple[str, ...]) -> Phrases:
    return Phrases(sorted({word.replace(" ", "") for word in words}))


@functools.lru_cache(maxsize=16)
def _either(words: tuple[str, ...]) -> re.Pattern[str]:
    bare = {word.replace(" ", "") for word in words}
    return re.compile("|".join(map(re.escape, sorted(bare, key=lambda word: (-len(word), word)))))
