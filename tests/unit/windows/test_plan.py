"""Plans from recipes; what may follow what."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ixigen_data.core.errors import IxigenError, ShardError
from ixigen_data.shards.manifest import ContinuesRecord, GenerationRecord, Manifest, StoredFile
from ixigen_train.recipe.settings import TrainRecipe
from ixigen_train.windows.course import Course, CoursePlan
from ixigen_train.windows.plan import plan_course, resumed, unserved_advice
from tests.dataset import ORDER, write_dataset
from tests.unit.windows.conftest import LONG

STEP_TOKENS = 4 * 32


def recipe(**keys: object) -> TrainRecipe:
    told = {"name": "t", "model": {"path": "none"}, "batch": {"windows": 4}, **keys}
    return TrainRecipe.model_validate(told)


@pytest.fixture
def first(tmp_path: Path) -> tuple[str, Manifest]:
    return str(tmp_path / "first"), write_dataset(str(tmp_path / "first"))  # 18 windows


def continuation(url: str, before: str, window: int, order: tuple[int | None, ...] = ORDER[::-1]) -> Manifest:
    served = StoredFile(file="served.parquet", bytes=0, digests={"xxh3_128": "0" * 32})
    told = ContinuesRecord(name="first", digest=before, window=window, served=served)
    write_dataset(url, order=order).model_copy(update={"continues": told}).write(url)
    return Manifest.load(url)


def appended(url: str, before: Manifest) -> Manifest:
    """As a generation is: the windows of `before`, then more of them."""
    manifest = write_dataset(url, order=LONG[:40])
    assert manifest.shards[:3] == before.shards[:3]
    both = [
        GenerationRecord(name=str(n), digest=digest, seed=5, first_window=at, windows=n, first_shard=0, parts={})
        for n, digest, at in ((18, before.digest, 0), (22, None, 18))
    ]
    manifest.model_copy(update={"generations": tuple(both)}).write(url)
    return Manifest.load(url)


def stretches(plan: CoursePlan) -> list[tuple[str, int, int]]:
    return [(Path(each.shards).name, each.first_window, each.steps) for each in plan.stretches]


def test_every_full_batch_is_planned(first: tuple[str, Manifest]) -> None:
    url, manifest = first
    plan = plan_course(recipe(), url)
    assert stretches(plan) == [("first", 0, 4)]
    assert plan.stretches[0].digest == manifest.digest
    assert plan_course(recipe(batch={"tokens": 128}, context=32), url) == plan
    assert stretches(plan_course(recipe(steps=3), url)) == [("first", 0, 3)]
    assert CoursePlan.model_validate_json(plan.model_dump_json()) == plan


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"context": 64}, r"context: 64, but the windows of .*first have 32 tokens; use 32, or build"),
        ({"batch": {"windows": 19}}, r"batch.windows: 19, but .*first has 18 windows: not one step; use at most 18"),
        ({"batch": {"tokens": 100}}, r"batch.tokens: 100 is no multiple of .* 32 tokens; use 96 or 128"),
        ({"steps": 5}, r"steps: 5, but the data serves 4 full batches; use at most 4"),
    ],
)
def test_recipes_that_do_not_fit_the_dataset(first: tuple[str, Manifest], keys: dict[str, object], told: str) -> None:
    with pytest.raises(IxigenError, match=told):
        plan_course(recipe(**keys), first[0])


def test_a_continuation_takes_over_where_it_was_cut(first: tuple[str, Manifest], tmp_path: Path) -> None:
    url, manifest = first
    continuation(str(tmp_path / "second"), str(manifest.digest), 8)
    staged = recipe(stages=[{"shards": str(tmp_path / "second"), "at_tokens": 2 * STEP_TOKENS}])
    plan = plan_course(staged, url)
    assert stretches(plan) == [("first", 0, 2), ("second", 0, 4)]
    course = Course.open(plan, None, None)
    assert [course.share(step, 0, 1).windows.start for step in range(6)] == [0, 4, 0, 4, 8, 12]
    assert stretches(plan_course(staged.model_copy(update={"steps": 3}), url)) == [("first", 0, 2), ("second", 0, 1)]
    with pytest.raises(IxigenError, match=r"steps: 2, but the last dataset takes over at step 2; use more"):
        plan_course(staged.model_copy(update={"steps": 2}), url)


def test_three_stages(first: tuple[str, Manifest], tmp_path: Path) -> None:
    url, manifest = first
    grown = appended(str(tmp_path / "grown"), manifest)
    continuation(str(tmp_path / "third"), str(grown.digest), 20)
    stages = [
        {"shards": str(tmp_path / "grown"), "at_tokens": 3 * STEP_TOKENS},
        {"shards": str(tmp_path / "third"), "at_tokens": 5 * STEP_TOKENS},
    ]
    plan = plan_course(recipe(stages=stages), url)
    assert stretches(plan) == [("first", 0, 3), ("grown", 12, 2), ("third", 0, 4)]
    assert Course.open(plan, None, None).windows_of(5) == (20, 24)


@pytest.mark.parametrize(
    ("at_tokens", "told"),
    [
        (200, r"stages.0.at_tokens: 200 is no multiple of a step's 128 tokens; use 128 or 256"),
        (640, r"stages.0.at_tokens: 640, but the dataset before it serves the steps from 0 to 512 tokens"),
        (128, r"at_tokens: 128 is window 4, but .*second continues from window 8 on, .*; use 256 .*at: 4\}"),
    ],
)
def test_stages_at_other_places(first: tuple[str, Manifest], tmp_path: Path, at_tokens: int, told: str) -> None:
    url, manifest = first
    continuation(str(tmp_path / "second"), str(manifest.digest), 8)
    with pytest.raises(IxigenError, match=told):
        plan_course(recipe(stages=[{"shards": str(tmp_path / "second"), "at_tokens": at_tokens}]), url)


def test_stages_that_do_not_continue(first: tuple[str, Manifest], tmp_path: Path) -> None:
    url, manifest = first

    def told_of(second: str) -> str:
        with pytest.raises(IxigenError, match=r"stages.0|second") as found:
            plan_course(recipe(stages=[{"shards": second, "at_tokens": 256}]), url)
        return str(found.value)

    second = str(tmp_path / "second")
    write_dataset(second, order=ORDER[::-1])
    wanted = f"build it with continues: {{digest: {manifest.digest}, at: 8}}"
    assert re.search(rf"second continues no dataset, the stage before it is {manifest.digest}; ", told_of(second))
    assert told_of(second).endswith(wanted)
    continuation(second, "f" * 32, 8)
    assert "second continues ffffffff" in told_of(second)
    continuation(second, str(manifest.digest), 8, ORDER[:3])
    assert "stages.0.shards:" in told_of(second)
    assert "has 3 windows to serve, a step takes 4" in told_of(second)
    write_dataset(second, seq_len=64)
    assert "second: tokens of a window: 64, in the dataset before it 32" in told_of(second)


def test_a_run_goes_on_with_the_same_dataset_elsewhere(first: tuple[str, Manifest], tmp_path: Path) -> None:
    plan = plan_course(recipe(), first[0])
    write_dataset(str(tmp_path / "moved"))
    again = resumed(plan, 2, str(tmp_path / "moved"))
    assert stretches(again) == [("moved", 0, 4)]
    assert again.stretches[0].digest == plan.stretches[0].digest


def test_a_run_goes_on_with_more_generations(first: tuple[str, Manifest], tmp_path: Path) -> None:
    plan = plan_course(recipe(), first[0])
    appended(str(tmp_path / "grown"), first[1])
    for step in range(5):
        assert stretches(resumed(plan, step, str(tmp_path / "grown"))) == [("grown", 0, 10)]
    assert stretches(resumed(plan, 2, str(tmp_path / "grown"), steps=7)) == [("grown", 0, 7)]


def test_a_run_goes_on_with_a_continuation(first: tuple[str, Manifest], tmp_path: Path) -> None:
    url, manifest = first
    second = str(tmp_path / "second")
    third = str(tmp_path / "third")
    continued = continuation(second, str(manifest.digest), 8)
    plan = resumed(plan_course(recipe(), url), 2, second)
    assert stretches(plan) == [("first", 0, 2), ("second", 0, 4)]
    assert stretches(resumed(plan, 3, url)) == stretches(plan)
    assert stretches(resumed(plan, 3, second)) == stretches(plan)
    continuation(third, str(continued.digest), 12, ORDER[3:])
    assert stretches(resumed(plan, 5, third)) == [("first", 0, 2), ("second", 0, 3), ("third", 0, 3)]


def test_a_run_does_not_go_on_with_another_dataset(first: tuple[str, Manifest], tmp_path: Path) -> None:
    url, manifest = first
    second = str(tmp_path / "second")
    plan = plan_course(recipe(), url)
    other = continuation(second, str(manifest.digest), 8)
    told = (
        rf"second: is dataset {other.digest}, which continues {manifest.digest} from window 8 on; the run was served "
        rf"{manifest.digest} up to window 12: go on with that"
    )
    with pytest.raises(ShardError, match=told):
        resumed(plan, 3, second)
    write_dataset(second, order=ORDER[::-1])
    with pytest.raises(ShardError, match=rf"second: is dataset [0-9a-f]{{32}}; the run was served {manifest.digest}"):
        resumed(plan, 2, second)


@given(st.integers(1, 5000), st.integers(1, 300))
def test_advice_names_values_that_serve_all(windows: int, batch: int) -> None:
    told = unserved_advice(windows, batch, 8, ranks=1)
    assert (told is None) == (windows % batch == 0)
    if told is None:
        return
    assert told.startswith(f"{windows % batch:,} of {windows:,} windows")
    numbers = [int(n.replace(",", "")) for n in re.findall(r"[\d,]*\d", told)][2:]
    for number in numbers:
        assert number % (8 * batch) == 0 if number > 2 * batch else windows % number == 0
