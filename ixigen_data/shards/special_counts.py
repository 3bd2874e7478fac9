"""How often a special token stands in windows, by part."""

from collections.abc import Sequence

import numpy as np

from ixigen_data.packing.windows import Windows
from ixigen_data.shards.manifest import SETTLEMENT, SettlementWindow


def count_special(
    windows: Windows, first_window: int, paths: Sequence[str], settlement: Sequence[SettlementWindow], token: int | None
) -> dict[str, int]:
    """Return how many tokens that are not pad have the id `token`, by path of the part; parts without any are left out.

    Args:
        windows: consecutive windows, the first of which is number `first_window` of the dataset.
        paths: of the parts, by index.
        settlement: the settlement windows among them.
        token: the id; None, for a token that the recipe does not use, counts nothing.
    """
    if token is None:
        return {}
    found = windows.tokens == token
    if (windows.length < windows.tokens.shape[1]).any():
        found &= np.arange(windows.tokens.shape[1]) < windows.length[:, None]
    counts = np.zeros(len(paths), np.int64)
    alone = windows.part != SETTLEMENT
    np.add.at(counts, windows.part[alone], found[alone].sum(axis=1))
    for window in settlement:
        position = 0
        for piece in window.pieces:
            counts[piece.part] += found[window.window - first_window, position : position + piece.tokens].sum()
            position += piece.tokens
    return {path: int(count) for path, count in zip(paths, counts, strict=True) if count}
