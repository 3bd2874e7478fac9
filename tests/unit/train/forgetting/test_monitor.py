import math

import pytest

from ixigen_train.forgetting.measure import Score
from ixigen_train.forgetting.monitor import Monitor, base_of
from ixigen_train.recipe.settings import EvaluationSettings


def of_perplexity(value: float, text: int = 0) -> Score:
    return Score(math.log(value) * 10, 10, text)


@pytest.mark.parametrize(
    ("every", "due"), [(None, [0, 10]), (4, [0, 4, 8, 10]), (5, [0, 5, 10]), (1, list(range(11))), (20, [0, 10])]
)
def test_before_every_so_many_steps_and_after(every: int | None, due: list[int]) -> None:
    monitor = Monitor(EvaluationSettings(every=every))
    assert [step for step in range(11) if monitor.due(step, 10)] == due


def test_the_change_of_perplexity_since_the_first_measurement() -> None:
    # Relative changes of the table in the paper's style: 42.30 to 70.94 is +67.71 %, 45.43 to 42.16 is -7.20 %.
    monitor = Monitor(EvaluationSettings(alarm=0.05))
    before = monitor.tell(0, {"ko": of_perplexity(42.30), "code": of_perplexity(45.43, 5)})
    assert before.measures["held_out/change/ko"] == 0
    assert before.alarms == ()
    after = monitor.tell(9, {"ko": of_perplexity(70.94), "code": of_perplexity(42.16, 5)})
    assert after.measures["held_out/change/ko"] == pytest.approx(0.6771, abs=5e-5)
    assert after.measures["held_out/change/code"] == pytest.approx(-0.0720, abs=5e-5)
    assert after.measures["held_out/loss/ko"] == pytest.approx(math.log(70.94))
    assert after.measures["held_out/bits_per_byte/code"] == pytest.approx(math.log2(42.16) * 2)
    assert "held_out/bits_per_byte/ko" not in after.measures
    assert [str(alarm) for alarm in after.alarms] == [
        "forgetting: step 9: perplexity of ko is 70.94, it was 42.3 before: +67.71%, evaluation.alarm is 5.00%"
    ]


@pytest.mark.parametrize(("alarm", "rung"), [(None, 0), (0.05, 0), (0.04, 1), (0.0401, 1)])
def test_an_alarm_beyond_the_limit_only(alarm: float | None, rung: int) -> None:
    monitor = Monitor(EvaluationSettings(alarm=alarm), {"ko": math.log(100)})
    assert len(monitor.tell(1, {"ko": of_perplexity(104.5)}).alarms) == rung


def test_a_loss_that_is_no_number_is_an_alarm() -> None:
    monitor = Monitor(EvaluationSettings(), {"ko": 1.0})
    assert len(monitor.tell(1, {"ko": Score(math.nan, 10, 0)}).alarms) == 1


def test_a_run_that_goes_on_compares_with_its_beginning() -> None:
    first = Monitor(EvaluationSettings())
    lines = [
        {"step": step, "loss": 1.0} | first.tell(step, {"ko": of_perplexity(value)}).measures
        for step, value in ((0, 10.0), (4, 11.0))
    ]
    resumed = Monitor(EvaluationSettings(), base_of(lines))
    # A part that a later dataset brought counts from its own first measurement.
    told = resumed.tell(8, {"ko": of_perplexity(12.0), "new": of_perplexity(99.0)})
    assert told.measures["held_out/change/ko"] == pytest.approx(0.2)
    assert told.measures["held_out/change/new"] == 0
    assert [alarm.part for alarm in told.alarms] == ["ko"]


def test_lines_without_a_number_are_no_base() -> None:
    # What is not finite stands as null in metrics.jsonl.
    assert base_of([{"step": 0, "held_out/loss/ko": None}, {"step": 4, "held_out/loss/ko": 2}]) == {"ko": 2.0}
