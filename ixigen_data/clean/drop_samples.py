"""Samples of the documents that rules drop: what they begin with, as their source's rules would have left it."""

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from ixigen_data.clean.chain import EMPTY, Chain, Dropped
from ixigen_data.clean.keys import document_keys
from ixigen_data.core.documents import Documents
from ixigen_data.core.samples import MAX_ID_CHARS, Sample, Sampler, rank_of, shorten

_EDITED_CHARS = 20_000  # of a dropped text: much more than is shown
_LOOKED_AT = 2_000  # documents of a reason in a task: a source may lose a third of its documents to one rule


class DropSampler:
    """Of the first dropped documents of one task those with the lowest ranks, by rule and reason.

    White documents have nothing to show, and what crashed a rule is in quarantine.
    """

    def __init__(self, source: str, chain: Chain) -> None:
        self._source = source
        self._chain = chain
        self._sampler: Sampler[Sample] = Sampler()
        self._seen: Counter[str] = Counter()

    def add(self, documents: Documents, dropped: Sequence[Dropped]) -> None:
        """Offer what `Chain.run` dropped of a batch."""
        gone = [each for each in dropped if self._looks_at(each)]
        if not gone:
            return
        keys = document_keys(documents.take(np.array([each.row for each in gone])).text)
        for each, (hi, lo) in zip(gone, keys.tolist(), strict=True):
            if self._sampler.wants((self._source, each.rule, each.reason), rank_of(hi, lo)):
                self._offer(documents, each, f"{hi:016x}{lo:016x}")

    def chosen(self) -> Iterator[Sample]:
        """Yield the samples."""
        return self._sampler.chosen()

    def _looks_at(self, dropped: Dropped) -> bool:
        if dropped.crashed or dropped.rule == EMPTY:
            return False
        self._seen[dropped.reason] += 1
        return self._seen[dropped.reason] <= _LOOKED_AT

    def _offer(self, documents: Documents, dropped: Dropped, key: str) -> None:
        text = documents.text[dropped.row].as_py()
        shown = self._edited(text[:_EDITED_CHARS])
        if shown is not None:
            sample = Sample(
                source=self._source,
                rule=dropped.rule,
                reason=dropped.reason,
                key=key,
                id=shorten(documents.id[dropped.row].as_py(), MAX_ID_CHARS),
                chars=len(text),
                text=shorten(shown),
            )
            self._sampler.add(sample)

    def _edited(self, text: str) -> str | None:
        """Return a text after every edit, so that what is masked anywhere is masked here; None where a rule raises."""
        try:
            return self._chain.text(text)[0]
        except MemoryError:  # the machine's fault, not the document's
            raise
        except Exception:
            return None
