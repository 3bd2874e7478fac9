"""The statistics of documents that are alike, with the texts of the largest clusters."""

from collections.abc import Iterable, Sequence

import numpy as np

from ixigen_data.clean.chunks import read_documents_file
from ixigen_data.core.edits import first_difference
from ixigen_data.core.samples import MAX_ID_CHARS, shorten
from ixigen_data.dedup.names import names_of
from ixigen_data.dedup.near.summary import KeepersSummary, LargeCluster, NearDocument, Overlap
from ixigen_data.dedup.places import ChunkPlace
from ixigen_data.shards.dedup_statistics import NearStatistics, ShownCluster, ShownDocument, SizeBin

CLUSTERS = 12  # shown with their texts
MEMBERS = 3  # of each, beside the keeper
TEXT_CHARS = 480
_BEFORE_CHARS = 80  # of what all documents of a cluster have in common, shown before the first difference
_DIGITS = 4

_LOOKED_AT = 1 << 20  # characters of a text: a dozen clusters of the longest documents must fit into memory

Place = tuple[int, int]  # chunk, row
Text = tuple[int, str]  # code points of the whole, and its beginning
_NO_TEXT = (0, "")  # of an index


def near_statistics(summary: KeepersSummary, threshold: float, places: Sequence[ChunkPlace]) -> NearStatistics:
    """Return the statistics; of the chunks, those that hold documents of the largest clusters are read.

    Args:
        places: every chunk; see dedup/places.py.
    """
    clusters = summary.largest[:CLUSTERS]
    shown = [document for cluster in clusters for document in (cluster.keeper, *cluster.members[:MEMBERS])]
    ids, texts = _ids(places, shown), _texts(places, shown)
    return NearStatistics(
        clusters=summary.clusters,
        documents=summary.clustered,
        pairs=summary.pairs,
        threshold=threshold,
        sizes=tuple(SizeBin.model_validate(size.model_dump()) for size in summary.sizes),
        pairs_by_similarity=summary.pairs_by_similarity,
        overlap=_overlap(summary.overlap),
        largest=tuple(_cluster(cluster, ids, texts) for cluster in clusters),
    )


def _overlap(found: Iterable[Overlap]) -> dict[str, dict[str, int]]:
    by_source: dict[str, dict[str, int]] = {}
    for overlap in found:
        by_source.setdefault(overlap.source, {})[overlap.keeper_source] = overlap.documents
    return by_source


def _cluster(cluster: LargeCluster, ids: dict[Place, str], texts: dict[Place, Text]) -> ShownCluster:
    members = cluster.members[:MEMBERS]
    before = _common(texts.get(_place(cluster.keeper), _NO_TEXT)[1], [texts[_place(member)][1] for member in members])

    def shown(document: NearDocument, similarity: float | None) -> ShownDocument:
        place = _place(document)
        chars, text = texts.get(place, _NO_TEXT)
        return ShownDocument(
            source=document.source,
            id=shorten(ids[place], MAX_ID_CHARS),
            similarity=None if similarity is None else round(similarity, _DIGITS),
            chars=chars,
            before=min(before, len(text)),
            text=shorten(text[before:], TEXT_CHARS),
        )

    return ShownCluster(
        documents=cluster.documents,
        kept=cluster.kept,
        keeper=shown(cluster.keeper, None),
        members=tuple(shown(member, member.similarity) for member in members),
    )


def _common(keeper: str, members: Sequence[str]) -> int:
    """Return how many characters to leave out of a keeper and its members, which they all begin with, up to a space."""
    if not keeper or not members:
        return 0
    stop = min(first_difference(keeper, member) for member in members) - _BEFORE_CHARS
    if stop <= 0 or len(keeper) <= TEXT_CHARS:
        return 0
    return max(keeper.rfind(" ", 0, stop), keeper.rfind("\n", 0, stop)) + 1


def _place(document: NearDocument) -> Place:
    return document.chunk, document.row


def _ids(places: Sequence[ChunkPlace], documents: Sequence[NearDocument]) -> dict[Place, str]:
    asked = sorted({_place(document) for document in documents})
    if not asked:
        return {}
    chunk, row = np.array(asked, np.uint32).T
    return dict(zip(asked, names_of(places, chunk, row)["id"].to_pylist(), strict=True))


def _texts(places: Sequence[ChunkPlace], documents: Sequence[NearDocument]) -> dict[Place, Text]:
    """Return the texts of documents; those of indexes have none."""
    rows: dict[int, list[int]] = {}
    for chunk, row in sorted({_place(document) for document in documents}):
        rows.setdefault(chunk, []).append(row)
    texts: dict[Place, Text] = {}
    for chunk, wanted in rows.items():
        if not places[chunk].indexed:
            texts |= {(chunk, row): (len(text), text[:_LOOKED_AT]) for row, text in _texts_of(places[chunk], wanted)}
    return texts


def _texts_of(place: ChunkPlace, rows: Sequence[int]) -> Iterable[tuple[int, str]]:
    """Yield rows of a chunk with their texts; it is read as far as the last of them, which are ascending."""
    above, left = 0, list(rows)
    for batch in read_documents_file(place.folder, place.stem):
        while left and left[0] < above + len(batch):
            row = left.pop(0)
            yield row, batch.column("text")[row - above].as_py()
        above += len(batch)
        if not left:
            return
