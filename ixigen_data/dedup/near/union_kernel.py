"""Which documents hang together: union-find in one array of parents.

A parent is never behind its child, so a root is the first document of what hangs together (Tarjan & van Leeuwen 1984:
linking by index, path halving).
"""

import numpy as np
import numpy.typing as npt

from ixigen_data.core.kernels import inlined, kernel

Parents = npt.NDArray[np.uint32]
Numbers = npt.NDArray[np.int64]


@kernel
def unite(parents: Parents, ones: Numbers, others: Numbers) -> None:
    """Unite the sets of documents, pair by pair; a document by itself is its own parent."""
    for pair in range(len(ones)):
        one, other = _root_of(parents, ones[pair]), _root_of(parents, others[pair])
        if one < other:
            parents[other] = one
        elif other < one:
            parents[one] = other


@inlined
def _root_of(parents: Parents, document: int) -> int:
    place = int(document)
    while int(parents[place]) != place:
        parents[place] = parents[int(parents[place])]
        place = int(parents[place])
    return place


@kernel
def flatten(parents: Parents) -> None:
    """Make every document's parent its root."""
    for document in range(len(parents)):
        parents[document] = parents[int(parents[document])]
