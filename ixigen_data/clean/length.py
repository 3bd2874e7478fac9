"""Length."""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from ixigen_data.core.documents import Bools
from ixigen_data.core.steps import Filter, Profile


class Length(Filter):
    """Drops documents of fewer than `min_chars` or more than `max_chars` code points, code too: it edits nothing."""

    CODE_SAFE: ClassVar[bool] = True

    rule: Literal["length"] = "length"
    min_chars: int = Field(default=1, ge=0)
    max_chars: int | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.max_chars is not None and self.max_chars < self.min_chars:
            least = self.min_chars
            raise ValueError(
                f"max_chars {self.max_chars} is below min_chars {least}; use {least} or more, or leave it out"
            )
        return self

    def could_touch(self, profile: Profile) -> Bools:
        """Return which documents are too short or too long."""
        outside = profile.chars < self.min_chars
        if self.max_chars is not None:
            outside |= profile.chars > self.max_chars
        return outside

    def reason(self, text: str) -> str | None:
        """Return "length_short", "length_long" or None.

        >>> Length(min_chars=2).reason("가")
        'length_short'
        """
        if len(text) < self.min_chars:
            return "length_short"
        if self.max_chars is not None and len(text) > self.max_chars:
            return "length_long"
        return None
