"""Windows in the order in which they were written, for any number of ranks."""

import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from ixigen_data.core.errors import IxigenError, ShardError
from ixigen_train.windows.course import Course, CoursePlan, Stretch
from ixigen_train.windows.reader import Seat
from tests.dataset import rows_of, windows_of, write_dataset

torch = pytest.importorskip("torch", reason="needs the train lock")

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import ixigen_train.foundry.compat  # noqa: F401 -- before any Mosaic package

    pytest.importorskip("composer", reason="needs the train lock")
    from ixigen_train.foundry.loader import CourseLoader, build_windows_loader, count_tokens

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]

SEQ_LEN = 32
Plan = Callable[[int, int], CoursePlan]


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    folder = str(tmp_path_factory.mktemp("dataset"))
    digest = write_dataset(folder).digest
    return lambda batch, steps: CoursePlan(
        stretches=(Stretch(shards=folder, digest=digest, steps=steps),), batch_windows=batch
    )


@pytest.mark.parametrize("ranks", [1, 2, 4])
def test_ranks_together_serve_the_written_order_from_any_step(plan: Plan, ranks: int) -> None:
    course = Course.open(plan(4, 4), None, None)
    loaders = [CourseLoader(course, Seat(rank, ranks)) for rank in range(ranks)]
    for loader in loaders:
        loader.begin_at(1)
    served = [batch["input_ids"] for step in zip(*loaders, strict=True) for batch in step]
    written = windows_of(rows_of(SEQ_LEN)[0], SEQ_LEN).tokens[4:16]
    assert torch.equal(torch.cat(served), torch.from_numpy(written.astype("int64")))


def test_a_batch_has_what_the_model_and_the_hooks_take_and_no_attention_mask(plan: Plan) -> None:
    spec = build_windows_loader(plan(4, 4).model_dump(mode="json"), None, None, device_batch_size=4)
    assert spec.dataloader.course.parts == ("telco", "replay/ko", "replay/en")
    spec.dataloader.begin_at(0)
    batch = next(iter(spec.dataloader))
    assert {name: (each.dtype, tuple(each.shape)) for name, each in batch.items()} == {
        "input_ids": (torch.int64, (4, SEQ_LEN)),
        "position_ids": (torch.int64, (4, SEQ_LEN)),
        "labels": (torch.int64, (4, SEQ_LEN)),
        "part": (torch.int16, (4, SEQ_LEN)),
    }
    assert spec.get_num_samples_in_batch(batch) == 4
    assert spec.get_num_tokens_in_batch(batch) == 4 * SEQ_LEN
    counted = sum(int(row[1:].ne(-100).sum()) for row in batch["labels"])
    assert spec.get_num_tokens_in_batch(batch, token_type="loss_generating") == counted < 4 * (SEQ_LEN - 1)


def test_pad_is_no_token() -> None:
    batch = {"part": torch.tensor([[0, 0, -1, -1]], dtype=torch.int16), "labels": torch.tensor([[-100, 5, -100, -100]])}
    assert count_tokens(batch) == {"total": 2, "loss_generating": 1}


def test_it_wants_to_be_told_where_to_begin(plan: Plan) -> None:
    loader = CourseLoader(Course.open(plan(4, 4), None, None), Seat(0, 1))
    with pytest.raises(IxigenError, match="nobody told it the first step; put `ixigen_steps` among the callbacks"):
        next(iter(loader))
    loader.begin_at(4)
    with pytest.raises(IxigenError, match=r"^step 5 of a course of 4 steps: max_duration: use 4ba at most"):
        next(iter(loader))


def test_another_batch_than_the_plans_is_refused(plan: Plan) -> None:
    with pytest.raises(
        IxigenError,
        match=r"^global_train_batch_size: 8 windows on 1 ranks, but the plan says 4; render the recipe again",
    ):
        build_windows_loader(plan(4, 4).model_dump(mode="json"), None, None, device_batch_size=8)


def test_another_dataset_than_the_plans_is_refused(plan: Plan, tmp_path: Path) -> None:
    write_dataset(str(tmp_path), seq_len=SEQ_LEN * 2)
    stretch = plan(4, 4).stretches[0].model_copy(update={"shards": str(tmp_path)})
    other = CoursePlan(stretches=(stretch,), batch_windows=4).model_dump(mode="json")
    with pytest.raises(ShardError, match=stretch.digest):
        build_windows_loader(other, None, None, device_batch_size=4)
