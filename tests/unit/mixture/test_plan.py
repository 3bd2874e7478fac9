import pytest

from ixigen_data.core.errors import SupplyError
from ixigen_data.mixture.plan import Inputs, MixPlan, Shape, holdout_streams, outline, plan_mixture, training_streams
from ixigen_data.mixture.settings import MixtureSettings
from ixigen_data.mixture.supply import Supply
from tests.unit.mixture.memory_store import MemoryStore, store_of

SECTION = {
    "total_tokens": 808,
    "holdout": {"tokens": 20},
    "parts": {
        "telco": {"weight": 50, "from": ["calls"], "max_epochs": 2},
        "replay": {
            "weight": 50,
            "parts": {
                "ko": {"weight": 61, "from": ["wiki", "news"]},
                "en": {"weight": 39, "from": ["web"], "holdout": {"tokens": 0}},
            },
        },
    },
}
SETTINGS = MixtureSettings.model_validate(SECTION)


def stores() -> dict[str, MemoryStore]:
    lengths = {"calls": [7] * 40, "wiki": [11] * 30, "news": [5] * 30, "web": [13] * 40}
    return {name: store_of(name, sizes) for name, sizes in lengths.items()}


def test_a_plan_is_plain_numbers() -> None:
    mix = plan_mixture(SETTINGS, Shape(8, 17), Inputs(stores()))
    plan, order = mix.plan, mix.order
    assert [
        (node.path, node.weight, node.parent, node.part, node.target_tokens, node.windows) for node in plan.nodes
    ] == [
        ("", 1, -1, None, 808, 101),
        ("telco", 50, 0, 0, 404, 51),
        ("replay", 50, 0, None, 404, 50),
        ("replay/ko", 61, 2, 1, 246, 31),
        ("replay/en", 39, 2, 2, 158, 19),
    ]
    telco, ko, en = plan.parts
    assert (telco.sources, telco.full_windows, telco.remainder, telco.supply_tokens) == (("calls",), 50, 4, 280 - 28)
    assert (telco.unique_tokens, telco.repeated_tokens, telco.unused_tokens, telco.unused_documents) == (252, 152, 0, 0)
    assert telco.epochs == 404 / 252
    assert ko.sources == ("wiki", "news")
    assert ko.holdout is not None
    assert ko.holdout.windows == 3
    assert (en.holdout, en.unused_tokens, en.unused_documents) == (None, 520 - 158, 40 - 13)
    assert [window.owner for window in plan.settlement_windows] == [
        order.at(window.window)[0] for window in plan.settlement_windows
    ]
    assert MixPlan.model_validate_json(plan.model_dump_json()) == plan
    assert order.tree.shares.tolist() == [51, 50, 31, 19]


def test_streams_follow_from_the_plan() -> None:
    mix = plan_mixture(SETTINGS, Shape(8, 17), Inputs(stores()))
    plan = mix.plan
    assert [stream.supply.tokens for stream in training_streams(mix, stores())] == [p.supply_tokens for p in plan.parts]
    held = holdout_streams(plan, stores())
    assert [None if stream is None else stream.supply.tokens for stream in held] == [
        p.holdout.tokens if p.holdout else None for p in plan.parts
    ]


def test_a_total_from_supply_leaves_the_hold_out_aside() -> None:
    settings = MixtureSettings.model_validate(SECTION | {"total_tokens": {"part": "telco", "epochs": 1.5}})
    plan = plan_mixture(settings, Shape(8, 17), Inputs(stores())).plan
    assert plan.total_tokens == 752  # 1.5 × 252 = 378 tokens of half the whole
    assert plan.parts[0].target_tokens == 376


def test_too_little_is_told_before_anything_is_planned() -> None:
    settings = MixtureSettings.model_validate(SECTION | {"total_tokens": 8_000})
    with pytest.raises(
        SupplyError, match=r"mixture\.parts\.telco: the target is 4,000 tokens, but there are 252 × max_epochs 2"
    ):
        plan_mixture(settings, Shape(8, 17), Inputs(stores()))


def test_an_outline_needs_no_store() -> None:
    supply = {"telco": Supply(1, 1), "replay/ko": Supply(1, 1), "replay/en": Supply(0, 0)}
    sketch = outline(SETTINGS, Shape(8, 17), supply)
    assert [part.target_tokens for part in sketch.parts] == [404, 246, 158]
    assert sketch.parts[2].epochs == 0.0
    assert sketch.settlement_windows == ()
    assert sketch.parts[0].unused_documents is None
