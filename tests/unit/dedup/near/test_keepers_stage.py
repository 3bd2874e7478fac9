"""Both stages on what is hard: many identical documents, one that is like all, colliding bands, chains, no shingles."""

import os
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from ixigen_data.dedup.drops import NEAR, drops_of
from ixigen_data.dedup.near.keepers_stage import KeepersStage
from ixigen_data.dedup.near.match_kernel import EARLY, RECENT
from ixigen_data.dedup.near.pairs_stage import PairsStage, PairsSummary
from ixigen_data.dedup.near.summary import SIMILARITY_BINS, KeepersSummary
from ixigen_data.dedup.places import Corpus
from ixigen_data.dedup.settings import NearSettings
from ixigen_data.engine.completion import read_outcomes
from tests.signed_chunks import IndexedCorpus, SignedDocuments, find_near, write_exact, write_source

SETTINGS = NearSettings(bands=14, rows=8, threshold=0.65)
SLOTS, BANDS, ROWS = SETTINGS.slots, SETTINGS.bands, SETTINGS.rows
MANY = 20_000


@pytest.fixture(autouse=True)
def _no_waiting_for_disks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)


def random_signatures(documents: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 1 << 16, (documents, SLOTS), dtype=np.uint16)


def documents(signatures: np.ndarray, sizes: np.ndarray | None = None) -> SignedDocuments:
    """Documents by signature, the first the longest."""
    count = len(signatures)
    sizes = np.arange(count + 10, 10, -1, dtype=np.uint32) if sizes is None else sizes
    return SignedDocuments(signatures, sizes, [f"{number:06d}" for number in range(count)])


class Found:
    """What the stages make of sources; numbers of documents count over all of them."""

    def __init__(self, folder: Path, *sources: SignedDocuments) -> None:
        folders = {
            f"s{number}": str(write_source(folder / f"s{number}", f"s{number}", source, BANDS))
            for number, source in enumerate(sources)
        }
        exact = write_exact(folder / "exact", {f"s{number}": len(source) for number, source in enumerate(sources)})
        pairs, self.folder = find_near(folder, SETTINGS, Corpus(folders), exact)
        self.looked = [PairsSummary.model_validate(outcome.summary) for outcome in read_outcomes(str(pairs))]
        (self.outcome,) = read_outcomes(str(self.folder))
        self.summary = KeepersSummary.model_validate(self.outcome.summary)
        (self.drops,) = drops_of(str(self.folder))

    @property
    def compared(self) -> int:
        return sum(each.compared for each in self.looked)


def test_identical_documents_are_one_cluster_at_a_comparison_a_band(tmp_path: Path) -> None:
    found = Found(tmp_path, documents(np.repeat(random_signatures(1), MANY, axis=0)))
    assert found.compared <= BANDS * (MANY + EARLY * EARLY)
    assert found.summary.clusters == found.summary.largest[0].kept == 1
    assert found.drops["row"].tolist() == list(range(1, MANY))
    assert not found.drops["keeper_row"].any()
    assert (found.drops["similarity"] == 1).all()


def test_one_document_that_is_like_all_others_takes_those_that_are_like_it_alone(tmp_path: Path) -> None:
    hub = random_signatures(1)
    others = random_signatures(2_000, seed=2)
    taken = np.argsort(np.random.default_rng(3).random((2_000, SLOTS)), axis=1)[:, :90]
    np.put_along_axis(others, taken, hub[0][taken], axis=1)
    others[:, :ROWS] = hub[0, :ROWS]
    found = Found(tmp_path, documents(np.concatenate([hub, others])))
    assert len(found.drops) == 2_000
    assert not found.drops["keeper_row"].any()
    assert found.compared <= BANDS * 2_001 * (EARLY + RECENT)


def test_bands_that_collide_on_purpose_make_no_pair_and_no_quadratic_work(tmp_path: Path) -> None:
    signatures = random_signatures(MANY)
    signatures[:, : 8 * ROWS] = 7  # 64 of 112 slots: not alike, in eight bands
    found = Found(tmp_path, documents(signatures))
    assert found.summary.pairs == len(found.drops) == 0
    assert found.compared <= 8 * MANY * (EARLY + RECENT)


def test_a_chain_falls_into_no_single_document(tmp_path: Path) -> None:
    # Of neighbours 98 slots are equal, of the next but one 84, of the next but two 70 of the 73 that it takes.
    chain = np.repeat(random_signatures(1), 200, axis=0)
    for number, fresh in enumerate(random_signatures(199, seed=4)):
        chain[number + 1] = chain[number]
        slots = (np.arange(14) + 14 * number) % SLOTS
        chain[number + 1, slots] = fresh[slots]
    found = Found(tmp_path, documents(chain))
    assert found.summary.clusters == 1
    assert found.summary.clustered == 200
    assert sorted(set(range(200)) - set(found.drops["row"].tolist())) == list(range(0, 200, 3))
    assert (found.drops["row"] - found.drops["keeper_row"]).max() == 2


def test_documents_without_a_shingle_are_like_nothing(tmp_path: Path) -> None:
    found = Found(tmp_path, documents(np.zeros((500, SLOTS), np.uint16), np.zeros(500, np.uint32)))
    assert len(found.drops) == found.looked[0].records == 0
    assert found.outcome.ledger.stages["near"]["s0"].documents_out == 500


def test_first_by_source_then_longest_then_lowest_id_stays(tmp_path: Path) -> None:
    same = random_signatures(3)[[0, 0, 0, 1, 1, 2, 2]]
    first = SignedDocuments(same[:5], np.array([9, 20, 9, 8, 8], np.uint32), ["a", "b", "c", "z", "y"])
    second = SignedDocuments(same[[0, 5, 6]], np.array([90, 5, 6], np.uint32), ["a", "a", "b"])
    found = Found(tmp_path, first, second)
    gone = {(chunk, row): (to, place) for chunk, row, to, place, *_ in found.drops.tolist()}
    assert gone == {(0, 0): (0, 1), (0, 2): (0, 1), (0, 3): (0, 4), (1, 0): (0, 1), (1, 1): (1, 2)}


def test_what_is_like_an_index_goes_and_nothing_of_the_index(tmp_path: Path) -> None:
    same = np.repeat(random_signatures(2), 2, axis=0)
    old = write_source(tmp_path / "old", "old", documents(same), BANDS)
    new = write_source(tmp_path / "new", "new", documents(same[1:3], np.array([900, 1], np.uint32)), BANDS)
    (old / "00000-000.docs.arrow").unlink()  # an index keeps no texts
    corpus = IndexedCorpus({"new": str(new)}, index_folders=(("telco/old", str(old)),))
    _, keepers = find_near(tmp_path, SETTINGS, corpus, write_exact(tmp_path / "exact", {"new": 2}))
    (outcome,) = read_outcomes(str(keepers))
    assert outcome.ledger.stages["near"]["new"].dropped == {"near_duplicate_of_index": 2}
    assert list(outcome.ledger.stages["near"]) == ["new"]
    (drops,) = drops_of(str(keepers))
    assert [drop[:4] for drop in drops.tolist()] == [(1, 0, 0, 0), (1, 1, 0, 2)]


def test_the_summary_and_the_table_tell_who_goes_for_whom(tmp_path: Path) -> None:
    signatures = random_signatures(6)[[0, 0, 1, 2, 0, 1, 3]]
    signatures[5, :28] = 0
    first, second = documents(signatures[:4]), documents(signatures[4:])
    found = Found(tmp_path, first, second)
    summary = found.summary
    assert (summary.clusters, summary.clustered, summary.dropped, summary.pairs) == (2, 5, 3, 4)
    assert [each.model_dump() for each in summary.sizes] == [{"documents_from": 2, "clusters": 2, "documents": 5}]
    assert summary.pairs_by_similarity == (*[0] * 15, 1, *[0] * (SIMILARITY_BINS - 17), 3)
    assert [(each.source, each.keeper_source, each.documents) for each in summary.overlap] == [
        ("s0", "s0", 1),
        ("s1", "s0", 2),
    ]
    largest = summary.largest[0]
    assert (largest.documents, largest.kept, largest.keeper.chunk, largest.keeper.row) == (3, 1, 0, 0)
    assert [(each.chunk, each.row, each.similarity) for each in largest.members] == [(0, 1, 1), (1, 0, 1)]
    assert (found.drops["kind"] == NEAR).all()
    table = pq.read_table(found.folder / "pairs.parquet")
    assert list(table.to_pydict().items()) == [
        ("source", ["s0", "s1", "s1"]),
        ("chunk", [0, 1, 1]),
        ("row", [1, 0, 1]),
        ("keeper_source", ["s0", "s0", "s0"]),
        ("keeper_chunk", [0, 0, 0]),
        ("keeper_row", [0, 0, 2]),
        ("similarity", [1, 1, 0.75]),
    ]


def test_fingerprints_follow_threshold_shape_and_upstream() -> None:
    corpus = Corpus({"a": "/a"})

    def marks(settings: NearSettings, upstream: str) -> tuple[str, str]:
        stages = PairsStage(settings, corpus, "/e", [upstream]), KeepersStage(settings, corpus, "/p", [upstream])
        return stages[0].fingerprint, stages[1].fingerprint

    first = marks(SETTINGS, "x")
    assert first == marks(SETTINGS.model_copy(update={"containment": 0.9, "words": 9}), "x")
    for others in (marks(NearSettings(threshold=0.7), "x"), marks(NearSettings(bands=7), "x"), marks(SETTINGS, "y")):
        assert not set(first) & set(others)
