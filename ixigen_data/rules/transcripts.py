"""The presets for transcripts: rules S1 to S8 for AI Hub's corpora, the NIKL's, and recognised calls."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from ixigen_data.core.steps import Rule
from ixigen_data.korean.transcripts.aihub_markers import AihubMarkers
from ixigen_data.korean.transcripts.anonymised import Anonymised
from ixigen_data.korean.transcripts.disfluency import Disfluency
from ixigen_data.korean.transcripts.dual_transcription import DualTranscription
from ixigen_data.korean.transcripts.lexicon import Lexicon
from ixigen_data.korean.transcripts.nikl_markers import NiklMarkers
from ixigen_data.korean.transcripts.spacing import Spacing
from ixigen_data.korean.transcripts.speaker_tags import SpeakerTags
from ixigen_data.korean.transcripts.spoken_numbers import SpokenNumbers
from ixigen_data.rules.preset import Preset

_Marks = DualTranscription | AihubMarkers | NiklMarkers | Anonymised
_Speech = SpeakerTags | Disfluency | SpokenNumbers | Spacing
TranscriptRule = _Marks | Lexicon | _Speech

_PRESETS: dict[str, tuple[TranscriptRule, ...]] = {
    "aihub": (DualTranscription(), AihubMarkers(), Anonymised()),
    "nikl": (NiklMarkers(),),
    "call": (SpeakerTags(), Disfluency(), SpokenNumbers(), Spacing()),
}
_ORDER: tuple[TranscriptRule, ...] = (  # places only: no preset has a list of terms
    *(DualTranscription(), AihubMarkers(), NiklMarkers(), Anonymised(), Lexicon(terms={"오쥐": "5G"})),
    *(SpeakerTags(), Disfluency(), SpokenNumbers(), Spacing()),  # numbers first: the analyser divides "육만 구천"
)


class Transcripts(Preset):
    """The rules for one kind of transcript, behind those that normalize and before those for personal data.

    `aihub`: double transcriptions and marks; the meetings of 464 need `rules: [{rule: dual_transcription, default:
    second}]`. `nikl`: marks of dialogues and messages. `call`: speakers, hesitation, spoken numbers, missing spaces.
    They would harm prose, so they run where `only` names a source, or on all of a recipe of nothing but transcripts.
    """

    rule: Literal["transcripts"] = "transcripts"
    preset: Literal["aihub", "nikl", "call"]
    rules: tuple[Annotated[TranscriptRule, Field(discriminator="rule")], ...] = ()

    def order(self) -> Sequence[Rule]:
        """Return all rules for transcripts."""
        return _ORDER

    def chosen(self, language: str | None) -> Sequence[Rule]:
        """Return the rules of the preset."""
        del language
        return _PRESETS[self.preset]

    def changed(self) -> Sequence[Rule]:
        """Return `rules`."""
        return self.rules
