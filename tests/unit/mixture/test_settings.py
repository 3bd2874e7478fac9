from collections.abc import Mapping

import pytest
from pydantic import ValidationError

from ixigen_data.mixture import settings as settings_module
from ixigen_data.mixture.settings import FromSupply, MixtureSettings

CONTEXT = {"sources": {"calls", "wiki", "web"}, "seq_len": 4096}
CALLS = {"weight": 50, "from": ["calls"]}
GOOD = {
    "total_tokens": 40_960,
    "holdout": {"tokens": 4096},
    "parts": {
        "telco": {"weight": 50, "from": ["calls"], "max_epochs": 4},
        "replay": {
            "weight": 50.5,
            "parts": {"ko": {"weight": 1, "from": ["wiki"]}, "en": {"weight": 2, "from": ["web"]}},
        },
    },
}


def mistakes(section: object, context: Mapping[str, object] | None = CONTEXT) -> dict[str, str]:
    with pytest.raises(ValidationError, match="MixtureSettings") as fault:
        MixtureSettings.model_validate(section, context=context)
    return {".".join(map(str, error["loc"])): error["msg"] for error in fault.value.errors()}


def test_a_section_survives_json() -> None:
    settings = MixtureSettings.model_validate(GOOD, context=CONTEXT)
    assert MixtureSettings.model_validate_json(settings.model_dump_json(by_alias=True)) == settings
    assert MixtureSettings.model_validate_json(settings.model_dump_json(by_alias=True, exclude_none=True)) == settings


def test_a_total_from_supply() -> None:
    settings = MixtureSettings.model_validate(GOOD | {"total_tokens": {"part": "replay/ko"}}, context=CONTEXT)
    assert settings.total_tokens == FromSupply(part="replay/ko", epochs=1)


@pytest.mark.parametrize(
    ("total", "message"),
    [
        (
            10_000_000_000,
            "10,000,000,000 is not a multiple of packing.seq_len 4,096; use 9,999,998,976 or 10,000,003,072",
        ),
        (100, "100 is less than one window; use at least 4,096"),
        (-4096, "-4,096 is less than one window; use at least 4,096"),
        (True, "True is not a total; write a whole number of tokens, or {part: NAME, epochs: 1}"),
        ("10B", "'10B' is not a total; write a whole number of tokens, or {part: NAME, epochs: 1}"),
    ],
)
def test_totals_that_are_none(total: object, message: str) -> None:
    assert mistakes(GOOD | {"total_tokens": total}) == {"total_tokens": message}


def test_without_a_window_length_any_total_will_do() -> None:
    assert MixtureSettings.model_validate(GOOD | {"total_tokens": 100}).total_tokens == 100


@pytest.mark.parametrize(
    ("total", "place", "message"),
    [
        (
            {"part": "telko"},
            "part",
            "part 'telko' does not exist; name one that has `from`: telco, replay/ko, replay/en",
        ),
        (
            {"part": "replay"},
            "part",
            "part 'replay' is divided into parts; name one that has `from`: telco, replay/ko, replay/en",
        ),
        (
            {"part": "telco", "epochs": 5},
            "epochs",
            "5 is more than the part's max_epochs 4; use 4, or raise max_epochs",
        ),
        ({"part": "telco", "epochs": 0}, "epochs", "0 is not positive; write a number such as 1 or 24.5"),
        ({"epochs": 1}, "part", "Field required"),
    ],
)
def test_supplies_that_give_no_total(total: object, place: str, message: str) -> None:
    assert mistakes(GOOD | {"total_tokens": total}) == {f"total_tokens.{place}": message}


@pytest.mark.parametrize(
    ("part", "place", "message"),
    [
        ({"weight": 0, "from": ["calls"]}, ".weight", "0 is not positive; write a number such as 1 or 24.5"),
        (
            {"weight": float("nan"), "from": ["calls"]},
            ".weight",
            "nan is not positive; write a number such as 1 or 24.5",
        ),
        ({"weight": "50%", "from": ["calls"]}, ".weight", "'50%' is not a number; write one such as 1 or 24.5"),
        ({"from": ["calls"]}, ".weight", "Field required"),
        (
            CALLS | {"parts": {"x": {"weight": 1, "from": ["wiki"]}}},
            "",
            "has both `from` and `parts`; keep one of them",
        ),
        ({"weight": 1}, "", "has neither `from` nor `parts`; write one, such as from: [wiki]"),
        ({"weight": 1, "parts": {}}, ".parts", "there is no part; write one such as {wiki: {weight: 1, from: [wiki]}}"),
        ({"weight": 1, "from": []}, ".from", "no source is named; write one such as [wiki]"),
        ({"weight": 1, "from": "calls"}, ".from", "a list of sources is needed; write [calls]"),
        ({"weight": 1, "from": ["cals"]}, ".from.0", "there is no source 'cals'; use one of calls, web, wiki"),
        ({"weight": 1, "from": [7]}, ".from.0", "7 is not the name of a source; write one such as wiki"),
        (
            {"weight": 1, "from": ["calls", "calls"]},
            ".from.1",
            "source 'calls' feeds part 'telco' already; name it once, in one part",
        ),
        (
            {"weight": 1, "parts": {"x": CALLS}, "max_epochs": 2},
            "",
            "max_epochs caps a part that has `from`; move it to the parts below",
        ),
        (CALLS | {"holdout": {"tokens": -1}}, ".holdout.tokens", "Input should be greater than or equal to 0"),
    ],
)
def test_parts_that_are_none(part: object, place: str, message: str) -> None:
    assert mistakes({"total_tokens": 4096, "parts": {"telco": part}}) == {f"parts.telco{place}": message}


def test_a_source_feeds_one_part_only() -> None:
    found = mistakes(GOOD | {"parts": GOOD["parts"] | {"more": {"weight": 1, "from": ["wiki"]}}})
    assert found == {"parts.more.from.0": "source 'wiki' feeds part 'replay/ko' already; name it once, in one part"}


@pytest.mark.parametrize("name", ["", "a/b", "..", ".hidden", "-x", "a b", "a\nb"])
def test_names_that_no_part_can_have(name: str) -> None:
    (message,) = mistakes({"total_tokens": 4096, "parts": {name: CALLS}}).values()
    assert message == f"{name!r} cannot name a part; begin with a letter or digit, then also '_', '-', '.': web-en"


def test_a_part_may_have_a_korean_name() -> None:
    MixtureSettings.model_validate({"total_tokens": 4096, "parts": {"금융-1": CALLS}}, context=CONTEXT)


def test_a_window_can_name_so_many_parts_only(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings_module.MOST_PARTS == 65_535
    monkeypatch.setattr(settings_module, "MOST_PARTS", 3)
    parts = {f"p{number}": {"weight": 1, "from": [f"s{number}"]} for number in range(4)}
    found = mistakes({"total_tokens": 4096, "parts": parts}, context=None)
    assert found == {"parts": "4 parts are too many; use at most 3"}


STAGES = [{"name": "broad", "weight": 80}, {"name": "last", "weight": 20, "weights": {"telco": 70}}]
LINEAR = {"kind": "linear", "from": 40, "to": 60}


def test_schedules_and_stages_survive_json() -> None:
    steps = {"kind": "step", "values": [1, 2], "at": [0.5]}
    section = GOOD | {"schedule": {"replay": LINEAR, "replay/ko": steps}, "stages": STAGES}
    settings = MixtureSettings.model_validate(section, context=CONTEXT)
    assert MixtureSettings.model_validate_json(settings.model_dump_json(by_alias=True)) == settings
    assert MixtureSettings.model_validate_json(settings.model_dump_json(by_alias=True, exclude_none=True)) == settings


NONE_BELOW = (
    "from position 0 to 0.5 no part of 'replay' has weight; give one of replay/ko, replay/en some there, "
    "or 'replay' none"
)


def stage(name: str, **weights: float) -> dict[str, object]:
    return {"name": name, "weight": 1, "weights": {path.replace("__", "/"): w for path, w in weights.items()}}


@pytest.mark.parametrize(
    ("keys", "place", "message"),
    [
        ({"schedule": {"telko": LINEAR}}, "schedule.telko", "there is no part 'telko'; did you mean telco?"),
        (
            {"schedule": {"zzz": LINEAR}},
            "schedule.zzz",
            "there is no part 'zzz'; use one of telco, replay, replay/ko, replay/en",
        ),
        (
            {"schedule": {"telco": LINEAR}, "stages": STAGES},
            "stages.1.weights.telco",
            "part 'telco' has a schedule as well; keep one of them",
        ),
        (
            {"stages": [stage("a"), stage("a")]},
            "stages.1.name",
            "there is a stage 'a' already; give each its own name",
        ),
        ({"stages": [stage("a", ko=1)]}, "stages.0.weights.ko", "there is no part 'ko'; did you mean replay/ko?"),
        ({"stages": [stage("")]}, "stages.0.name", "String should have at least 1 character"),
        (
            {"stages": [{"name": "a", "weight": 0}]},
            "stages.0.weight",
            "0 is not positive; write a number such as 1 or 24.5",
        ),
        (
            {"stages": [stage("a", telco=-1)]},
            "stages.0.weights.telco",
            "-1 is not a weight; write 0, or a number such as 1 or 24.5",
        ),
        (
            {"stages": [stage("a"), stage("b", telco=0, replay=0)]},
            "stages.1.weights.telco",
            "from position 0.5 to 1 no part has weight; give one of telco, replay some there",
        ),
        (
            {
                "stages": [stage("a", replay__ko=0), stage("b")],
                "schedule": {"replay/en": LINEAR | {"from": 0, "to": 0}},
            },
            "stages.0.weights.replay/ko",
            NONE_BELOW,
        ),
        (
            {"stages": [stage("a", replay__ko=0), stage("b", replay=0)]},
            "stages.0.weights.replay/ko",
            "part 'replay/ko' has no weight over the whole dataset; give it some, or leave it out",
        ),
    ],
)
def test_schedules_that_are_none(keys: dict[str, object], place: str, message: str) -> None:
    assert mistakes(GOOD | keys) == {place: message}


def test_a_node_without_weight_may_have_parts_without() -> None:
    stages = [stage("a", replay=0, replay__ko=0, replay__en=0), stage("b")]
    MixtureSettings.model_validate(GOOD | {"stages": stages}, context=CONTEXT)


def test_borders_are_counted() -> None:
    at = [number / 5000 for number in range(1, 4096)]
    steps = {"kind": "step", "values": [1, *[2] * 4095], "at": at}
    found = mistakes(GOOD | {"schedule": {"telco": steps}, "stages": STAGES[:1]})
    assert found == {"schedule": "4,096 borders are too many; use fewer than 4,096 steps and stages"}


def test_everything_is_reported_at_once() -> None:
    parts = {
        "a": {"weight": -1, "from": ["calls"]},
        "b": {"weight": 1, "from": ["calls", "nowhere"]},
        "c": {"weight": 1, "parts": {"d": {"weight": 1}}},
    }
    assert set(
        mistakes({"total_tokens": {"part": "z", "epochs": "x"}, "parts": parts, "shedule": {}, "schedule": {"q": {}}})
    ) == {
        "total_tokens.part",
        "total_tokens.epochs",
        "parts.a.weight",
        "parts.b.from.0",
        "parts.b.from.1",
        "parts.c.parts.d",
        "shedule",
        "schedule.q",
    }
