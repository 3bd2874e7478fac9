"""Settlement windows: where the remainders of the parts, each less than a window, meet their targets to the token.

A part that the order gives one window more than it can fill owns its last position. Its own remainder comes first
there; the remainders of the others fill the rest, so that every target is met exactly and the order is not disturbed.
"""

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from ixigen_data.mixture.order import Order
from ixigen_data.mixture.windows import PartWindows


class Piece(BaseModel):
    """A run of tokens of one part within a settlement window."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    part: int
    tokens: int
    offset: int  # of the part's token stream


class SettlementWindow(BaseModel):
    """A window that several parts fill; pieces stand one behind the other in the order given."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    window: int
    owner: int
    pieces: tuple[Piece, ...]


def settle(parts: Sequence[PartWindows], order: Order, seq_len: int) -> list[SettlementWindow]:
    """Return the settlement windows in order, every one filled to the token.

    Room is filled from the last settlement window backwards, with the remainders of the parts that own none, in the
    order of the parts; a remainder may be divided. Its tokens are then dealt in window order, so an earlier window
    holds earlier tokens.
    """
    owners = sorted((order.window_of(part, p.full), part) for part, p in enumerate(parts) if p.owns_settlement)
    sizes = _fill_backwards(parts, [part for _, part in owners], seq_len)
    given = [0] * len(parts)
    found = []
    for (window, owner), shares in zip(owners, sizes, strict=True):
        pieces = []
        for part, tokens in shares:
            pieces.append(Piece(part=part, tokens=tokens, offset=parts[part].full * seq_len + given[part]))
            given[part] += tokens
        found.append(SettlementWindow(window=window, owner=owner, pieces=tuple(pieces)))
    return found


def _fill_backwards(parts: Sequence[PartWindows], owners: Sequence[int], seq_len: int) -> list[list[tuple[int, int]]]:
    """Return (part, tokens) of every settlement window, as `owners` are ordered: the owner first, then the others."""
    others = [[part, p.remainder] for part, p in enumerate(parts) if p.remainder and not p.owns_settlement]
    filled = []
    for owner in reversed(owners):
        shares = [(owner, parts[owner].remainder)]
        room = seq_len - parts[owner].remainder
        while room:
            part, left = others[0]
            taken = min(room, left)
            shares.append((part, taken))
            room -= taken
            others[0][1] -= taken
            if taken == left:
                others.pop(0)
        filled.append(shares)
    assert not others, "remainders do not fill the settlement windows"
    return filled[::-1]
