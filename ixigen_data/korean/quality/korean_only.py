"""Which sources the quality rules for Korean run on."""

from ixigen_data.core.steps import Rule


class KoreanOnly(Rule):
    """A rule that counts eojeols and Korean endings."""

    def applies_to(self, source: str, language: str | None) -> bool:
        """Return whether the rule runs on a source: named by `only`, or in Korean."""
        return source in self.only if self.only is not None else language == "ko"
