"""The step protocol: what a cleaning rule is, whichever room it comes from.

A rule is a settings class: its fields are its recipe keys. It does its work on one document at a time, but is called
only for documents that a scan of the whole batch shows it could touch, so a rule that fires rarely costs nothing.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from pydantic import ValidationInfo, field_validator

from ixigen_data.core.documents import Bools
from ixigen_data.core.settings import Settings


@dataclass(frozen=True)
class Profile:
    """What one scan over the code points of a batch found; one entry a document."""

    classes: npt.NDArray[np.uint32]  # bit mask of the code-point classes present (clean/scan_kernel.py names the bits)
    chars: npt.NDArray[np.int64]  # code points


def _any_class(profile: Profile, classes: int) -> Bools:
    found: Bools = (profile.classes & np.uint32(classes)) != 0
    return found


class Rule(Settings):
    """A step of `clean:`; `only` limits it to some sources."""

    BYTES: ClassVar[int] = 1  # raised by hand when the rule's output changes
    CODE_SAFE: ClassVar[bool] = False  # whether it may touch sources of `language: code` without being named for them
    CLASSES: ClassVar[int] = 0  # the bits of Profile.classes that can make it fire

    only: tuple[str, ...] | None = None

    @field_validator("only")
    @classmethod
    def _sources_exist(cls, only: tuple[str, ...] | None, info: ValidationInfo) -> tuple[str, ...] | None:
        """Check the names against those of the recipe, which arrive as the context of its validation."""
        known = set() if info.context is None else info.context["sources"]
        for name in only or ():
            if known and name not in known:
                raise ValueError(f"there is no source {name!r}; use one of {', '.join(sorted(known))}")
        return only

    def applies_to(self, source: str, language: str | None) -> bool:
        """Return whether the rule runs on a source: named by `only`, or unnamed and harmless there."""
        if self.only is not None:
            return source in self.only
        return self.CODE_SAFE or language != "code"


class Formatter(Rule):
    """A rule that edits text."""

    def could_edit(self, profile: Profile) -> Bools:
        """Return which documents the rule could change; False must be certain."""
        return _any_class(profile, self.CLASSES)

    def format(self, text: str) -> str:
        """Return the edited text; the same text where there is nothing to edit. Pure and idempotent."""
        raise NotImplementedError


class Filter(Rule):
    """A rule that drops documents, with a reason."""

    def could_drop(self, profile: Profile) -> Bools:
        """Return which documents the rule could drop; False must be certain."""
        return _any_class(profile, self.CLASSES)

    def reason(self, text: str) -> str | None:
        """Return why the document is dropped ("length_short"), or None to keep it. Pure."""
        raise NotImplementedError


class Reviser(Rule):
    """A rule whose edit decides whether the document stays: one look at the text gives both."""

    def could_touch(self, profile: Profile) -> Bools:
        """Return which documents the rule could change or drop; False must be certain."""
        return _any_class(profile, self.CLASSES)

    def revise(self, text: str) -> tuple[str, str | None]:
        """Return the edited text, and why the document is dropped, or None to keep it. Pure."""
        raise NotImplementedError
