"""Near-deduplication against its plain form, however the work is split; and what must hold of every result."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ixigen_data.dedup.drops import DROP, drops_of
from ixigen_data.dedup.near import buckets, drop_lists, keepers_stage, links, pairs_stage
from ixigen_data.dedup.near.match_kernel import EARLY
from ixigen_data.dedup.near.pair_files import read_pairs
from ixigen_data.dedup.near.signed_corpus import SignedCorpus
from ixigen_data.dedup.near.summary import KeepersSummary
from ixigen_data.dedup.settings import NearSettings
from ixigen_data.engine.completion import read_outcomes, read_plan
from tests.near_twin import Document, Drops, Pairs, all_pairs, drops_by, equal_slots, led_pairs, priority
from tests.signed_chunks import IndexedCorpus, SignedDocuments, find_near, write_exact, write_source

NEAR = NearSettings(bands=3, rows=2, threshold=0.5)


# Few values and sizes, so that bands are shared, lengths are equal, and chains are long.
def documents_of(most: int) -> st.SearchStrategy[list[Document]]:
    """Documents by source; with fewer values the buckets are larger than what is looked at in full."""
    return st.integers(1, 3).flatmap(
        lambda top: st.lists(
            st.builds(
                Document,
                source=st.integers(0, 2),
                size=st.integers(0, 3),
                id=st.sampled_from(["가", "b", "a10", "a9"]),
                signature=st.tuples(*[st.integers(0, top)] * 6),
                copy=st.sampled_from([False, False, False, True]),
            ),
            min_size=1,
            max_size=most,
        ).map(lambda found: sorted(found, key=lambda each: each.source))
    )


documents = documents_of(40)


@pytest.fixture(autouse=True, scope="module")
def _no_waiting_for_disks() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        yield


def with_index(found: Sequence[Document]) -> list[Document]:
    """Take the first source for that of an index, of which nothing is a copy."""
    return [replace(each, indexed=True, copy=False) if each.source == 0 else each for each in found]


class Run:
    """Both stages on documents, each source in chunks of `chunk` documents at most."""

    def __init__(self, folder: Path, found: Sequence[Document], chunk: int = 100) -> None:
        sources = {source: list(group) for source, group in groupby(found, key=lambda each: each.source)}
        folders = {
            f"s{source}": str(write_source(folder / f"s{source}", f"s{source}", signed(group), 3, splits(group, chunk)))
            for source, group in sources.items()
        }
        index = tuple((f"s{source}", folders.pop(f"s{source}")) for source in sources if sources[source][0].indexed)
        corpus = IndexedCorpus(folders, index_folders=index)
        self.signed = SignedCorpus(corpus.places())
        copies = np.zeros(sum(each.copy for each in found), DROP)
        places = self.signed.places_of(np.array([number for number, each in enumerate(found) if each.copy], np.int64))
        copies["chunk"], copies["row"] = places
        self.left = {f"s{n}": sum(not each.copy for each in sources[n]) for n in sources if f"s{n}" in folders}
        exact = write_exact(folder / "exact", self.left, copies)
        self.pair_folder, self.keeper_folder = (str(done) for done in find_near(folder, NEAR, corpus, exact))

    @property
    def pairs(self) -> Pairs:
        found = {}
        for task in read_plan(self.pair_folder).tasks:
            pairs = read_pairs(self.pair_folder, task.index)
            ones = self.signed.numbers_of(pairs["chunk"], pairs["row"]).tolist()
            others = self.signed.numbers_of(pairs["later_chunk"], pairs["later_row"]).tolist()
            assert sorted(set(zip(ones, others, strict=True))) == list(zip(ones, others, strict=True))
            found |= dict(zip(zip(ones, others, strict=True), pairs["slots"].tolist(), strict=True))
        return found

    @property
    def drops(self) -> Drops:
        (found,) = drops_of(self.keeper_folder)
        numbers = self.signed.numbers_of(found["chunk"], found["row"]).tolist()
        assert numbers == sorted(numbers)
        keepers = self.signed.numbers_of(found["keeper_chunk"], found["keeper_row"]).tolist()
        equal = np.rint(found["similarity"] * NEAR.slots).astype(int).tolist()
        return dict(zip(numbers, zip(keepers, equal, strict=True), strict=True))


def signed(group: Sequence[Document]) -> SignedDocuments:
    return SignedDocuments(
        np.array([each.signature for each in group], np.uint16),
        np.array([each.size for each in group], np.uint32),
        [each.id for each in group],
    )


def splits(group: Sequence[Document], chunk: int) -> list[int]:
    return list(range(chunk, len(group), chunk))


@given(documents, st.booleans())
@settings(max_examples=80, deadline=None)
def test_stages_agree_with_the_plain_form(found: list[Document], against: bool) -> None:
    found = with_index(found) if against else found
    with tempfile.TemporaryDirectory() as folder:
        run = Run(Path(folder), found)
        pairs = led_pairs(found, NEAR)
        assert run.pairs == pairs
        assert run.drops == drops_by(pairs, found, NEAR)
        (outcome,) = read_outcomes(run.keeper_folder)
        accounts = outcome.ledger.stages.get("near", {})
        assert {source: account.documents_in for source, account in accounts.items()} == run.left
        assert all(account.closes() for account in accounts.values())
        assert sum(account.dropped.total() for account in accounts.values()) == len(run.drops)
        summary = KeepersSummary.model_validate(outcome.summary)
        assert summary.pairs == sum(summary.pairs_by_similarity) == len(pairs)
        assert summary.clustered == sum(each.documents for each in summary.sizes) == len({n for p in pairs for n in p})


@given(documents_of(EARLY))
@settings(max_examples=30, deadline=None)
def test_small_buckets_are_looked_at_in_full(found: list[Document]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        run = Run(Path(folder), found)
        assert run.pairs == all_pairs(found, NEAR)


@given(documents, st.booleans(), st.integers(1, 7), st.integers(1, 20))
@settings(max_examples=30, deadline=None)
def test_nothing_depends_on_how_work_is_split(found: list[Document], against: bool, chunk: int, size: int) -> None:
    found = with_index(found) if against else found
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        whole = Run(Path(folder) / "whole", found)
        patch.setattr(pairs_stage, "RECORDS_PER_RANGE", size)
        patch.setattr(pairs_stage, "SIGNATURE_BYTES", 12 * size)
        patch.setattr(buckets, "_MAX_WIDTH", 4)
        patch.setattr(links, "LINKS_PER_PART", size)
        patch.setattr(links, "DOCUMENTS_PER_PART", size)
        patch.setattr(links, "_BLOCK", size)
        patch.setattr(drop_lists, "DOCUMENTS_PER_RANGE", size)
        patch.setattr(keepers_stage, "DOCUMENTS_PER_RANGE", size)
        split = Run(Path(folder) / "split", found, chunk)
        assert split.pairs == whole.pairs
        assert split.drops == whole.drops


@given(documents)
@settings(max_examples=30, deadline=None)
def test_whoever_goes_is_like_a_keeper_that_stays(found: list[Document]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        drops = Run(Path(folder), found).drops
        for number, (keeper, equal) in drops.items():
            assert keeper not in drops
            assert equal == equal_slots(found[number], found[keeper]) >= NEAR.threshold * NEAR.slots
            assert priority(found, keeper) < priority(found, number)
            assert found[number].size > 0


@given(documents, documents_of(20))
@settings(max_examples=30, deadline=None)
def test_later_sources_change_nothing_of_the_earlier(found: list[Document], later: list[Document]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        before = Run(Path(folder) / "before", found).drops
        grown = Run(Path(folder) / "after", [*found, *(replace(each, source=3) for each in later)]).drops
        assert {number: drop for number, drop in grown.items() if number < len(found)} == before
