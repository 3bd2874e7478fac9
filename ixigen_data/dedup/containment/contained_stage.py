"""The stage near/contained: which of the documents that longer ones hold are dropped.

Longest first, a document is dropped where a holder stays, for the longest that does. So every dropped document has a
keeper that was compared with it, and which stays: what is held by a document that goes for a third one is not dropped
for that. A holder is longer, so of two documents never each goes for the other.

A holder is never of a later source: a document of one source that is held by a document of a source behind it stays,
and **sources added behind change nothing of what is dropped of those before**, as with equal and similar documents. So
long documents belong before the short ones that they hold.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from ixigen_data.core.digests import digest_value
from ixigen_data.core.files import join, open_write
from ixigen_data.core.ledger import Ledger
from ixigen_data.dedup.containment.held_kernel import choose_contained
from ixigen_data.dedup.containment.held_stage import read_held
from ixigen_data.dedup.containment.kept import Kept
from ixigen_data.dedup.drops import CONTAINED, DROP, Drops, reasons_of, write_drops
from ixigen_data.dedup.near.drop_lists import PAIRS_FILE, table_of
from ixigen_data.engine.stage import Outcome, Task

BYTES = 1


class ContainedStage:
    """Chooses among the pairs of near/held. One task: about 60 bytes a pair in memory, and few documents have any."""

    name = "near/contained"
    unit = "chunks"

    def __init__(self, kept: Kept, held_folder: str, upstream: Sequence[str]) -> None:
        """`upstream`: the mark of near/held."""
        self._kept = kept
        self._held_folder = held_folder
        self.fingerprint = digest_value(["near/contained", BYTES, list(upstream)])

    def tasks(self) -> Sequence[Task]:
        """Return the one task."""
        return [Task(index=0, name="all", work=len(self._kept.signed.places))]

    def outputs(self, folder: str) -> str:
        """Return `folder`."""
        return folder

    def run(self, task: Task, folder: str) -> Outcome:
        """Write the drop list, `DROP` records by (chunk, row), and the same as a table; see drop_lists.py."""
        held = choose(read_held(self._held_folder))
        drops = np.zeros(len(held), DROP)
        drops["chunk"], drops["row"] = self._kept.signed.places_of(held["document"])
        drops["keeper_chunk"], drops["keeper_row"] = self._kept.signed.places_of(held["holder"])
        drops["kind"], drops["similarity"] = CONTAINED, held["ratio"]
        files = write_drops(folder, task.index, drops)
        with open_write(join(folder, PAIRS_FILE)) as table:
            pq.write_table(table_of(self._kept.signed, drops), table, compression="zstd")
            files[PAIRS_FILE] = table.tell()
        return Outcome(files=files, ledger=self._ledger(drops))

    def _ledger(self, drops: Drops) -> Ledger:
        ledger, signed = Ledger(), self._kept.signed
        for chunk in range(signed.num_indexed_chunks, len(signed.places)):
            place = signed.places[chunk]
            first, last = np.searchsorted(drops["chunk"], [chunk, chunk + 1])
            before = int(self._kept.dropped.holds(signed.starts[chunk] + np.arange(place.documents)).sum())
            account = ledger.account("contained", place.source)
            account.documents_in += place.documents - before
            account.documents_out += place.documents - before - int(last - first)
            account.dropped.update(reasons_of(drops[first:last], signed.num_indexed_chunks))
        return ledger


def choose(held: npt.NDArray[np.void]) -> npt.NDArray[np.void]:
    """Return the `HELD` records, of those by (document, holder), by which a document is dropped; one a document."""
    documents, short = np.unique(held["document"], return_inverse=True)
    at = np.searchsorted(documents, held["holder"])
    known = documents[np.minimum(at, len(documents) - 1)] == held["holder"] if len(documents) else np.zeros(0, np.bool_)
    longer = np.where(known, at, -1)
    order = np.lexsort((held["holder"], -held["holder_size"].astype(np.int64), short, -held["size"].astype(np.int64)))
    chosen = np.zeros(len(held), np.uint8)
    choose_contained(short[order], longer[order], np.zeros(len(documents), np.uint8), chosen)
    return held[np.sort(order[chosen > 0])]
