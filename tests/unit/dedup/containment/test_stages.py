"""Which documents are dropped for longer ones that hold them."""

import random
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from ixigen_data.dedup.containment import holders_stage
from ixigen_data.dedup.containment.holders_kernel import MOST
from ixigen_data.dedup.containment.holders_stage import HoldersStage
from ixigen_data.dedup.containment.kept import Kept
from ixigen_data.dedup.containment.sketch import LEAST, RATE
from ixigen_data.dedup.drops import DROP, NEAR
from tests.signed_chunks import write_exact
from tests.unit.dedup.containment.small_corpus import Document, Found, contained, corpus_of
from tests.unit.dedup.containment.test_sketch import samples_of

Sources = Mapping[str, Sequence[str]]


def text(seed: int, length: int) -> str:
    """A text that shares no shingle with one of another seed."""
    chosen = random.Random(seed)
    return "".join(chr(chosen.randrange(0xAC00, 0xD7A4)) for _ in range(length))


def found_in(folder: Path, sources: Sources, ratio: float = 0.9, per_chunk: int = 10**6) -> Found:
    return contained(folder, corpus_of(folder, sources, per_chunk), ratio)


def surely(shared: int, samples: int, ratio: float) -> bool:
    """Wilson's interval, solved from the other side: how far a true ratio less by a tenth is from what was met."""
    least = ratio - 0.1
    return shared / samples - least >= 1.5 * (least * (1 - least) / samples) ** 0.5 - 1e-9


def plain(sources: Sources, ratio: float) -> dict[Document, Document]:
    """The same in plain Python, for so few documents that no shingle is common: every pair is looked at."""
    order = list(sources)
    documents = [(name, row) for name in order for row in range(len(sources[name]))]
    size = {document: max(0, len(sources[document[0]][document[1]]) - 4) for document in documents}
    samples = {document: samples_of(sources[document[0]][document[1]], "characters") for document in documents}
    keepers: dict[Document, Document] = {}
    for short in sorted(documents, key=lambda document: -size[document]):
        for longer in sorted(documents, key=lambda document: -size[document]):  # stable: ties by place
            if (
                short not in keepers
                and longer not in keepers
                and len(samples[short]) >= LEAST
                and order.index(longer[0]) <= order.index(short[0])
                and 4 * size[longer] >= 5 * size[short]
                and len(samples[short] & samples[longer]) >= ratio * len(samples[short]) - 1e-9
                and surely(len(samples[short] & samples[longer]), len(samples[short]), ratio)
            ):
                keepers[short] = longer
    return keepers


@pytest.mark.parametrize("seed", range(12))
def test_drops_agree_with_the_plain_form(tmp_path: Path, seed: int) -> None:
    """Texts made of few pieces, so that they hold one another in all ways."""
    chosen = random.Random(seed)
    pieces = [text(number, 200) for number in range(6)]
    sources = {
        name: ["".join(chosen.sample(pieces, chosen.randint(1, 5))) for _ in range(chosen.randint(1, 3))]
        for name in "abc"
    }
    ratio = chosen.choice([0.6, 0.9])
    found = found_in(tmp_path, sources, ratio, per_chunk=chosen.choice([1, 2, 100]))
    assert found.keepers == plain(sources, ratio)
    account = found.ledger.stages["contained"]
    assert sum(each.dropped["contained"] for each in account.values()) == len(found.keepers)
    assert all(each.closes() for each in account.values())


def test_partitions_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = text(1, 4000)
    sources = {"a": [whole, *(whole[n : n + 300] for n in range(0, 3000, 100))], "b": [text(2, 300), whole[50:900]]}
    one = found_in(tmp_path / "one", sources)
    monkeypatch.setattr(holders_stage, "RECORDS_PER_PARTITION", 40)
    many = found_in(tmp_path / "many", sources, per_chunk=3)
    assert len(HoldersStage(Kept(corpus_of(tmp_path / "c", sources), []), []).tasks()) > 10
    assert one == many
    assert len(one.keepers) > 20


def test_a_short_document_goes_for_the_longest_that_holds_it(tmp_path: Path) -> None:
    short = text(1, 400)
    sources = {"a": [short + text(2, 300), short, text(3, 900) + short + text(4, 500), text(5, 4000)]}
    found = found_in(tmp_path, sources)
    assert found.keepers == {("a", 1): ("a", 2)}
    assert found.ratios == {("a", 1): 1.0}


def test_a_document_of_an_earlier_source_stays(tmp_path: Path) -> None:
    short = text(1, 400)
    assert found_in(tmp_path / "1", {"old": [short], "new": [short + text(2, 400)]}).keepers == {}
    found = found_in(tmp_path / "2", {"old": [short + text(2, 400)], "new": [short]})
    assert found.keepers == {("new", 0): ("old", 0)}


@pytest.mark.parametrize("seed", range(6))
def test_sources_added_behind_change_nothing_of_the_old(tmp_path: Path, seed: int) -> None:
    """Not even where a shingle becomes common by them, so that not all of its holders are named."""
    chosen = random.Random(seed)
    pieces = [text(number, 150) for number in range(8)]

    def source(documents: int) -> list[str]:
        return ["".join(chosen.sample(pieces, chosen.randint(1, 7))) for _ in range(documents)]

    old = {"a": source(2 * MOST), "b": source(MOST)}
    before = found_in(tmp_path / "before", old)
    after = found_in(tmp_path / "after", {**old, "c": source(3 * MOST), "d": [text(9, 50).join(pieces)]})
    assert {key: keeper for key, keeper in after.keepers.items() if key[0] in old} == before.keepers
    assert before.keepers
    assert any(key[0] == "c" for key in after.keepers)


def test_no_document_goes_for_one_that_goes(tmp_path: Path) -> None:
    """A third holds 0.92 of the second, and the second all of the first: but the third only 0.84 of the first."""
    first = text(1, 2000)
    second = first + text(2, 2000)
    third = first[320:] + text(2, 2000) + text(3, 4000)
    assert found_in(tmp_path, {"a": [first, second, third]}).keepers == {("a", 1): ("a", 2)}


def test_alike_documents_of_about_one_length_stay(tmp_path: Path) -> None:
    whole = text(1, 2000)
    found = found_in(tmp_path, {"a": [whole, whole[:1700], whole[:1500]]})
    assert found.keepers == {("a", 2): ("a", 0)}


def test_documents_with_few_samples_stay(tmp_path: Path) -> None:
    whole = text(1, 5000)
    length = RATE * LEAST // 3
    found = found_in(tmp_path, {"a": [whole, *(whole[n : n + length] for n in range(0, 4000, 50)), "", "가"]})
    assert found.keepers == {}


def test_a_document_of_an_index_holds_and_stays(tmp_path: Path) -> None:
    short = text(1, 400)
    sources = {"earlier/wiki": [short + text(2, 400), text(3, 300), text(3, 300) + text(4, 300)], "new": [short]}
    corpus = corpus_of(tmp_path, sources, indexed=["earlier/wiki"])
    found = contained(tmp_path, corpus)
    assert found.keepers == {("new", 0): ("earlier/wiki", 0)}
    assert found.ledger.stages["contained"]["new"].dropped == {"contained_in_index": 1}
    assert list(found.ledger.stages["contained"]) == ["new"]


def test_what_was_dropped_before_neither_holds_nor_goes(tmp_path: Path) -> None:
    short = text(1, 400)
    corpus = corpus_of(
        tmp_path, {"a": [short + text(2, 900), short, short + text(3, 200), short, short + text(4, 500)]}
    )
    drops = np.array([(0, 0, 0, 4, 0, 1), (0, 3, 0, 1, 0, 1)], DROP)
    exact = write_exact(tmp_path / "exact", {"a": 5}, drops)
    found = contained(tmp_path, corpus, drop_folders=[str(exact)])
    assert found.keepers == {("a", 1): ("a", 4)}
    account = found.ledger.stages["contained"]["a"]
    assert (account.documents_in, account.documents_out) == (3, 2)


def test_what_a_like_one_of_its_source_went_for_stays(tmp_path: Path) -> None:
    """Of a later source it changes nothing: that may be added at any time."""
    short = text(1, 400)
    sources = {"a": [short + text(2, 400), short, short[:390]], "b": [short[:380]]}
    for row, chunk, keepers in ((2, 0, {}), (0, 1, {("a", 1): ("a", 0), ("a", 2): ("a", 0)})):
        folder = tmp_path / f"{chunk}"
        corpus = corpus_of(folder, sources)
        drops = np.array([(chunk, row, 0, 1, NEAR, 0.95)], DROP)
        before = write_exact(folder / "near", {"a": 3, "b": 1}, drops)
        found = contained(folder, corpus, drop_folders=[str(before)]).keepers
        assert {key: keeper for key, keeper in found.items() if key[0] == "a"} == keepers


def test_every_document_in_one(tmp_path: Path) -> None:
    whole = text(1, 60_000)
    sources = {"a": [whole], "b": [whole[n : n + 300] for n in range(0, 59_000, 20)]}
    found = found_in(tmp_path, sources)
    assert set(found.keepers.values()) == {("a", 0)}
    assert len(found.keepers) > 0.95 * len(sources["b"])  # the others have fewer than LEAST samples


def test_equal_short_documents_cost_what_they_are(tmp_path: Path) -> None:
    """10^5 of them and as many longer ones of a later source: a shingle with so many holders is no pair for each."""
    short = text(1, 300)
    corpus = corpus_of(tmp_path, {"a": [short] * 100_000, "b": [short + text(2, 200)] * 50_000, "c": [short] * 10})
    begin = time.process_time()
    found = contained(tmp_path, corpus)
    assert time.process_time() - begin < 30
    assert found.keepers == {("c", row): ("b", 0) for row in range(10)}
