"""Where the tokens of windows come from."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

Int64s = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Lineage:
    """Where every token of some windows comes from: one entry a piece of a document in a window, in window order."""

    window: Int64s
    first_token: Int64s  # in the window
    tokens: Int64s
    part: Int64s
    source: Int64s  # counts the sources of the part
    bucket: Int64s
    row: Int64s  # of the document in its source's bucket
    document_token: Int64s  # where the piece begins in its document
    epoch: Int64s

    def __len__(self) -> int:
        return len(self.window)


def in_window_order(pieces: Sequence[Lineage], first_window: int, seq_len: int) -> Lineage:
    """Return one lineage of several, ordered by window and token; `window` is raised by `first_window`."""
    none = np.zeros(0, np.int64)
    names = [field.name for field in fields(Lineage)]
    columns = {name: np.concatenate([none, *(getattr(piece, name) for piece in pieces)]) for name in names}
    place = columns["window"] * seq_len + columns["first_token"]
    columns["window"] += first_window
    if (place[1:] > place[:-1]).all():
        return Lineage(**columns)
    order = np.argsort(place, kind="stable")  # merges what is a few sorted runs, one a part
    return Lineage(**{name: column[order] for name, column in columns.items()})
