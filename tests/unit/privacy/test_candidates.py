"""Kernels miss nothing that detectors find, and places are those of bytes."""

import pyarrow as pa
import pytest

from ixigen_data.privacy.candidates import Located, find_all
from ixigen_data.privacy.detect import find
from ixigen_data.privacy.labels import DEFAULT_KINDS, KINDS
from tests.hard_negatives import hard_negatives
from tests.personal_data import positives


def located(text: str) -> list[Located]:
    """What `find` finds, in bytes."""
    places = [(one.kind, text[: one.start], text[one.start : one.stop]) for one in find(text, KINDS)]
    return [Located(kind, len(left.encode()), len((left + value).encode())) for kind, left, value in places]


def test_invented_texts_one_by_one_and_in_one() -> None:
    texts = [example.text for example in positives(2_000, seed=11)] + hard_negatives(1_000, seed=11)
    texts += ["\n".join(texts[place : place + 7]) for place in range(0, 2_000, 7)]
    found = dict(find_all(pa.array(texts, pa.large_string()), KINDS))
    for row, text in enumerate(texts):
        start = sum(len(each.encode()) for each in texts[:row]) if row < 50 else None
        if start is not None:
            moved = [Located(one.kind, one.start - start, one.stop - start) for one in found.get(row, [])]
            assert moved == located(text)
        assert [one.kind for one in found.get(row, [])] == [one.kind for one in find(text, KINDS)]


@pytest.mark.parametrize("texts", [[], [""], ["", "", ""], ["@", "0", "공", "님"]])
def test_nothing(texts: list[str]) -> None:
    assert list(find_all(pa.array(texts, pa.large_string()), KINDS)) == []


def test_a_slice_of_a_column() -> None:
    whole = pa.array(["010-1234-5678", "가", "전화 010-1234-5678"], pa.large_string())
    assert list(find_all(whole.slice(1), DEFAULT_KINDS)) == [(1, [Located("phone", 23, 36)])]


def test_kinds_that_are_not_asked_for() -> None:
    text = pa.array(["010-1234-5678 a@b.kr 공일공일이삼사오육칠팔"], pa.large_string())
    ((_, (found,)),) = find_all(text, ["email"])
    assert found == Located("email", 14, 20)


def test_values_at_the_edges_of_documents_do_not_run_together() -> None:
    texts = pa.array(["010-1234-", "5678", "hong@", "naver.com", "공일공일이삼", "사오육칠팔"], pa.large_string())
    assert list(find_all(texts, KINDS)) == []
