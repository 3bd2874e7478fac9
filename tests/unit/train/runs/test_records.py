"""A step's line: sums by part become means that add up."""

import math

import pytest

from ixigen_train.runs.records import PartStep, StepRecord

PARTS = {
    "telco": PartStep(nll=30.0, labels=10, bytes=40, tokens=1_000),
    "replay/ko": PartStep(nll=2.0, labels=2, bytes=6, tokens=200),
    "replay/en": PartStep(nll=0.0, labels=0, bytes=0, tokens=50),
}


def test_the_line_of_a_step() -> None:
    record = StepRecord(3, 1_250, 1e-5, PARTS, windows=(8, 12), measures={"seconds": 0.5})
    line = record.line()
    assert record.loss == line["loss"] == pytest.approx(32 / 12)
    assert line["windows"] == [8, 12]
    assert line["loss/telco"] == 3.0
    assert line["perplexity/replay/ko"] == pytest.approx(math.e)
    assert line["bits_per_byte/telco"] == pytest.approx(30 / math.log(2) / 40)
    assert line["bits_per_byte"] == pytest.approx(32 / math.log(2) / 46)
    assert (line["tokens/replay/en"], line["labels/replay/en"]) == (50, 0)
    assert "loss/replay/en" not in line
    assert line["seconds"] == 0.5


def test_bytes_that_one_part_lacks_are_told_for_the_others_alone() -> None:
    parts = PARTS | {"replay/ko": PartStep(nll=2.0, labels=2, bytes=0, tokens=200)}
    line = StepRecord(3, 1_250, 1e-5, parts, windows=(8, 12)).line()
    assert "bits_per_byte/telco" in line
    assert not {"bits_per_byte", "bits_per_byte/replay/ko"} & line.keys()


def test_before_the_first_step_there_is_no_loss() -> None:
    record = StepRecord(0, 0, 0.0, {}, windows=(0, 0), measures={"held_out/loss/telco": 3.0})
    assert math.isnan(record.loss)
    assert record.line() == {"step": 0, "tokens": 0, "lr": 0.0, "windows": [0, 0], "held_out/loss/telco": 3.0}
