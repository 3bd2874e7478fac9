"""Documents that are alike: how large their clusters are, how alike their pairs, and texts side by side."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from markupsafe import Markup, escape

from ixigen_data.core.visible import visible
from ixigen_data.report.funnel import COPY_STAGES
from ixigen_data.report.matrix import MatrixRow, matrix
from ixigen_data.shards.dedup_statistics import NearStatistics, ShownCluster, ShownDocument, SizeBin
from ixigen_data.shards.manifest import Manifest

# A piece is a word of ASCII letters and digits, or one other character, with the white space around it: who writes
# 재미있어요 without its spaces wrote nothing else, and one particle for another is one character.
_PIECES = re.compile(r"\s*(?:[A-Za-z0-9_]+|\S)\s*")
_MARK = Markup("<mark>{text}</mark>")
_GONE = Markup('<mark class="gone"></mark>')  # where the other text has something


@dataclass(frozen=True)
class SizeRow:
    """Clusters of about one size."""

    name: str
    clusters: int
    documents: int
    share: float  # of the documents in all clusters


@dataclass(frozen=True)
class SideBySide:
    """A cluster with its texts, what differs marked in each."""

    cluster: ShownCluster
    texts: tuple[tuple[ShownDocument, Markup], ...]  # the keeper first


def size_rows(near: NearStatistics) -> list[SizeRow]:
    """Return the clusters by size, the smallest first."""
    return [
        SizeRow(_size_name(size), size.clusters, size.documents, size.documents / max(near.documents, 1))
        for size in near.sizes
    ]


def overlap_rows(near: NearStatistics) -> list[MatrixRow]:
    """Return documents that were dropped, by the source of the keeper; columns are the sources of the dropped."""
    return matrix(near.overlap)


def similarity_bins(near: NearStatistics) -> list[tuple[str, int]]:
    """Return pairs by similarity, from the first bin that holds any, each with the name of its bin."""
    counts = near.pairs_by_similarity
    first = next((place for place, count in enumerate(counts) if count), len(counts))
    return [
        (f"{place / len(counts):.2f} to {(place + 1) / len(counts):.2f}", counts[place])
        for place in range(first, len(counts))
    ]


def copies_by_reason(manifest: Manifest) -> dict[str, dict[str, int]]:
    """Return documents that were dropped as copies, by source, then by reason."""
    found: dict[str, dict[str, int]] = {}
    for source, stages in manifest.documents.items():
        copies: Counter[str] = Counter()
        for stage in COPY_STAGES & stages.keys():
            copies.update(stages[stage].dropped)
        if copies:
            found[source] = dict(copies)
    return found


def side_by_side(near: NearStatistics) -> list[SideBySide]:
    """Return the largest clusters, the largest first."""
    return [SideBySide(cluster, tuple(_marked(cluster))) for cluster in near.largest]


def _marked(cluster: ShownCluster) -> Iterator[tuple[ShownDocument, Markup]]:
    """Yield the documents of a cluster: of the keeper is marked what any of the members has otherwise."""
    keeper = _pieces(cluster.keeper.text)
    if not keeper:  # of an index, which keeps no text
        yield cluster.keeper, Markup()
        yield from ((member, escape(visible(member.text))) for member in cluster.members)
        return
    differing, shown = [False] * len(keeper), []
    for member in cluster.members:
        pieces = _pieces(member.text)
        marked = Markup()
        for first, last, own, alike in _stretches(keeper, pieces):
            if alike:
                marked += escape(own)
                continue
            differing[first:last] = [True] * (last - first)
            marked += _MARK.format(text=own) if own else _GONE
        shown.append((member, marked))
    yield cluster.keeper, _runs(keeper, differing)
    yield from shown


def _stretches(keeper: Sequence[str], own: Sequence[str]) -> Iterator[tuple[int, int, str, bool]]:
    """Yield stretches of a text: where they stand in the keeper, the text's own words, whether both are the same.

    Where both texts were cut, what stands between the last pieces that they share and their ends is not told apart.
    """
    one, other = [piece.strip() for piece in keeper], [piece.strip() for piece in own]
    found = SequenceMatcher(None, one, other, autojunk=False).get_opcodes()
    cut = one[-1:] == ["…"] == other[-1:] and len(found) > 1
    for place, (kind, first, last, first_own, last_own) in enumerate(found):
        ends = cut and place >= len(found) - 2
        yield first, last, "".join(own[first_own:last_own]), kind == "equal" or ends


def _pieces(text: str) -> list[str]:
    return _PIECES.findall(visible(text))


def _runs(pieces: Sequence[str], marked: Sequence[bool]) -> Markup:
    """Return pieces as one text, runs of those that are marked in one mark each."""
    out, run = Markup(), ""
    for piece, mark, following in zip(pieces, marked, [*marked[1:], False], strict=True):
        if not mark:
            out += escape(piece)
            continue
        run += piece
        if not following:
            out, run = out + _MARK.format(text=run), ""
    return out


def _size_name(size: SizeBin) -> str:
    """Return the name of a bin.

    >>> _size_name(SizeBin(documents_from=2, clusters=1, documents=3))
    '2 or 3'
    >>> _size_name(SizeBin(documents_from=1024, clusters=1, documents=1500))
    '1,024 to 2,047'
    """
    first, last = size.documents_from, 2 * size.documents_from - 1
    return f"{first:,} {'or' if last == first + 1 else 'to'} {last:,}"
