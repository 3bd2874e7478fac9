"""What licences allow, read from their names alone, as recipes declare them: their texts decide."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from ixigen_data.report.license_names import hub_license


class Answer(StrEnum):
    """What a licence's name says to one question."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Terms:
    """Four questions that a lead asks first."""

    commercial: Answer = Answer.UNKNOWN  # may it be used for profit
    changes: Answer = Answer.UNKNOWN  # may what is made of it be passed on
    attribution: Answer = Answer.UNKNOWN  # must its authors, or its notice, be named
    share_alike: Answer = Answer.UNKNOWN  # must what is made of it carry the same licence

    @property
    def known(self) -> bool:
        """Whether the name is one that is known here."""
        return self.commercial != Answer.UNKNOWN


def _terms(words: str) -> Terms:
    """Return terms from the words that restrict them: nc, nd, by, sa."""
    held = set(words.split())
    return Terms(
        commercial=Answer.NO if "nc" in held else Answer.YES,
        changes=Answer.NO if "nd" in held else Answer.YES,
        attribution=Answer.YES if "by" in held else Answer.NO,
        share_alike=Answer.YES if "sa" in held else Answer.NO,
    )


_KNOWN: Mapping[str, str] = {
    **dict.fromkeys("cc0-1.0 pddl unlicense public-domain publicdomain".split(), ""),
    **dict.fromkeys("apache-2.0 mit bsd bsd-2-clause bsd-3-clause isc zlib postgresql odc-by".split(), "by"),
    **dict.fromkeys("cdla-permissive-1.0 cdla-permissive-2.0 etalab-2.0 psf-2.0 python-2.0".split(), "by"),
    **dict.fromkeys("gpl gpl-2.0 gpl-3.0 agpl-3.0 lgpl lgpl-2.1 lgpl-3.0 mpl-2.0 epl-2.0".split(), "by sa"),
    **dict.fromkeys("eupl-1.2 gfdl odbl cdla-sharing-1.0".split(), "by sa"),
    # Korea Open Government License (공공누리), types 1 to 4.
    "kogl-1": "by",
    "kogl-2": "by nc",
    "kogl-3": "by nd",
    "kogl-4": "by nc nd",
}
_CREATIVE_COMMONS = re.compile(r"cc-(by(?:-(?:nc|nd|sa))*)-\d\.\d(?:-[a-z]+)?")
_KOGL = re.compile(r"(?:kogl|공공누리)[\s_-]*(?:type[\s_-]*|제)?([1-4])(?:유형)?")


def terms_of(name: str | None) -> Terms:
    """Return what a licence's name says; unknown throughout where it is missing or not known here.

    >>> terms_of("CC-BY-NC-4.0").commercial.value, terms_of("internal").commercial.value
    ('no', 'unknown')
    """
    plain = (name or "").strip().lower()
    if found := _CREATIVE_COMMONS.fullmatch(plain):
        return _terms(found[1].replace("-", " "))
    if found := _KOGL.fullmatch(plain):
        plain = f"kogl-{found[1]}"
    known = _KNOWN.get(plain, _KNOWN.get(hub_license(plain)))
    return Terms() if known is None else _terms(known)


@dataclass(frozen=True)
class Demand:
    """What some sources ask of the dataset as a whole."""

    what: str
    sources: tuple[str, ...]
    grave: bool  # it may keep the dataset from being used at all


def demands(licenses: Mapping[str, str | None]) -> list[Demand]:
    """Return what the licences ask together, the gravest first; `licenses` by source, None where none was given."""
    terms = {source: terms_of(name) for source, name in licenses.items()}

    def of(what: str, sources: Iterable[str], grave: bool) -> Demand:
        return Demand(what, tuple(sources), grave)

    found = [
        of("No licence given", (source for source, name in licenses.items() if not name), True),
        of("Not known here, to be read", (s for s, t in terms.items() if licenses[s] and not t.known), True),
        of("Not for commercial use", (s for s, t in terms.items() if t.commercial == Answer.NO), True),
        of("Not to be passed on in changed form", (s for s, t in terms.items() if t.changes == Answer.NO), True),
        of("To be shared under the same licence", (s for s, t in terms.items() if t.share_alike == Answer.YES), False),
        of("To be attributed", (s for s, t in terms.items() if t.attribution == Answer.YES), False),
    ]
    return [demand for demand in found if demand.sources]
