"""Ranks that read other files than their neighbours are named."""

import pytest

pytest.importorskip("torch", reason="needs the train lock")

from ixigen_train.metering.agreement import check_agreement, first_difference

pytestmark = pytest.mark.train


def test_equal_digests_differ_nowhere() -> None:
    assert first_difference([{"the recipe": "aa", "the plan": "cc"}] * 4) is None


def test_ranks_and_digests_are_named() -> None:
    told = [{"the recipe": "aa", "dataset s3://b/d": "11"}] * 3 + [{"the recipe": "aa", "dataset s3://b/d": "22"}]
    expected = "ranks disagree on dataset s3://b/d: 11 on ranks 0, 1, 2; 22 on rank 3; give every rank the same files"
    assert first_difference(told) == expected


def test_a_dataset_that_one_rank_does_not_have_is_named() -> None:
    told = first_difference([{"dataset a": "11"}, {"dataset b": "11"}])
    assert told is not None
    assert told.startswith("ranks disagree on dataset a: 11 on rank 0; none on rank 1")


def test_one_process_agrees_with_itself() -> None:
    check_agreement({"the recipe": "aa"})
