"""Random schedules and stages: sums in every segment, bounds at every prefix, the same order from everywhere."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import accumulate, pairwise

import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from ixigen_data.mixture import order as order_module
from ixigen_data.mixture import schedule as schedule_module
from ixigen_data.mixture import targets as targets_module
from ixigen_data.mixture.order import Order
from ixigen_data.mixture.schedule import Schedule
from ixigen_data.mixture.segments import Segments, divide, plan_order, round_due
from ixigen_data.mixture.settings import MixtureSettings
from ixigen_data.mixture.targets import Branch, branches, schedule_of, targets
from ixigen_data.mixture.tree import children_of
from ixigen_data.mixture.windows import window_counts
from tests.unit.mixture.twin import Node

WEIGHTS = st.one_of(st.integers(0, 5), st.sampled_from([0, 0.1, 24.5, 1000, 1e-6]))
INNER = st.sampled_from([0.1, 0.25, 0.3, 0.5, 0.625, 0.9, 0.99])
PARTS = {
    "a": {"weight": 3, "from": ["a"]},
    "b": {"weight": 2, "parts": {"c": {"weight": 1, "from": ["c"]}, "d": {"weight": 2.5, "from": ["d"]}}},
    "e": {
        "weight": 1,
        "parts": {
            "f": {"weight": 1, "from": ["f"]},
            "g": {"weight": 1, "parts": {name: {"weight": 1, "from": [name]} for name in "hij"}},
        },
    },
}
PATHS = ["a", "b", "b/c", "b/d", "e", "e/f", "e/g", "e/g/h", "e/g/i", "e/g/j"]


@st.composite
def curves(draw: st.DrawFn) -> Mapping[str, object]:
    """Return one schedule of any kind."""
    kind = draw(st.sampled_from(["linear", "cosine", "step", "anneal"]))
    if kind == "step":
        at = sorted(draw(st.sets(INNER, min_size=1, max_size=3)))
        values = draw(st.lists(WEIGHTS, min_size=len(at) + 1, max_size=len(at) + 1))
        return {"kind": kind, "values": values, "at": at}
    curve = {"kind": kind, "from": draw(WEIGHTS), "to": draw(WEIGHTS)}
    if kind == "anneal":
        curve |= {"start": draw(INNER), "shape": draw(st.sampled_from(["linear", "cosine"]))}
    return curve


@st.composite
def scheduled(draw: st.DrawFn) -> MixtureSettings:
    """Return a mixture of eight parts with a schedule, stages or both, in which no part is without weight."""
    scheduled_paths = draw(st.sets(st.sampled_from(PATHS), max_size=4))
    section: dict[str, object] = {"total_tokens": 8, "parts": PARTS}
    if scheduled_paths:
        section["schedule"] = {path: draw(curves()) for path in sorted(scheduled_paths)}
    free = sorted(set(PATHS) - scheduled_paths)
    if not scheduled_paths or draw(st.booleans()):
        numbers = range(draw(st.integers(1, 3)))
        weights = st.dictionaries(st.sampled_from(free), WEIGHTS, max_size=3)
        stages = [{"name": f"s{n}", "weight": draw(st.integers(1, 9)), "weights": draw(weights)} for n in numbers]
        section["stages"] = stages
    try:
        return MixtureSettings.model_validate(section)
    except ValidationError:  # all weights of a node, or all of a part's, came out as 0
        reject()


@pytest.fixture(autouse=True)
def few_segments(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have small segments, and none kept from or for other tests."""
    monkeypatch.setattr(schedule_module, "MOST_SEGMENTS", 40)
    monkeypatch.setattr(order_module, "CHECKPOINT_WINDOWS", 64)
    targets_module._schedule.cache_clear()
    yield
    targets_module._schedule.cache_clear()


def mass_due(schedule: Schedule, place: int, windows: int, segment: int) -> Fraction:
    """Return the windows of a part that are ideally due up to the end of a segment."""
    mass = schedule.mass[place]
    return Fraction(windows * sum(mass[: segment + 1]), sum(mass))


def windows_of(tree: list[Branch], draw: st.DataObject) -> list[int]:
    """Return windows of every node: as targets have them, or any that sum up the tree, as packings have them."""
    total = draw.draw(st.integers(0, 3000))
    counts = window_counts(tree, targets(tree, total * 8), 8)
    if draw.draw(st.booleans()):
        for place, branch in enumerate(tree):
            counts[place] = max(0, counts[place] + draw.draw(st.integers(-3, 3))) if branch.part is not None else 0
        for place in range(len(tree) - 1, 0, -1):
            counts[tree[place].parent] += counts[place]
    return counts


@given(scheduled(), st.data())
@settings(max_examples=100, deadline=None)
def test_every_segment_is_exact_at_every_node(mixture: MixtureSettings, data: st.DataObject) -> None:
    schedule = schedule_of(mixture)
    assert schedule is not None
    tree = branches(mixture)
    counts = windows_of(tree, data)
    segments = divide(tree, counts, schedule)
    children = children_of(tree)
    assert set(segments.counts) == set(schedule.divided)
    for place, given_windows in segments.counts.items():
        assert (given_windows >= 0).all()
        assert given_windows.sum(axis=0).tolist() == [counts[child] for child in children[place]]
        for column, child in enumerate(children[place]):
            if child in segments.counts:  # a divided node gets in each segment what its children get
                assert given_windows[:, column].tolist() == segments.counts[child].sum(axis=1).tolist()
            else:
                part_keeps_to_its_mass(schedule, child, given_windows[:, column].tolist())
    if 0 in segments.counts:
        assert np.diff(segments.borders).tolist() == segments.counts[0].sum(axis=1).tolist()
    assert (segments.borders[0], segments.borders[-1]) == (0, counts[0])


def part_keeps_to_its_mass(schedule: Schedule, place: int, windows: list[int]) -> None:
    """Check a part's windows by segment: none without weight, and less than one off, or 3/2 if it ever pauses."""
    mass = schedule.mass[place]
    weighed = [number for number, amount in enumerate(mass) if amount]
    pauses = weighed and weighed[-1] - weighed[0] + 1 > len(weighed)
    for segment, done in enumerate(accumulate(windows)):
        assert mass[segment] or not windows[segment]
        if sum(mass):
            assert abs(done - mass_due(schedule, place, sum(windows), segment)) < (Fraction(3, 2) if pauses else 1)


@given(st.lists(st.lists(st.integers(0, 5 << 19), min_size=1, max_size=30), min_size=1, max_size=12))
@settings(max_examples=200, deadline=None)
def test_any_amounts_are_rounded_up_or_down_with_their_sum(steps: list[list[int]]) -> None:
    length = min(map(len, steps))
    due = np.array([list(accumulate(row[:length])) for row in steps], np.int64).T
    due[-1] = -(-due[-1] >> 20) << 20  # whole in the end
    whole, found = round_due(due)
    assert (np.diff(found, axis=0, prepend=0) >= 0).all()
    assert ((found == due >> 20) | (found == -(-due >> 20))).all()
    assert (found.sum(axis=1) == whole).all()
    assert (abs((whole << 20) - due.sum(axis=1)) <= 1 << 19).all()


def twin_of(tree: list[Branch], counts: list[int], segments: Segments, place: int = 0) -> Node:
    """Return the twin of a tree of an order, with its phases."""

    def below(child: int) -> Node | int:
        part = tree[child].part
        return twin_of(tree, counts, segments, child) if part is None else part

    children = children_of(tree)[place]
    phases = segments.counts[place].tolist() if place in segments.counts else [[counts[child] for child in children]]
    return Node([below(child) for child in children], *phases)


@given(scheduled(), st.data())
@settings(max_examples=25, deadline=None)
def test_the_order_is_that_of_its_definition(mixture: MixtureSettings, data: st.DataObject) -> None:
    schedule = schedule_of(mixture)
    assert schedule is not None
    tree = branches(mixture)
    counts = windows_of(tree, data)
    segments = divide(tree, counts, schedule)
    order = plan_order(tree, counts, segments)
    twin = twin_of(tree, counts, segments)  # checks Tijdeman's bound itself in every phase, at every step
    expected = [twin.next() for _ in range(counts[0])]
    copy = Order.of({name: array.copy() for name, array in order.arrays().items()})
    assert order.windows == copy.windows == counts[0]
    for start in {0, *(data.draw(st.integers(0, counts[0])) for _ in range(4))}:
        parts, indices = copy.slice(start, counts[0])
        assert list(zip(parts.tolist(), indices.tolist(), strict=True)) == expected[start:]
    for start in range(0, counts[0], 97):
        assert order.at(start) == expected[start]
        assert order.window_of(*expected[start]) == start


@given(scheduled(), st.data())
@settings(max_examples=60, deadline=None)
def test_children_keep_to_their_due_at_every_prefix(mixture: MixtureSettings, data: st.DataObject) -> None:
    schedule = schedule_of(mixture)
    assert schedule is not None
    tree = branches(mixture)
    counts = windows_of(tree, data)
    segments = divide(tree, counts, schedule)
    parts, _ = plan_order(tree, counts, segments).slice(0, counts[0])
    taken = np.zeros((len(tree), counts[0] + 1), np.int64)  # (nodes, prefixes)
    for place in range(len(tree) - 1, 0, -1):
        if tree[place].part is not None:
            taken[place, 1:] = np.cumsum(parts == tree[place].part)
        taken[tree[place].parent] += taken[place]
    children = children_of(tree)
    for start, stop in pairwise(segments.borders.tolist()):
        for place in schedule.divided:
            total = taken[place, stop] - taken[place, start]
            for child in children[place]:
                # |x_child - x_node · n_child / n_node| < 1 within the segment, in integers; 0 at its end.
                given_windows = taken[child, start : stop + 1] - taken[child, start]
                due = (taken[place, start : stop + 1] - taken[place, start]) * given_windows[-1]
                assert (abs(given_windows * total - due) < max(1, total)).all()


@given(st.dictionaries(st.sampled_from(["a", "b", "e/f"]), st.sampled_from([1, 0.1, 24.5]), min_size=1))
@settings(max_examples=20, deadline=None)
def test_a_schedule_that_stands_still_is_none(weights: dict[str, float]) -> None:
    kinds = [{"kind": "linear"}, {"kind": "cosine"}, {"kind": "anneal", "start": 0.5}]
    curve = {
        path: kinds[number] | {"from": weight, "to": weight} for number, (path, weight) in enumerate(weights.items())
    }
    parts = {name: dict(part) for name, part in PARTS.items()}
    parts["e"]["parts"] = {name: dict(part) for name, part in PARTS["e"]["parts"].items()}  # type: ignore[index,attr-defined]
    for path, weight in weights.items():
        top, _, name = path.partition("/")
        owner = parts[top]["parts"][name] if name else parts[top]  # type: ignore[index]
        owner["weight"] = weight
    still = MixtureSettings.model_validate({"total_tokens": 8, "parts": PARTS, "schedule": curve})
    plain = MixtureSettings.model_validate({"total_tokens": 8, "parts": parts})
    for total in (8, 1000, 10**12):
        assert targets(branches(still), total) == targets(branches(plain), total)
    schedule = schedule_of(still)
    assert schedule is not None
    assert schedule.divided == ()
