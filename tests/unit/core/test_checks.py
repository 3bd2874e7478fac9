"""Checks drop by the first limit that a document fails, and leave alone what cannot be judged."""

import numpy as np

from ixigen_data.core.checks import Check, failures_among, first_failures, measured_from, share

CHECKS = (Check("min_size", "size", "small"), Check("max_marks", "marks", "marked"))


def test_the_first_failed_check_gives_the_reason() -> None:
    measures = {"size": np.array([1.0, 5, 5, 1]), "marks": np.array([0.9, 0.9, 0.1, np.nan])}
    assert first_failures(CHECKS, {"min_size": 2, "max_marks": 0.5}, measures) == {0: "small", 1: "marked", 3: "small"}
    assert first_failures(CHECKS, {"min_size": None, "max_marks": 0.5}, measures) == {0: "marked", 1: "marked"}
    assert first_failures(CHECKS, {"min_size": None, "max_marks": None}, measures) == {}


def test_a_limit_itself_stays() -> None:
    measures = {"size": np.array([2.0]), "marks": np.array([0.5])}
    assert first_failures(CHECKS, {"min_size": 2, "max_marks": 0.5}, measures) == {}


def test_shares_of_nothing_are_zero_and_small_wholes_are_not_judged() -> None:
    shares = share(np.array([0, 1, 3]), np.array([0, 2, 4]))
    assert shares.tolist() == [0, 0.5, 0.75]
    judged = measured_from(shares, np.array([0, 2, 4]), 3)
    assert np.isnan(judged[:2]).all()
    assert judged[2] == 0.75


def test_failures_go_back_to_their_rows() -> None:
    assert failures_among(np.array([3, 7]), {1: "small"}) == {7: "small"}
