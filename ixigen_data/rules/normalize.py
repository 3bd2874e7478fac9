"""The normalizing presets: rules N1 to N15 for Korean, English and code."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ixigen_data.clean.controls import Controls
from ixigen_data.clean.entities import Entities
from ixigen_data.clean.invisible import Invisible
from ixigen_data.clean.mojibake import Mojibake
from ixigen_data.clean.nfc import Nfc
from ixigen_data.clean.spaces import Spaces
from ixigen_data.clean.whitespace import Whitespace
from ixigen_data.core.steps import Rule, rule_name
from ixigen_data.korean.conjoining_jamo import ConjoiningJamo
from ixigen_data.korean.ellipses import Ellipses
from ixigen_data.korean.half_width_jamo import HalfWidthJamo
from ixigen_data.korean.laughter import Laughter
from ixigen_data.korean.middle_dots import MiddleDots
from ixigen_data.korean.private_use import PrivateUse
from ixigen_data.korean.quotes import Quotes
from ixigen_data.korean.repeats import Repeats
from ixigen_data.korean.symbols import Symbols
from ixigen_data.rules.preset import Preset

_Neutral = Mojibake | Entities | Controls | Invisible | PrivateUse | Spaces | Nfc | Whitespace
_Korean = HalfWidthJamo | ConjoiningJamo | Symbols | MiddleDots | Ellipses | Quotes | Repeats | Laughter
Normalizer = _Neutral | _Korean

# Decoding (N0) is the reader's. Two rules stand before their numbers, so that running all again changes nothing:
# private use characters (N9) hide what the rules behind them would join, and a coda that N14 takes off ends a run.
KOREAN: tuple[Normalizer, ...] = (
    *(Mojibake(), Entities(), Controls(), Invisible(), PrivateUse(), Spaces()),
    *(HalfWidthJamo(), Nfc(), ConjoiningJamo(), Symbols(), MiddleDots(), Ellipses(), Quotes()),
    *(Laughter(), Repeats(), Whitespace()),
)
ENGLISH: tuple[Normalizer, ...] = (
    *(Mojibake(), Entities(), Controls(), Invisible(), PrivateUse(), Spaces(), Nfc(), Whitespace()),
)
CODE: tuple[Normalizer, ...] = (Controls(),)  # whatever else code holds may mean something

_PRESETS: dict[str, tuple[Normalizer, ...]] = {
    "korean_normalize": KOREAN,
    "english_normalize": ENGLISH,
    "code_normalize": CODE,
}
_PRESET_OF_LANGUAGE = {"ko": "korean_normalize", "code": "code_normalize"}


class Normalize(Preset):
    """The rules N1 to N15: for Korean, English, code, or (`normalize`) for whatever language a source has."""

    CODE_SAFE: ClassVar[bool] = True

    rule: Literal["normalize", "korean_normalize", "english_normalize", "code_normalize"] = "normalize"
    rules: tuple[Annotated[Normalizer, Field(discriminator="rule")], ...] = ()

    def applies_to(self, source: str, language: str | None) -> bool:
        """Return whether the preset runs on a source: those for prose run on code only where `only` names it."""
        if self.only is None and language == "code":
            return self.rule in ("normalize", "code_normalize")
        return super().applies_to(source, language)

    def order(self) -> Sequence[Rule]:
        """Return all normalizing rules."""
        return KOREAN

    def chosen(self, language: str | None) -> Sequence[Rule]:
        """Return the rules of the preset; those of English for a language without a preset."""
        name = _PRESET_OF_LANGUAGE.get(language or "", "english_normalize") if self.rule == "normalize" else self.rule
        return _PRESETS[name]

    def changed(self) -> Sequence[Rule]:
        """Return `rules`."""
        return self.rules


def named_rules(names: Sequence[str]) -> list[Rule]:
    """Return normalizing rules by their names, numbers or presets' names, in their order.

    Raises:
        ValueError: there is no such rule.
    """
    chosen: set[str] = set()
    for name in names:
        preset = _PRESETS.get(name) or _PRESETS.get(f"{name}_normalize") or ()
        found = {rule_name(rule) for rule in KOREAN if name in (rule_name(rule), rule.ID) or rule in preset}
        if not found:
            known = ", ".join(f"{rule.ID} {rule_name(rule)}" for rule in KOREAN)
            told = f"there is no normalizing rule {name!r}; use korean, english, code, or some of {known}"
            raise ValueError(f"{told}; for others, name a --recipe that has them")
        chosen |= found
    return [rule for rule in KOREAN if rule_name(rule) in chosen]
