"""Numbers of documents, and what is read of them by number."""

from pathlib import Path

import numpy as np

from ixigen_data.dedup.near.signed_corpus import SignedCorpus
from ixigen_data.dedup.places import Corpus
from tests.signed_chunks import IndexedCorpus, SignedDocuments, write_source

A = SignedDocuments(np.arange(20, dtype=np.uint16).reshape(5, 4), np.array([5, 0, 7, 7, 1], np.uint32), list("zyxwv"))
B = SignedDocuments(np.arange(100, 112, dtype=np.uint16).reshape(3, 4), np.array([2, 9, 4], np.uint32), list("lmn"))


def corpus(folder: Path) -> SignedCorpus:
    a, b = write_source(folder / "a", "a", A, 2, [2]), write_source(folder / "b", "b", B, 2)
    return SignedCorpus(Corpus({"a": str(a), "b": str(b)}).places())


def test_numbers_and_places_are_inverse(tmp_path: Path) -> None:
    signed = corpus(tmp_path)
    chunks, rows = signed.places_of(np.array([7, 0, 2, 4, 5]))
    assert (chunks.tolist(), rows.tolist()) == ([2, 0, 1, 1, 2], [2, 0, 0, 2, 0])
    assert signed.numbers_of(chunks, rows).tolist() == [7, 0, 2, 4, 5]


def test_earlier_sources_come_first_and_then_longer_documents(tmp_path: Path) -> None:
    order = np.argsort(corpus(tmp_path).priorities(np.arange(8)), kind="stable")
    assert order.tolist() == [2, 3, 0, 4, 1, 6, 7, 5]


def test_signatures_and_ids_are_those_of_the_numbers(tmp_path: Path) -> None:
    signed = corpus(tmp_path)
    found = np.zeros((3, 4), np.uint16)
    signed.fill_signatures(np.array([1, 4, 6]), found, np.array([2, 0, 1]))
    assert found.tolist() == [[16, 17, 18, 19], [104, 105, 106, 107], [4, 5, 6, 7]]
    assert signed.ids(np.array([1, 2, 4, 6])).to_pylist() == ["y", "x", "v", "m"]


def test_indexes_come_first(tmp_path: Path) -> None:
    old, new = write_source(tmp_path / "old", "old", A, 2, [2]), write_source(tmp_path / "b", "b", B, 2)
    signed = SignedCorpus(IndexedCorpus({"b": str(new)}, index_folders=(("telco/old", str(old)),)).places())
    assert (signed.num_indexed, signed.num_indexed_chunks, signed.sources) == (5, 2, ("telco/old", "b"))
