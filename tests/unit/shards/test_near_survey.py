"""The largest clusters with the texts of their documents."""

from pathlib import Path

import numpy as np
import pyarrow as pa

from ixigen_data.clean.chunks import ChunkWriter
from ixigen_data.core.documents import Documents
from ixigen_data.dedup.index.files import write_index_chunk
from ixigen_data.dedup.near.summary import (
    ClusterSizes,
    DroppedMember,
    KeepersSummary,
    LargeCluster,
    NearDocument,
    Overlap,
)
from ixigen_data.dedup.places import ChunkPlace
from ixigen_data.shards.dedup_statistics import NearStatistics
from ixigen_data.shards.near_survey import CLUSTERS, MEMBERS, near_statistics

HEAD = "머리말 " * 200


def places(folder: Path, texts: list[str]) -> list[ChunkPlace]:
    """Return a chunk of an index, with one document, and a chunk with some texts, in batches of two."""
    with ChunkWriter(str(folder), 0) as writer:
        for first in range(0, len(texts), 2):
            some = texts[first : first + 2]
            ids = pa.array([f"d{first + place}" for place in range(len(some))], pa.large_string())
            columns = pa.array(some, pa.large_string()), ids
            writer.add(Documents(*columns, np.zeros(len(some), np.int32), np.arange(len(some))))
    (chunk,) = writer.chunks
    ours = ChunkPlace("web", str(folder), chunk.stem, chunk.documents, chunk.text_bytes)
    only_first = np.arange(1, len(texts), dtype=np.uint32)
    kept = write_index_chunk(str(folder / "index"), "00000", ours, only_first, ())
    return [ChunkPlace("old/web", str(folder / "index"), kept.stem, kept.documents, 0, indexed=True), ours]


def told(clusters: tuple[LargeCluster, ...], folder: Path, texts: list[str]) -> NearStatistics:
    summary = KeepersSummary(
        clusters=9,
        clustered=20,
        dropped=11,
        pairs=15,
        sizes=(ClusterSizes(documents_from=2, clusters=9, documents=20),),
        overlap=(
            Overlap(source="web", keeper_source="old/web", documents=4),
            Overlap(source="web", keeper_source="web", documents=7),
        ),
        largest=clusters,
    )
    return near_statistics(summary, 0.68, places(folder, texts))


def cluster(keeper: tuple[int, int], *rows: int) -> LargeCluster:
    members = tuple(DroppedMember(source="web", chunk=1, row=row, similarity=0.98765) for row in rows)
    return LargeCluster(
        documents=9, kept=1, keeper=NearDocument(source="web", chunk=keeper[0], row=keeper[1]), members=members
    )


def test_counts_are_those_of_the_summary(tmp_path: Path) -> None:
    found = told((), tmp_path, ["a"])
    assert (found.clusters, found.documents, found.pairs, found.threshold) == (9, 20, 15, 0.68)
    assert found.overlap == {"web": {"old/web": 4, "web": 7}}
    assert found.largest == ()


def test_texts_are_read_from_their_chunks(tmp_path: Path) -> None:
    found = told((cluster((1, 4), 1, 2),), tmp_path, ["a", "b", "c", "d", "eee"])
    (shown,) = found.largest
    assert (shown.keeper.id, shown.keeper.text, shown.keeper.chars, shown.keeper.similarity) == ("d4", "eee", 3, None)
    assert [(each.id, each.text, each.similarity) for each in shown.members] == [
        ("d1", "b", 0.9877),
        ("d2", "c", 0.9877),
    ]


def test_a_keeper_of_an_index_has_an_id_and_no_text(tmp_path: Path) -> None:
    (shown,) = told((cluster((0, 0), 1),), tmp_path, ["a", "b"]).largest
    assert (shown.keeper.id, shown.keeper.text, shown.keeper.chars) == ("d0", "", 0)
    assert shown.members[0].text == "b"


def test_a_long_beginning_that_all_share_is_left_out(tmp_path: Path) -> None:
    texts = [f"{HEAD}하나 끝", f"{HEAD}둘 끝", f"{HEAD}셋 끝"]
    (shown,) = told((cluster((1, 0), 1, 2),), tmp_path, texts).largest
    assert shown.keeper.before > 600
    for text, document in zip(texts, (shown.keeper, *shown.members), strict=True):
        assert document.before == shown.keeper.before
        assert text[document.before :] == document.text
    assert 60 <= len(shown.keeper.text) - len("하나 끝") <= 100


def test_a_few_of_many_are_shown(tmp_path: Path) -> None:
    many = tuple(cluster((1, 0), 1, 2, 3, 4) for _ in range(CLUSTERS + 3))
    found = told(many, tmp_path, ["a", "b", "c", "d", "e"])
    assert len(found.largest) == CLUSTERS
    assert {len(shown.members) for shown in found.largest} == {MEMBERS}


def test_no_text_makes_statistics_long(tmp_path: Path) -> None:
    (shown,) = told((cluster((1, 0), 1),), tmp_path, ["가" * 50_000, "나" * 50_000]).largest
    assert (len(shown.keeper.text), shown.keeper.chars) == (480, 50_000)
