"""The step protocol: what a cleaning rule is, whichever room it comes from.

A rule is a settings class: its fields are its recipe keys. It does its work on one document at a time, but is called
only for documents that a scan of the whole batch shows it could touch, so a rule that fires rarely costs nothing. A
rule that fires often has a second form, which takes a whole column; both forms do the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
from pydantic import ValidationInfo, field_validator

from ixigen_data.core.documents import Bools
from ixigen_data.core.edits import Edit, differences
from ixigen_data.core.settings import Settings

if TYPE_CHECKING:
    import pyarrow as pa

# Shapes of a text that a scan tells beside single code points.
INK = 1  # anything but white space and what a rule of the chain looks for
WHITESPACE = 2  # a tab, two spaces, a space at a line's edge, three line ends, white space at either end
RUN = 4  # three times the same code point in a row, ASCII letters and digits and white space apart


@dataclass(frozen=True)
class Profile:
    """What one scan over the code points of a batch found, as one rule sees it; one entry a document."""

    triggered: Bools  # whether it holds one of the rule's triggers
    shapes: npt.NDArray[np.uint32]  # bit mask: INK, WHITESPACE, RUN
    chars: npt.NDArray[np.int64]  # code points


def existing_sources(names: tuple[str, ...] | None, info: ValidationInfo) -> tuple[str, ...] | None:
    """Return names of sources, checked against those of the recipe, which arrive as the context of its validation.

    Raises:
        ValueError: there is no such source.
    """
    known = set() if info.context is None else info.context["sources"]
    for name in names or ():
        if known and name not in known:
            raise ValueError(f"there is no source {name!r}; use one of {', '.join(sorted(known))}")
    return names


class Rule(Settings):
    """A step of `clean:`; `only` limits it to some sources."""

    BYTES: ClassVar[int] = 1  # raised by hand when the rule's output changes
    ID: ClassVar[str] = ""  # the rule's number where it has one, such as "N7"
    CODE_SAFE: ClassVar[bool] = False  # whether it may touch sources of `language: code` without being named for them
    SECRET: ClassVar[bool] = False  # whether what it takes out may be shown nowhere
    TRIGGERS: ClassVar[str] = ""  # code points, as the inside of a regular expression's class; see core/code_points.py
    SHAPES: ClassVar[int] = 0

    only: tuple[str, ...] | None = None

    @field_validator("only")
    @classmethod
    def _sources_exist(cls, only: tuple[str, ...] | None, info: ValidationInfo) -> tuple[str, ...] | None:
        return existing_sources(only, info)

    def applies_to(self, source: str, language: str | None) -> bool:
        """Return whether the rule runs on a source: named by `only`, or unnamed and harmless there."""
        if self.only is not None:
            return source in self.only
        return self.CODE_SAFE or language != "code"

    def resolved(self, language: str | None) -> tuple[Rule, ...]:
        """Return what runs on a source of a language: the rule itself, or the rules that it stands for."""
        del language  # rules of one language say so in `applies_to`
        return (self,)

    def inputs(self) -> list[str]:
        """Return the digests of what decides the rule's output beside its settings, such as files that it reads."""
        return []

    def label_of(self, after: str) -> str:
        """Return what may be shown of what an edit puts in."""
        return after

    @property
    def triggers(self) -> str:
        """TRIGGERS, or those that follow from the settings."""
        return self.TRIGGERS

    def could_touch(self, profile: Profile) -> Bools:
        """Return which documents the rule could change or drop; False must be certain.

        They hold one of its triggers or have one of its SHAPES; a rule with neither looks at every document.
        """
        if not self.triggers and not self.SHAPES:
            return np.ones(len(profile.chars), np.bool_)
        touched: Bools = profile.triggered | ((profile.shapes & np.uint32(self.SHAPES)) != 0)
        return touched


class Formatter(Rule):
    """A rule that edits text."""

    def format(self, text: str) -> str:
        """Return the edited text; the same text where there is nothing to edit. Pure and idempotent."""
        raise NotImplementedError

    def edits(self, text: str) -> Iterable[Edit]:
        """Return what `format` does, place by place: for people who look, not for builds."""
        return differences(text, self.format(text))


class Filter(Rule):
    """A rule that drops documents, with a reason."""

    def reason(self, text: str) -> str | None:
        """Return why the document is dropped ("length_short"), or None to keep it. Pure."""
        raise NotImplementedError


Note = Mapping[str, str | int | float]


@dataclass(frozen=True)
class Revision:
    """What a reviser makes of a document."""

    text: str
    reason: str | None = None  # why it is dropped; None to keep it
    counts: Mapping[str, int] = field(default_factory=dict)  # for the ledger, whether or not it is kept
    notes: tuple[Note, ...] = ()  # what is told of it beside the ledger, by name; never its text


class Reviser(Rule):
    """A rule whose edit decides whether the document stays, or that counts: one look at the text gives all."""

    def revise(self, text: str) -> Revision:
        """Return the edited text, and why the document is dropped. Pure."""
        raise NotImplementedError

    def edits(self, text: str) -> Iterable[Edit]:
        """Return what `revise` does to a text, place by place: for people who look, not for builds."""
        return differences(text, self.revise(text).text)


def rule_name(rule: Rule) -> str:
    """Return the name by which a recipe calls a rule."""
    return str(rule.model_dump(include={"rule"})["rule"])


@runtime_checkable
class FormatsInBulk(Protocol):
    """A formatter that can also edit a whole column at once, without Python strings."""

    def format_all(self, text: pa.LargeStringArray) -> pa.LargeStringArray:
        """Return what `format` makes of each text."""


@runtime_checkable
class FiltersInBulk(Protocol):
    """A filter that can also judge a whole column at once."""

    def reason_all(self, text: pa.LargeStringArray) -> Mapping[int, str]:
        """Return the reasons of the documents that are dropped, by row."""


@runtime_checkable
class RevisesInBulk(Protocol):
    """A reviser that can also look at a whole column at once."""

    def revise_all(self, text: pa.LargeStringArray) -> Mapping[int, Revision]:
        """Return what `revise` makes of the documents that it changes, counts or drops, by row."""
