"""The rules a recipe's `clean:` may name, and those that run where it names none."""

from typing import Annotated

from pydantic import Field

from ixigen_data.clean.code_quality import CodeQuality
from ixigen_data.clean.english import C4Quality, FineWebQuality, GopherQuality, GopherRepetition
from ixigen_data.clean.language import Language
from ixigen_data.clean.length import Length
from ixigen_data.korean.quality.lines import KoreanLines
from ixigen_data.korean.quality.quality import KoreanQuality
from ixigen_data.korean.quality.repetition import KoreanRepetition
from ixigen_data.korean.quality.spam import Spam
from ixigen_data.privacy.pii import Pii
from ixigen_data.rules.normalize import Normalize, Normalizer
from ixigen_data.rules.transcripts import TranscriptRule, Transcripts

_English = GopherQuality | GopherRepetition | FineWebQuality | C4Quality
_Korean = KoreanQuality | KoreanRepetition | KoreanLines | Spam
_Filters = Length | Language | CodeQuality | _English | _Korean
_Presets = Normalize | Transcripts

AnyRule = Annotated[_Presets | Normalizer | TranscriptRule | Pii | _Filters, Field(discriminator="rule")]

DEFAULT_RULES: tuple[AnyRule, ...] = (Normalize(),)
