"""Which documents of clusters stay."""

import numpy as np
import numpy.typing as npt

from ixigen_data.core.kernels import inlined, kernel
from ixigen_data.dedup.near.match_kernel import equal_slots

NEAR = 4  # documents that stay, remembered of a dropped one that is like them
LOOKS = 8  # second looks of a document

Numbers = npt.NDArray[np.int64]
Int32s = npt.NDArray[np.int32]
Uint16s = npt.NDArray[np.uint16]


@kernel
def choose_keepers(
    starts: Numbers, higher: Int32s, slots: Uint16s, at_least: int, signatures: Uint16s, keepers: Int32s, equal: Uint16s
) -> None:
    """Decide in order of priority which documents go: those that are like one that stays and comes before them.

    A document goes for the one that it is most like. One that is like dropped documents only is held against those that
    stay and that these are like: their keepers first, then others.

    Args:
        starts: (documents + 1,) where a document's edges begin.
        higher: (edges,) the document of a verified pair that comes before it, ascending.
        slots: (edges,) equal slots of the pair.
        at_least: slots that are equal in documents that are alike.
        signatures: (documents, slots).
        keepers: (documents,) out: for which a document goes; -1 if it stays.
        equal: (documents,) out: slots that are equal in it and its keeper; 0 if it stays.
    """
    near = np.full((len(keepers), NEAR), -1, np.int32)
    looked = np.empty(LOOKS, np.int32)
    for document in range(len(keepers)):
        first, last = starts[document], starts[document + 1]
        keeper, best = -1, 0
        for edge in range(first, last):
            if keepers[higher[edge]] < 0 and slots[edge] > best:
                keeper, best = int(higher[edge]), int(slots[edge])
        if keeper < 0:
            looks = 0
            for edge in range(first, last):
                looks = _collect(near, higher[edge], looked, looks)
            for look in range(looks):
                met = int(looked[look])
                same = equal_slots(signatures, document, signatures, met)
                if same >= at_least and (same > best or (same == best and met < keeper)):
                    keeper, best = met, same
        keepers[document], equal[document] = keeper, best
        if keeper < 0:
            for edge in range(first, last):
                _remember(near, higher[edge], document)
        else:
            near[document, 0] = keeper
            for edge in range(first, last):
                if keepers[higher[edge]] < 0 and higher[edge] != keeper:
                    _remember(near, document, higher[edge])


@inlined
def _collect(near: npt.NDArray[np.int32], dropped: int, looked: Int32s, looks: int) -> int:
    """Add what is remembered of a dropped document to those looked at, as far as there is room; return their number."""
    for place in range(NEAR):
        met = near[dropped, place]
        known = met < 0
        for look in range(looks):
            known = known or looked[look] == met
        if not known and looks < LOOKS:
            looked[looks] = met
            looks += 1
    return looks


@inlined
def _remember(near: npt.NDArray[np.int32], dropped: int, stays: int) -> None:
    """Put a document that stays where a dropped one is remembered, if there is room."""
    place = 0
    while place < NEAR and near[dropped, place] >= 0:
        place += 1
    if place < NEAR:
        near[dropped, place] = stays
