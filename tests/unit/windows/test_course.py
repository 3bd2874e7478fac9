"""Every window once, in the written order, whatever the ranks; an account that does not come from the windows."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ixigen_data.core.errors import IxigenError, ShardError
from ixigen_data.shards.lineage import read_lineage
from ixigen_data.shards.manifest import Manifest
from ixigen_train.windows.batch import Batch
from ixigen_train.windows.course import Course, CoursePlan, Stretch
from tests.dataset import ORDER, PATHS, rows_of, write_dataset
from tests.unit.windows.conftest import LONG


def course_of(url: str, manifest: Manifest, batch: int, first: int = 0) -> Course:
    assert manifest.digest is not None
    steps = (manifest.total_windows - first) // batch
    stretch = Stretch(shards=url, digest=manifest.digest, first_window=first, steps=steps)
    return Course.open(CoursePlan(stretches=(stretch,), batch_windows=batch), None, None)


def counted(batch: Batch, parts: int) -> np.ndarray:
    return np.bincount(batch.part[batch.part >= 0], minlength=parts)


@given(data=st.data(), batch=st.sampled_from([4, 8, 12, 20]), first=st.integers(0, 30))
@settings(max_examples=60, deadline=None)
def test_any_ranks_and_any_stops_serve_every_window_once(
    long_dataset: tuple[str, Manifest], data: st.DataObject, batch: int, first: int
) -> None:
    course = course_of(*long_dataset, batch, first)
    served: list[int] = []
    while len(served) < course.steps * batch:
        step = len(served) // batch
        stop = data.draw(st.integers(step + 1, course.steps))  # a run ends here, the next has other ranks
        ranks = data.draw(st.sampled_from([1, 2, 4]))
        for number in range(step, stop):
            assert course.windows_of(number) == (len(served), len(served) + batch)
            for rank in range(ranks):
                served += course.share(number, rank, ranks).windows
    assert served == list(range(first, first + len(served)))
    assert len(served) + sum(course.unserved.values()) == len(LONG) - first
    assert sum(course.unserved.values()) < batch


@pytest.mark.parametrize("ranks", [1, 2, 4])
def test_batches_are_what_the_lineage_says(long_dataset: tuple[str, Manifest], ranks: int) -> None:
    url, manifest = long_dataset
    course = course_of(url, manifest, 12)
    batches = [course.batch(step, rank, ranks) for step in range(course.steps) for rank in range(ranks)]
    ids, positions, part = (
        np.concatenate([getattr(batch, name) for batch in batches]) for name in ("input_ids", "position_ids", "part")
    )
    rows = rows_of(32, order=LONG)[0]
    assert ids.tolist() == [[token.id for token in row.tokens] for row in rows[: len(ids)]]
    owners, begins = np.full_like(part, -1), np.zeros(part.shape, bool)
    for record in manifest.lineage:
        for piece in read_lineage(url, record.file).to_pylist():
            if piece["window"] < len(ids):
                begins[piece["window"], piece["first_token"]] = True
                span = slice(piece["first_token"], piece["first_token"] + piece["tokens"])
                owners[piece["window"], span] = PATHS.index(piece["part"])
    assert np.array_equal(part, owners)
    assert np.array_equal(positions == 0, begins)
    assert len(ids) == 96
    assert course.unserved == {url: 5}


@pytest.mark.parametrize("first", [0, 7])
def test_what_is_planned_is_what_is_counted(long_dataset: tuple[str, Manifest], first: int) -> None:
    course = course_of(*long_dataset, 6, first)  # five windows a shard: steps begin in the middle of shards
    total = np.zeros(3, np.int64)
    for step in range(course.steps):
        assert course.planned(step) == tuple(total)
        total += counted(course.batch(step, 0, 1), 3)
    assert course.planned(course.steps) == tuple(total)


def test_planned_knows_nothing_of_the_windows(tmp_path: Path) -> None:
    course = course_of(str(tmp_path), write_dataset(str(tmp_path)), 4)
    expected = course_of(str(tmp_path), course.manifests[0], 4).planned(3)
    for path in tmp_path.glob("*.mds"):
        path.unlink()
    assert course.planned(3) == expected
    lineage = tmp_path / "lineage" / "00002.parquet"
    lineage.write_bytes(lineage.read_bytes()[:-1] + b"x")
    with pytest.raises(ShardError, match=r"lineage/00002.parquet: expected .* bytes of digest"):
        course_of(str(tmp_path), course.manifests[0], 4).planned(3)
    lineage.unlink()
    with pytest.raises(ShardError, match=r"lineage/00002.parquet: no such file, but the manifest names it"):
        course_of(str(tmp_path), course.manifests[0], 4).planned(3)


def test_without_lineage_the_windows_tell(tmp_path: Path) -> None:
    manifest = write_dataset(str(tmp_path), order=ORDER)
    told = course_of(str(tmp_path), manifest, 4)
    alone = manifest.model_copy(update={"lineage": ()})
    alone.write(str(tmp_path))
    untold = course_of(str(tmp_path), alone, 4)
    assert [untold.planned(step) for step in range(5)] == [told.planned(step) for step in range(5)]


def test_parts_of_all_datasets_are_numbered_together(tmp_path: Path) -> None:
    one, two = str(tmp_path / "one"), str(tmp_path / "two")
    first = write_dataset(one)
    # The same windows under other names: "replay/ko" is the first part there, and the others are new.
    paths = ("replay/ko", "web", "replay/en")
    renamed = dict(zip(PATHS, paths, strict=True))
    second = write_dataset(two)
    second = second.model_copy(
        update={
            "parts": tuple(
                part.model_copy(update={"path": path}) for part, path in zip(second.parts, paths, strict=True)
            ),
            "shards": tuple(
                shard.model_copy(update={"tokens": {renamed[path]: n for path, n in shard.tokens.items()}})
                for shard in second.shards
            ),
            "lineage": (),
            "eval": {"web": second.eval["replay/ko"]},
        }
    )
    second.write(two)
    plan = CoursePlan(
        stretches=(
            Stretch(shards=one, digest=str(first.digest), steps=2),
            Stretch(shards=two, digest=str(second.sealed().digest), first_window=1, steps=4),
        ),
        batch_windows=4,
    )
    course = Course.open(plan, None, None)
    assert course.parts == (*PATHS, "web")
    assert (course.share(2, 1, 2).stretch, course.share(2, 1, 2).windows) == (1, range(3, 5))
    total = np.zeros(4, np.int64)
    for step in range(course.steps):
        assert course.planned(step) == tuple(total)
        total += counted(course.batch(step, 0, 2), 4) + counted(course.batch(step, 1, 2), 4)
    assert course.planned(6) == tuple(total)
    assert total[3] > 0
    assert course.unserved == {two: 1}
    held = course.held_out()
    assert list(held) == ["web", "replay/ko"] or list(held) == ["replay/ko", "web"]
    assert np.unique(course.held_out_batch("web", range(3)).part).tolist() == [-1, 3]
    assert np.unique(course.held_out_batch("replay/ko", range(2)).part).tolist() == [1]


def test_steps_that_there_are_not(long_dataset: tuple[str, Manifest]) -> None:
    course = course_of(*long_dataset, 12)
    with pytest.raises(IxigenError, match=r"step 8: the course has steps 0 to 7"):
        course.share(8, 0, 1)
    with pytest.raises(IxigenError, match=r"step 9: the course has steps 0 to 8"):
        course.planned(9)
    with pytest.raises(IxigenError, match=r"batch.windows: 12 is no multiple of 5 ranks; use 1, 2, 3, 4, 6, 12 ranks"):
        course.batch(0, 0, 5)


def test_another_dataset_than_the_plan_names_is_refused(tmp_path: Path) -> None:
    manifest = write_dataset(str(tmp_path))
    plan = course_of(str(tmp_path), manifest, 4).plan
    write_dataset(str(tmp_path), order=ORDER[:17])
    with pytest.raises(ShardError, match=rf"is dataset [0-9a-f]{{32}}, the plan names {manifest.digest}"):
        Course.open(plan, None, None)
    told = (tmp_path / "manifest.json").read_text()
    (tmp_path / "manifest.json").write_text(told.replace('"eos_id": 0', '"eos_id": 1'))
    with pytest.raises(ShardError, match=r"manifest.json was changed after it was written"):
        course_of(str(tmp_path), Manifest.load(str(tmp_path)), 4)
    write_dataset(str(tmp_path))
    stretch = plan.stretches[0].model_copy(update={"steps": 5})
    with pytest.raises(ShardError, match=r"takes 5 steps of 4 windows from window 0 on, but there are 18 windows"):
        Course.open(plan.model_copy(update={"stretches": (stretch,)}), None, None)
