import numpy as np
import pytest

from ixigen_data.mixture.segments import Segments, divide, plan_order, round_due, windows_due
from ixigen_data.mixture.settings import MixtureSettings
from ixigen_data.mixture.targets import Branch, branches, schedule_of, targets
from ixigen_data.mixture.windows import window_counts

ONE = 1 << 20


def divided(windows: int, parts: dict[str, object], **keys: object) -> tuple[list[Branch], list[int], Segments]:
    settings = MixtureSettings.model_validate({"total_tokens": windows * 8, "parts": parts} | keys)
    tree, schedule = branches(settings), schedule_of(settings)
    assert schedule is not None
    counts = window_counts(tree, targets(tree, windows * 8), 8)
    return tree, counts, divide(tree, counts, schedule)


def flat(**weights: float) -> dict[str, object]:
    return {name: {"weight": weight, "from": [name]} for name, weight in weights.items()}


def test_windows_are_due_with_the_mass() -> None:
    assert windows_due(4, [1, 2, 1]).tolist() == [ONE, 3 * ONE, 4 * ONE]
    assert windows_due(1, [1, 2]).tolist() == [ONE // 3, ONE]
    assert windows_due(0, [1, 2]).tolist() == [0, 0]
    assert windows_due(0, [0, 0]).tolist() == [0, 0]


def test_windows_that_are_due_where_a_part_pauses_are_whole() -> None:
    # Two thirds of 5 windows are 3 1/3; 3 of them before the pause.
    assert windows_due(5, [1, 1, 0, 1, 0]).tolist() == [3 * ONE // 2, 3 * ONE, 3 * ONE, 5 * ONE, 5 * ONE]
    assert windows_due(3, [0, 1, 1]).tolist() == [0, 3 * ONE // 2, 3 * ONE]


def test_the_next_to_be_due_is_rounded_up() -> None:
    half = ONE // 2
    due = np.array([[half, half, half, half], [half, half, ONE, ONE], [ONE, ONE, ONE, ONE]], np.int64)
    whole, found = round_due(due)
    assert whole.tolist() == [2, 3, 4]
    assert found.tolist() == [[0, 0, 1, 1], [1, 0, 1, 1], [1, 1, 1, 1]]


def test_stages_of_whole_windows_are_met_exactly() -> None:
    stages = [{"name": "broad", "weight": 8}, {"name": "last", "weight": 2, "weights": {"a": 3, "c": 0}}]
    _, counts, segments = divided(1000, flat(a=1, b=1, c=2), stages=stages)
    assert counts == [1000, 350, 250, 400]
    assert segments.borders.tolist() == [0, 800, 1000]
    assert segments.counts[0].tolist() == [[200, 200, 400], [150, 50, 0]]


@pytest.mark.parametrize("windows", [1, 7, 100, 9999])
def test_a_part_has_no_window_where_it_has_no_weight(windows: int) -> None:
    steps = {"kind": "step", "values": [1, 0, 2.5], "at": [0.333, 0.611]}
    parts = {"x": {"weight": 1, "parts": flat(a=1, b=1)}, "y": {"weight": 1.3, "from": ["y"]}}
    tree, counts, segments = divided(
        windows, parts, schedule={"x/a": steps, "y": {"kind": "cosine", "from": 1, "to": 3}}
    )
    place = next(place for place, branch in enumerate(tree) if branch.path == "x/a")
    order = plan_order(tree, counts, segments)
    assert order.windows == windows
    found = np.flatnonzero(order.slice(0, windows)[0] == tree[place].part)
    positions = (found + 1) / windows
    assert len(found) == counts[place]
    # A window stands within a window or two of its position: borders are rounded, as the shares are.
    assert not ((positions > 0.333 + 2 / windows) & (positions < 0.611 - 2 / windows)).any()
    silent = segments.counts[1][:, 0] == 0
    assert silent.sum() >= 1


def test_stages_without_weights_only_name_stretches() -> None:
    stages = [{"name": "first", "weight": 1}, {"name": "second", "weight": 2}]
    tree, counts, segments = divided(10, flat(a=1, b=1), stages=stages)
    assert segments.counts == {}
    assert segments.borders.tolist() == [0, 3, 10]
    plain = plan_order(tree, counts, None)
    assert plan_order(tree, counts, segments).slice(0, 10)[0].tolist() == plain.slice(0, 10)[0].tolist()


def test_the_mixture_follows_the_curve() -> None:
    tree, counts, segments = divided(20_000, flat(a=1, b=1), schedule={"a": {"kind": "linear", "from": 0, "to": 3}})
    parts, _ = plan_order(tree, counts, segments).slice(0, 20_000)
    for start in range(0, 20_000, 1000):
        weight = 3 * (start + 500) / 20_000
        assert (parts[start : start + 1000] == 0).mean() == pytest.approx(weight / (weight + 1), abs=0.004)
