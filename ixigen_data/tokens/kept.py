"""The documents of a chunk that are encoded: those that deduplication keeps, without their frequent lines."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ixigen_data.core.ledger import Account, Ledger
from ixigen_data.dedup.lines.frequent import FrequentLines
from ixigen_data.dedup.lines.samples import CutSampler
from ixigen_data.dedup.lines.strip import BOILERPLATE_ONLY, RULE, strip
from ixigen_data.tokens.samples import DEDUP, DUPLICATE, ChunkSampler


class KeptDocuments:
    """What becomes of a chunk's documents before they are encoded. A document keeps the key of its cleaned text."""

    def __init__(self, source: str, frequent: FrequentLines | None) -> None:
        """`frequent`: None where no lines are cut from the source."""
        self.samples = ChunkSampler(source)
        self.cuts = CutSampler(source)
        self._source = source
        self._frequent = frequent
        self._account = Account()

    def batches(self, batches: Iterator[pa.RecordBatch], drops: npt.NDArray[np.uint32]) -> Iterator[pa.RecordBatch]:
        """Yield batches without the rows that are dropped, counted over all batches. Both kinds are sampled."""
        first = 0
        for batch in batches:
            keep = np.ones(len(batch), np.bool_)
            lower, upper = np.searchsorted(drops, [first, first + len(batch)])
            keep[drops[lower:upper].astype(np.int64) - first] = False
            first += len(batch)
            self.samples.add(batch, ~keep, DEDUP, DUPLICATE)
            kept = batch if keep.all() else batch.filter(pa.array(keep))
            kept = kept if self._frequent is None else self._stripped(kept, self._frequent)
            self.samples.add(kept, np.ones(len(kept), np.bool_))
            yield kept

    def ledger(self) -> Ledger:
        """Return the account of the lines; an empty ledger where none are looked for."""
        ledger = Ledger()
        if self._frequent is not None:
            ledger.account(RULE, self._source).add(self._account)
        return ledger

    def _stripped(self, batch: pa.RecordBatch, frequent: FrequentLines) -> pa.RecordBatch:
        """Return a batch without its frequent lines, and without the documents of which nothing is left."""
        stripped = strip(batch.column("text"), frequent)
        gone = int((~stripped.left).sum())
        self._account.documents_in += len(batch)
        self._account.documents_out += len(batch) - gone
        if not len(stripped.cuts):
            return batch
        changed = len(np.unique(stripped.cuts[:, 2])) - gone
        self._account.edited.update({RULE: changed} if changed else {})
        self._account.dropped.update({BOILERPLATE_ONLY: gone} if gone else {})
        bytes_removed = int((stripped.cuts[:, 1] - stripped.cuts[:, 0]).sum())
        self._account.counts.update(lines_removed=int(stripped.cuts[:, 3].sum()), line_bytes_removed=bytes_removed)
        self.cuts.add(batch, stripped)
        self.samples.add(batch, ~stripped.left, RULE, BOILERPLATE_ONLY)
        place = batch.schema.get_field_index("text")
        batch = batch.set_column(place, batch.schema.field(place), stripped.text)
        return batch.filter(pa.array(stripped.left)) if gone else batch
