"""What became of a document that no window holds: whose copy it is, or which item of a suite it held."""

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from ixigen_data.core.errors import ShardError
from ixigen_data.core.files import join, open_read, without_secrets
from ixigen_data.shards.lineage_search import in_parallel
from ixigen_data.shards.manifest import Manifest, StoredFile

_MOST_STEPS = 8  # of a copy to the one that stays: the keeper of one stage may be dropped by the next


@dataclass(frozen=True)
class Keeper:
    """The document that was kept in place of another, by one stage."""

    document: str
    source: str
    reason: str  # for which the other was dropped, as the ledger calls it
    similarity: float


@dataclass(frozen=True)
class HeldItem:
    """An item of an evaluation suite that a document held."""

    source: str
    suite: str
    item: str
    ratio: float  # of what is looked for of it
    action: str  # "dropped", or "edited" where the document stayed without it


@dataclass(frozen=True)
class DroppedCopy:
    """A document that was dropped as a copy; each keeper but the last was dropped for the next."""

    document: str
    source: str
    keepers: tuple[Keeper, ...]


def find_copies_of(url: str, manifest: Manifest, document: str, workers: int = 1) -> list[DroppedCopy]:
    """Return the documents of an id that were dropped as copies, by source.

    Raises:
        ShardError: a list of copies is missing or cannot be read.
    """
    found = []
    for source, keeper in _keepers(url, manifest, document, workers):
        keepers = [keeper]
        while len(keepers) < _MOST_STEPS:
            last = keepers[-1]
            following = dict(_keepers(url, manifest, last.document, workers)).get(last.source)
            if following is None:
                break
            keepers.append(following)
        found.append(DroppedCopy(document, source, tuple(keepers)))
    return found


def find_items_in(url: str, manifest: Manifest, document: str) -> list[HeldItem]:
    """Return the items of evaluation suites that documents of an id held.

    Raises:
        ShardError: the list of contaminated documents is missing or cannot be read.
    """
    if manifest.contaminated is None:
        return []
    rows = _rows_of(url, manifest.contaminated, document)
    return [
        HeldItem(str(row["source"]), str(row["suite"]), str(row["item"]), float(str(row["ratio"])), str(row["action"]))
        for row in rows
    ]


def _keepers(url: str, manifest: Manifest, document: str, workers: int) -> Iterator[tuple[str, Keeper]]:
    """Yield the source of each document of an id that was dropped, with its keeper."""
    records = manifest.duplicates or ()
    for _, rows in in_parallel(lambda record: _rows_of(url, record, document), records, workers):
        for row in rows:
            keeper = Keeper(
                str(row["keeper"]), str(row["keeper_source"]), str(row["reason"]), float(str(row["similarity"]))
            )
            yield str(row["source"]), keeper


def _rows_of(url: str, record: StoredFile, document: str) -> list[dict[str, object]]:
    """Return the rows of a file on documents of an id; row groups that cannot hold it are passed over."""
    place = join(url, record.file)
    try:
        with open_read(place) as stream:
            rows: list[dict[str, object]] = pq.read_table(stream, filters=[("document", "=", document)]).to_pylist()
    except (OSError, pa.ArrowException, KeyError) as error:
        told = "missing" if isinstance(error, FileNotFoundError) else f"cannot be read: {str(error).splitlines()[0]}"
        raise ShardError(
            f"{without_secrets(place)}: {told}; `ixigen-data verify` names everything that is wrong"
        ) from None
    return rows
