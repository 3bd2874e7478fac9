from ixigen_data.mixture.schedule_plan import SchedulePlan, StagePlan, plan_schedule
from ixigen_data.mixture.segments import divide
from ixigen_data.mixture.settings import MixtureSettings
from ixigen_data.mixture.targets import branches, schedule_of, targets
from ixigen_data.mixture.windows import window_counts

PARTS = {
    "telco": {"weight": 1, "from": ["calls"]},
    "replay": {"weight": 1, "parts": {"ko": {"weight": 3, "from": ["wiki"]}, "en": {"weight": 1, "from": ["web"]}}},
}


def planned(**keys: object) -> SchedulePlan:
    settings = MixtureSettings.model_validate({"total_tokens": 8000, "parts": PARTS} | keys)
    tree, schedule = branches(settings), schedule_of(settings)
    assert schedule is not None
    return plan_schedule(tree, schedule, divide(tree, window_counts(tree, targets(tree, 8000), 8), schedule))


def test_stages_have_their_windows_and_their_ratios() -> None:
    stages = [{"name": "broad", "weight": 8}, {"name": "last", "weight": 2, "weights": {"telco": 3, "replay/en": 0}}]
    assert planned(stages=stages) == SchedulePlan(
        stages=(StagePlan(name="broad", start=0, stop=800), StagePlan(name="last", start=800, stop=1000)),
        borders=(0, 800, 1000),
        ratios=((0.5, 0.75), (0.375, 0.25), (0.125, 0.0)),
    )


def test_a_curve_is_told_in_64_stretches() -> None:
    found = planned(schedule={"telco": {"kind": "linear", "from": 1, "to": 3}})
    assert found.stages == ()
    assert len(found.borders) == 65
    assert (found.borders[0], found.borders[-1]) == (0, 1000)
    telco = found.ratios[0]
    assert list(telco) == sorted(telco)
    assert (round(telco[0], 2), round(telco[-1], 2)) == (0.5, 0.75)
    assert all(abs(sum(ratios) - 1) < 1e-5 for ratios in zip(*found.ratios, strict=True))
    assert SchedulePlan.model_validate_json(found.model_dump_json()) == found


def test_a_long_constant_stretch_is_one() -> None:
    found = planned(schedule={"replay/en": {"kind": "anneal", "from": 1, "to": 5, "start": 0.5}})
    assert found.borders[:2] == (0, 500)
    assert len(found.borders) == 34
