"""What earlier datasets have served of a source, and what that leaves of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ixigen_data.core.documents import Bools
from ixigen_data.mixture.pieces import Pieces
from ixigen_data.mixture.supply import Int64s
from ixigen_data.tokens.buckets import BUCKETS

_ROW_BITS = 40  # of a document's number: its bucket stands above its row


def _none() -> Int64s:
    return np.zeros(0, np.int64)


@dataclass(frozen=True)
class ServedPieces:
    """Pieces of documents of one source, by epoch, bucket, row and first token; disjoint within an epoch."""

    epoch: Int64s = field(default_factory=_none)
    bucket: Int64s = field(default_factory=_none)
    row: Int64s = field(default_factory=_none)
    first: Int64s = field(default_factory=_none)
    tokens: Int64s = field(default_factory=_none)

    def __len__(self) -> int:
        return len(self.tokens)

    def of(self, rows: Int64s | Bools) -> "ServedPieces":
        """Return some of the pieces."""
        return ServedPieces(self.epoch[rows], self.bucket[rows], self.row[rows], self.first[rows], self.tokens[rows])

    def in_order(self) -> "ServedPieces":
        """Return the pieces by epoch, bucket, row and first token."""
        return self.of(np.lexsort((self.first, self.row, self.bucket, self.epoch)))

    def documents(self) -> Int64s:
        """Return one number a piece, the same for the pieces of a document."""
        return document_numbers(self.bucket, self.row)


@dataclass(frozen=True)
class Served:
    """What of one source was served: every epoch before `epoch` whole, and of it and later ones what is listed."""

    epoch: int = 0
    buckets: Bools = field(default_factory=lambda: np.zeros(BUCKETS, np.bool_))  # served whole in `epoch`
    pieces: ServedPieces = ServedPieces()  # of other buckets, or of later epochs

    @property
    def last_epoch(self) -> int:
        """The last epoch of which anything was served."""
        return max(self.epoch, int(self.pieces.epoch.max(initial=0)))

    def pieces_of(self, epoch: int) -> ServedPieces:
        """Return the pieces served of an epoch."""
        return self.pieces.of(self.pieces.epoch == epoch)

    def tokens_by_bucket(self, epoch: int, bucket_tokens: Int64s) -> Int64s:
        """Return the tokens served of every bucket in an epoch: (4096,).

        Args:
            bucket_tokens: (4096,) what the source has for training.
        """
        found = np.where(self.buckets, bucket_tokens, 0) if epoch == self.epoch else np.zeros(BUCKETS, np.int64)
        pieces = self.pieces_of(epoch)
        np.add.at(found, pieces.bucket, pieces.tokens)
        return found


@dataclass(frozen=True)
class Earlier:
    """What a dataset takes over from those it continues, by source; a source that they did not have is left out."""

    served: Mapping[str, Served]
    last_key: Mapping[str, str | None]  # of the hold-out that its part had there
    # Sources that one of them no longer had, and what was held out of them: what was served is not known here.
    left_out: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def held_elsewhere(self) -> str | None:
        """The highest key that is held out of a source left out; a copy of its document has the same key."""
        return max((key for key in self.left_out.values() if key is not None), default=None)

    def of(self, sources: Sequence[str]) -> list[Served]:
        """Return what was served of some sources, nothing where they are new."""
        return [self.served.get(source, Served()) for source in sources]


NOTHING = Earlier({}, {})


def document_numbers(bucket: Int64s, row: Int64s) -> Int64s:
    """Return one number a document of a source."""
    return (bucket << _ROW_BITS) + row


def without_served(documents: Pieces, start: Int64s, source: int, served: ServedPieces) -> tuple[Pieces, Int64s]:
    """Return what is left of documents, in their order, and where each piece begins.

    Args:
        documents: of several sources; those of `source` are whole.
        start: (documents,) where each begins, in any count of tokens.
        source: which source `served` speaks of.
        served: of the epoch that the documents are read in.
    """
    numbers = np.where(documents.source == source, document_numbers(documents.bucket, documents.row), -1)
    known = served.documents()  # rising: pieces are in order
    touched = np.flatnonzero(np.isin(numbers, known))
    if len(touched) == 0:
        return documents, start
    by_number = touched[np.argsort(numbers[touched])]
    mine = served.of(np.isin(known, numbers[by_number]))
    owner = by_number[np.searchsorted(numbers[by_number], mine.documents())]
    place, first, tokens = _gaps(owner, mine, documents.tokens)
    kept = np.setdiff1d(np.arange(len(documents)), touched, assume_unique=True)
    places = np.concatenate([kept, place])
    firsts = np.concatenate([documents.first[kept], first])
    begins = np.concatenate([start[kept], start[place] + first])
    lengths = np.concatenate([documents.tokens[kept], tokens])
    order = np.lexsort((firsts, places))
    pieces = documents.take(places[order])
    left = Pieces(lengths[order], pieces.source, pieces.bucket, pieces.row, firsts[order], pieces.epoch)
    return left, begins[order]


def _gaps(owner: Int64s, served: ServedPieces, document_tokens: Int64s) -> tuple[Int64s, Int64s, Int64s]:
    """Return place of the document, first token and tokens of what stands between served pieces and around them.

    Args:
        owner: (pieces,) place of the document of each piece; the pieces of one document follow each other.
        document_tokens: by place.
    """
    stops = served.first + served.tokens
    begins = np.concatenate([[True], owner[1:] != owner[:-1]])
    ends = np.concatenate([owner[1:] != owner[:-1], [True]])
    before = np.where(begins, 0, np.concatenate([[0], stops[:-1]]))
    place = np.concatenate([owner, owner[ends]])
    first = np.concatenate([before, stops[ends]])
    tokens = np.concatenate([served.first - before, document_tokens[owner[ends]] - stops[ends]])
    some = tokens > 0
    return place[some], first[some], tokens[some]
