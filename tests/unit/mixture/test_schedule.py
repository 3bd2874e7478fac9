import math
from fractions import Fraction

import pytest

from ixigen_data.mixture import schedule as schedule_module
from ixigen_data.mixture.schedule import Schedule, make_schedule
from ixigen_data.mixture.settings import MixtureSettings, course_of
from ixigen_data.mixture.targets import branches, schedule_of, targets

PARTS = {
    "telco": {"weight": 50, "from": ["calls"]},
    "replay": {
        "weight": 50,
        "parts": {"ko": {"weight": 61, "from": ["wiki"]}, "en": {"weight": 39, "from": ["web"]}},
    },
}


def mixture(**keys: object) -> MixtureSettings:
    return MixtureSettings.model_validate({"total_tokens": 4096, "parts": PARTS} | keys)


def scheduled(**keys: object) -> Schedule:
    schedule = schedule_of(mixture(**keys))
    assert schedule is not None
    return schedule


def ratios(settings: MixtureSettings) -> list[float]:
    tree = branches(settings)
    total = 10**15
    return [tokens / total for tokens in targets(tree, total)]


def test_no_schedule_is_none() -> None:
    assert schedule_of(mixture()) is None
    assert schedule_of(mixture(schedule={}, stages=[])) is None


def test_a_weight_that_moves_is_divided_evenly() -> None:
    schedule = scheduled(schedule={"telco": {"kind": "linear", "from": 40, "to": 60}})
    assert schedule.segments == 4096
    assert schedule.positions[1:3] == (Fraction(1, 4096), Fraction(1, 2048))
    assert schedule.divided == (0,)
    middle = Fraction(40) + Fraction(20, 8192)
    share = Fraction(schedule.mass[1][0], sum(schedule.mass[child][0] for child in (1, 2)))
    assert abs(share - middle / (middle + 50)) < Fraction(1, 1 << 60)


def test_stretches_of_one_weight_are_one_segment() -> None:
    anneal = {"kind": "anneal", "from": 10, "to": 60, "start": 0.9}
    schedule = scheduled(schedule={"telco": anneal, "replay/ko": {"kind": "step", "values": [1, 2], "at": [0.25]}})
    assert schedule.positions[:3] == (0, Fraction(1, 4), Fraction(9, 10))
    assert schedule.segments == 4096
    assert schedule.divided == (0, 2)
    stages = [{"name": "broad", "weight": 80}, {"name": "last", "weight": 20, "weights": {"telco": 70}}]
    schedule = scheduled(stages=stages)
    assert schedule.positions == (0, Fraction(4, 5), 1)
    assert schedule.stages == (("broad", 1), ("last", 2))


def test_targets_follow_from_the_mean_over_the_dataset() -> None:
    linear = {"telco": {"kind": "linear", "from": 40, "to": 60}}
    # The mean of w / (w + 50) for w from 40 to 60.
    assert ratios(mixture(schedule=linear))[1] == pytest.approx(1 - 50 / 20 * math.log(110 / 90), abs=1e-9)
    steps = {"telco": {"kind": "step", "values": [40, 0, 150], "at": [0.3, 0.6]}}
    exactly = Fraction(3, 10) * Fraction(40, 90) + Fraction(4, 10) * Fraction(150, 200)
    assert targets(branches(mixture(schedule=steps)), 10**15)[1] == round(exactly * 10**15)
    stages = [{"name": "a", "weight": 3}, {"name": "b", "weight": 1, "weights": {"telco": 150, "replay/en": 0}}]
    exactly = Fraction(3, 4) * Fraction(1, 2) + Fraction(1, 4) * Fraction(3, 4)
    found = targets(branches(mixture(stages=stages)), 10**15)
    assert found[1] == round(exactly * 10**15)
    # In the last quarter, all of replay is Korean: the children of a node are weighed with what the node has there.
    korean = Fraction(3, 4) * Fraction(1, 2) * Fraction(61, 100) + Fraction(1, 4) * Fraction(1, 4)
    assert abs(found[3] - korean * 10**15) <= 1


def test_a_stage_leaves_the_other_nodes_as_they_are_written() -> None:
    stages = [{"name": "a", "weight": 3}, {"name": "b", "weight": 1, "weights": {"telco": 150}}]
    tree = branches(mixture(stages=stages))
    assert [branch.weight for branch in tree[3:]] == [61, 39]
    assert [branch.settings.weight for branch in tree if branch.settings] == [50, 50, 61, 39]


def test_many_parts_have_fewer_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    linear = {"kind": "linear", "from": 40, "to": 60}
    steps = {"kind": "step", "values": [1, 2, 3], "at": [0.1, 0.2]}
    monkeypatch.setattr(schedule_module, "_MOST_CELLS", 50)
    assert make_schedule(course_of(mixture(schedule={"telco": linear}))).segments == 10
    monkeypatch.setattr(schedule_module, "_MOST_CELLS", 1)
    assert make_schedule(course_of(mixture(schedule={"telco": steps, "replay": linear}))).segments == 3
