"""The first windows of a part: which tokens of its stream they hold."""

from dataclasses import dataclass

import numpy as np

from ixigen_data.mixture.pieces import Pieces
from ixigen_data.mixture.pools import PieceStream
from ixigen_data.mixture.supply import Int64s
from ixigen_data.packing.best_fit import BestFit


@dataclass(frozen=True)
class Prefix:
    """Tokens 0 … position - 1 of a stream, and pieces of what follows."""

    position: int
    pieces: tuple[Pieces, ...] = ()


def fitted_prefix(method: BestFit, stream: PieceStream, tokens: int, windows: int, seed: int) -> Prefix:
    """Return what the first windows of a part hold that `best_fit` packed.

    Args:
        stream: of the part, as it was packed.
        tokens: of the stream, that were packed in all.
        windows: how many of the part's windows to look at.
        seed: the part's (`window_seed`).
    """
    pools = method.pools(stream, tokens)
    number = int(np.searchsorted(pools.first_window, windows, side="right")) - 1
    position = int(pools.first_token[number])
    if windows == pools.first_window[number]:
        return Prefix(position)
    pool = method.open(stream, pools, number, seed)
    return Prefix(position, (_cut(pool.pieces, pool.cuts[:, pool.cuts[1] < windows]),))


def _cut(pieces: Pieces, cuts: Int64s) -> Pieces:
    """Return the parts of pieces that some cuts take."""
    whole = pieces.take(cuts[0])
    return Pieces(cuts[3], whole.source, whole.bucket, whole.row, whole.first + cuts[4], whole.epoch)
