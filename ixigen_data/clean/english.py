"""The heuristics that English web corpora are filtered by: Gopher's, FineWeb's and C4's, as datatrove has them.

They count English words and stop words, so they run on sources of `language: en`, and on others only where `only` names
them. Splitting words takes most of their time: about two microseconds a character.
"""

from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar, Literal

from ixigen_data.core.steps import Filter, Reviser, Revision, Rule

if TYPE_CHECKING:
    from ixigen_data.clean.datatrove_filters import Judge

Ratio = float | None


class _English(Rule):
    """A rule of datatrove's; its fields are the filter's arguments, and None leaves a check out."""

    def applies_to(self, source: str, language: str | None) -> bool:
        """Return whether the rule runs on a source: named by `only`, or in English."""
        return source in self.only if self.only is not None else language == "en"

    def judge(self) -> "Judge":
        """Return datatrove's filter with these settings."""
        return _judge(self)


class GopherQuality(_English, Filter):
    """Drops what has too few or too many words, odd words, symbols, bullets or ellipses, or too few stop words.

    Source: Rae et al., "Scaling Language Models: Gopher" (2021), appendix A1.1.
    """

    rule: Literal["gopher_quality"] = "gopher_quality"
    min_doc_words: int | None = 50
    max_doc_words: int | None = 100_000
    min_avg_word_length: Ratio = 3
    max_avg_word_length: Ratio = 10
    max_symbol_word_ratio: Ratio = 0.1
    max_bullet_lines_ratio: Ratio = 0.9
    max_ellipsis_lines_ratio: Ratio = 0.3
    min_alpha_words_ratio: Ratio = 0.8
    min_stop_words: int | None = 2
    stop_words: tuple[str, ...] = ("the", "be", "to", "of", "and", "that", "have", "with")

    def reason(self, text: str) -> str | None:
        """Return a reason such as "gopher_short_doc", or None."""
        return self.judge()(text).reason


class GopherRepetition(_English, Filter):
    """Drops what repeats lines, paragraphs or n-grams: pairs are n and the ratio of characters beyond which it goes.

    Source: Rae et al., "Scaling Language Models: Gopher" (2021), table A1.
    """

    rule: Literal["gopher_repetition"] = "gopher_repetition"
    dup_line_frac: Ratio = 0.3
    dup_para_frac: Ratio = 0.3
    dup_line_char_frac: Ratio = 0.2
    dup_para_char_frac: Ratio = 0.2
    top_n_grams: tuple[tuple[int, float], ...] = ((2, 0.2), (3, 0.18), (4, 0.16))
    dup_n_grams: tuple[tuple[int, float], ...] = ((5, 0.15), (6, 0.14), (7, 0.13), (8, 0.12), (9, 0.11), (10, 0.10))

    def reason(self, text: str) -> str | None:
        """Return a reason such as "gopher_dup_line_frac", or None."""
        return self.judge()(text).reason


class FineWebQuality(_English, Filter):
    """Drops lists, menus and what repeats lines.

    Source: Penedo et al., "The FineWeb Datasets" (2024), section 3.5.
    """

    rule: Literal["fineweb_quality"] = "fineweb_quality"
    line_punct_thr: float = 0.12
    line_punct_exclude_zero: bool = False
    stop_chars: tuple[str, ...] | None = None  # None: the sentence ends of all scripts
    short_line_thr: float = 0.67
    short_line_length: int = 30
    char_duplicates_ratio: float = 0.01
    new_line_ratio: float = 0.3

    def reason(self, text: str) -> str | None:
        """Return a reason such as "fineweb_list_ratio", or None."""
        return self.judge()(text).reason


class C4Quality(_English, Reviser):
    """Deletes lines that end without punctuation, are short, or speak of cookies; drops what has few sentences left.

    Source: Raffel et al., "Exploring the Limits of Transfer Learning" (2020), section 2.2; without its list of words.
    """

    BYTES: ClassVar[int] = 1

    rule: Literal["c4_quality"] = "c4_quality"
    split_paragraph: bool = True
    remove_citations: bool = True
    filter_no_terminal_punct: bool = True
    min_num_sentences: int = 5  # -1: any number
    min_words_per_line: int = 3  # -1: any number
    max_word_length: int = 1000  # -1: any length
    filter_lorem_ipsum: bool = True
    filter_javascript: bool = True
    filter_curly_bracket: bool = True
    filter_policy: bool = True

    def revise(self, text: str) -> Revision:
        """Return the lines that stay, and a reason such as "c4_too_few_sentences", or None."""
        return Revision(*self.judge()(text))


@lru_cache(maxsize=64)
def _judge(rule: _English) -> "Judge":
    from ixigen_data.clean.datatrove_filters import judge  # noqa: PLC0415 - start-up: few recipes have such rules

    settings = rule.model_dump(exclude={"only"})
    return judge(settings.pop("rule"), settings)
