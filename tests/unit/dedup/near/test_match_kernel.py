"""Comparisons within buckets are bounded, and carried on from part to part of a bucket."""

import numpy as np
import pytest

from ixigen_data.dedup.near.match_kernel import CARRIED, EARLY, RECENT, find_repeated, mark_repeated, match

SLOTS = 16


def run(signatures: np.ndarray, at_least: int = 12, parts: int = 1, num_indexed: int = 0) -> tuple[np.ndarray, int]:
    """Match one bucket, handed over in parts; return (found, comparisons)."""
    leaders, who = np.zeros((EARLY + RECENT, SLOTS), np.uint16), np.zeros(EARLY + RECENT, np.int64)
    carried = np.full(CARRIED, -1, np.int64)
    pieces, compared = [], 0
    for part in np.array_split(np.arange(len(signatures)), parts):
        members = np.stack([np.zeros(len(part), np.int64), part, np.arange(len(part))])
        found = np.empty((3, EARLY * len(part)), np.int64)
        pairs, looks = match(members, at_least, num_indexed, signatures[part], leaders, who, carried, found)
        pieces.append(found[:, :pairs])
        compared += looks
    return np.concatenate(pieces, axis=1), compared


def unlike(documents: int) -> np.ndarray:
    return np.random.default_rng(5).integers(0, 1 << 16, (documents, SLOTS), dtype=np.uint16)


def test_identical_documents_cost_one_comparison_each() -> None:
    found, compared = run(np.zeros((20_000, SLOTS), np.uint16))
    early = EARLY * (EARLY - 1) // 2
    assert compared == found.shape[1] == early + 20_000 - EARLY
    assert (found[0, early:] == 0).all()
    assert (found[2] == SLOTS).all()


def test_unlike_documents_of_a_bucket_cost_bounded_comparisons_and_make_no_pair() -> None:
    found, compared = run(unlike(20_000))
    assert found.shape[1] == 0
    assert compared <= (EARLY + RECENT) * 20_000


def test_the_last_unlike_documents_stay_in_sight() -> None:
    signatures = unlike(100)
    again = np.concatenate([signatures, signatures[100 - RECENT :], signatures[:EARLY], signatures[EARLY : EARLY + 1]])
    found, _ = run(again)
    known = [*range(100 - RECENT, 100), *range(EARLY)]
    assert found[:2].T.tolist() == [[one, 100 + place] for place, one in enumerate(known)]


@pytest.mark.parametrize("parts", [2, 7, 60])
def test_parts_of_a_bucket_are_one_bucket(parts: int) -> None:
    signatures = np.repeat(unlike(15), 4, axis=0)
    whole, cut = run(signatures), run(signatures, parts=parts)
    assert np.array_equal(whole[0], cut[0])
    assert whole[1] == cut[1]


def test_two_documents_of_indexes_make_no_pair_but_lead() -> None:
    found, _ = run(np.zeros((EARLY + 4, SLOTS), np.uint16), num_indexed=EARLY + 2)
    assert found[:2].T.tolist() == [[0, EARLY + 2], [0, EARLY + 3]]


def test_signatures_must_be_equal_in_as_many_slots() -> None:
    signatures = np.zeros((2, SLOTS), np.uint16)
    signatures[1, :4] = 1
    assert run(signatures, at_least=12)[0].tolist() == [[0], [1], [12]]
    assert run(signatures, at_least=13)[0].shape[1] == 0


@pytest.mark.parametrize(("skipped", "width"), [(0, 4), (3, 12), (60, 4)])
def test_all_repeated_hashes_are_found(skipped: int, width: int) -> None:
    hashes = np.random.default_rng(3).integers(0, 1 << 64, 50, dtype=np.uint64) >> np.uint64(skipped)
    hashes = np.concatenate([hashes, hashes[::7]])
    once = np.zeros((1 << width) // 64 + 1, np.uint64)
    twice, found = np.zeros_like(once), np.empty(len(hashes), np.bool_)
    mark_repeated(hashes, skipped, width, once, twice)
    find_repeated(hashes, skipped, width, twice, found)
    places = [(int(hashed) << skipped) >> (64 - width) for hashed in hashes]
    assert found.tolist() == [places.count(place) > 1 for place in places]
