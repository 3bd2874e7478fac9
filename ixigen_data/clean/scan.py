"""What one scan of a batch finds, for the rules of a chain to choose their documents by."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ixigen_data.clean.scan_kernel import FIRST_RULE, POSSIBLE_INK, scan
from ixigen_data.core.code_points import BLANKS, members
from ixigen_data.core.documents import Bools, text_buffers
from ixigen_data.core.steps import INK, Profile, Rule
from ixigen_data.core.utf8_kernel import TABLE_SIZE

_SHAPES = np.uint64((1 << FIRST_RULE) - 1)
_MOST_RULES = 63 - FIRST_RULE


@dataclass
class Found:
    """What a scan found, one entry a document: bits of shapes, then one bit a rule; and the number of code points."""

    bits: npt.NDArray[np.uint64]
    chars: npt.NDArray[np.int64]

    @property
    def has_ink(self) -> Bools:
        """Whether a document is anything but blank."""
        inked: Bools = (self.bits & np.uint64(INK)) != 0
        return inked

    def seen_by(self, rule: int) -> Profile:
        """Return the profile that the chain's rule of this number looks at."""
        if rule < _MOST_RULES:
            triggered = (self.bits >> np.uint64(FIRST_RULE + rule)) & np.uint64(1) != 0
        else:
            triggered = np.ones(len(self.bits), np.bool_)
        return Profile(triggered, (self.bits & _SHAPES).astype(np.uint32), self.chars)

    def put(self, rows: npt.NDArray[np.int64], found: "Found") -> None:
        """Take what another scan found of some rows."""
        self.bits[rows] = found.bits
        self.chars[rows] = found.chars


class Scanner:
    """Scans texts for what the rules of one chain look for."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._point_bits = _point_bits(tuple(rule.triggers for rule in rules))
        self._pair_bits = _pair_bits(self._point_bits)

    def scan(self, text: pa.LargeStringArray) -> Found:
        """Return what each document holds."""
        data, offsets = text_buffers(text)
        found = Found(bits=np.zeros(len(text), np.uint64), chars=np.zeros(len(text), np.int64))
        scan(data, offsets, self._point_bits, self._pair_bits, found.bits, found.chars)
        return found


@functools.lru_cache(maxsize=32)
def _point_bits(triggers: tuple[str, ...]) -> npt.NDArray[np.uint64]:
    """Return (TABLE_SIZE,) the bits of each code point: INK, and one bit a rule that it triggers."""
    bits = np.full(TABLE_SIZE, np.uint64(INK) | POSSIBLE_INK, np.uint64)
    bits[members(BLANKS)] = 0
    for number, characters in enumerate(triggers[:_MOST_RULES]):
        bits[members(characters)] |= np.uint64(1) << np.uint64(FIRST_RULE + number)
    return bits


def _pair_bits(bits: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Return (65,536,) the bits that the code points have together which begin with two bytes of UTF-8."""
    pairs = np.zeros((256, 256), np.uint64)  # by second byte, then by first
    pairs[:, :0x80] = bits[:0x80]
    pairs[0x80:0xC0, 0xC0:0xE0] = bits[:0x800].reshape(32, 64).T
    pairs[0x80:0xC0, 0xE0:0xF0] = _together(bits[:0x10000].reshape(16, 64, 64)).T
    pairs[0x80:0xC0, 0xF0:0xF8] = bits[-1]
    far = _together(bits[0x10000:].reshape(-1, 4096))
    pairs[0x90 : 0x90 + len(far), 0xF0] = far
    return pairs.reshape(-1)


def _together(bits: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Return the bits that any of the last axis has; INK, if all have it."""
    surely = np.bitwise_and.reduce(bits, axis=-1) | ~np.uint64(INK)
    together: npt.NDArray[np.uint64] = np.bitwise_or.reduce(bits, axis=-1) & surely
    return together
