"""Times are those of a clock; utilization follows from them."""

import pytest

from ixigen_train.metering.pace import Pace


def test_a_step_is_timed_from_asking_to_its_end() -> None:
    ticks = iter([0.0, 10.0, 10.5, 14.0])
    pace = Pace(flops_per_token=2e9, peak_flops=1e12, clock=lambda: next(ticks))
    pace.asked()
    pace.served()
    assert pace.measures(1_000) == {"seconds": 4.0, "wait_seconds": 0.5, "tokens_per_second": 250.0, "mfu": 0.5}


@pytest.mark.parametrize(("flops", "peak"), [(None, 1e12), (2e9, None)])
def test_an_unknown_device_or_layout_has_no_utilization(flops: float | None, peak: float | None) -> None:
    pace = Pace(flops, peak)
    pace.asked()
    pace.served()
    assert pace.measures(1_000).keys() == {"seconds", "wait_seconds", "tokens_per_second"}
