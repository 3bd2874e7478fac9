"""Personal data found in a text."""

from collections.abc import Collection, Iterable, Iterator
from typing import Final

from ixigen_data.privacy.account import ACCOUNT
from ixigen_data.privacy.address import ADDRESS
from ixigen_data.privacy.brn import BRN
from ixigen_data.privacy.card import CARD
from ixigen_data.privacy.corp import CORP
from ixigen_data.privacy.detector import Detector, Found
from ixigen_data.privacy.driver import DRIVER
from ixigen_data.privacy.email import EMAIL
from ixigen_data.privacy.frn import FRN
from ixigen_data.privacy.ip import IP
from ixigen_data.privacy.labels import DEFAULT_KINDS, KINDS, Kind
from ixigen_data.privacy.name import NAME
from ixigen_data.privacy.passport import PASSPORT
from ixigen_data.privacy.phone import PHONE
from ixigen_data.privacy.rep import REP
from ixigen_data.privacy.rrn import RRN
from ixigen_data.privacy.rrn_masked import RRN_MASKED
from ixigen_data.privacy.spoken_digits import SPOKEN_DIGITS
from ixigen_data.privacy.vehicle import VEHICLE

_ALL = (RRN, FRN, CORP, CARD, PHONE, REP, BRN, DRIVER, PASSPORT, EMAIL, IP, RRN_MASKED, VEHICLE, ADDRESS)
DETECTORS: Final[dict[Kind, Detector]] = {each.kind: each for each in (*_ALL, SPOKEN_DIGITS, NAME, ACCOUNT)}
_PRIORITY: Final = {kind: place for place, kind in enumerate(KINDS)}


def find(text: str, kinds: Collection[Kind] = DEFAULT_KINDS) -> list[Found]:
    """Return the values of some kinds in a text, in order; where two overlap, the kind that KINDS names first wins."""
    return resolved(
        Found(kind, start, stop)
        for kind in KINDS
        if kind in kinds
        for start, stop in DETECTORS[kind].spans(text, 0, len(text))
    )


def resolved(found: Iterable[Found]) -> list[Found]:
    """Return values that do not overlap, in order: of those that do, the kind that comes first wins, then the first."""
    kept: list[Found] = []
    for group in _overlapping(sorted(found, key=lambda one: (one.start, one.stop))):
        taken: list[Found] = []
        for one in sorted(group, key=lambda one: (_PRIORITY[one.kind], one.start)):
            if all(one.stop <= other.start or other.stop <= one.start for other in taken):
                taken.append(one)
        kept += sorted(taken, key=lambda one: one.start)
    return kept


def _overlapping(found: Iterable[Found]) -> Iterator[list[Found]]:
    """Yield values in groups that overlap no other group."""
    group: list[Found] = []
    end = 0
    for one in found:
        if group and one.start >= end:
            yield group
            group = []
        group.append(one)
        end = max(end, one.stop)
    if group:
        yield group
