"""Windows in the order in which they were written, for any number of ranks."""

import copy
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ixigen_data.core.errors import IxigenError, ShardError
from ixigen_train.windows.batch import Batch
from ixigen_train.windows.course import Course, CoursePlan, Stretch
from ixigen_train.windows.reader import Seat
from tests.dataset import rows_of, windows_of, write_dataset

torch = pytest.importorskip("torch", reason="needs the train lock")

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import ixigen_train.foundry.compat  # noqa: F401 -- before any Mosaic package

    pytest.importorskip("composer", reason="needs the train lock")
    from composer.devices import DeviceCPU

    from ixigen_train.foundry.loader import CourseLoader, build_windows_loader, count_tokens, served

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
    tensors = {name: each for name, each in batch.items() if isinstance(each, torch.Tensor)}
    assert {name: (each.dtype, tuple(each.shape)) for name, each in tensors.items()} == {
        "input_ids": (torch.int64, (4, SEQ_LEN)),
        "position_ids": (torch.int64, (4, SEQ_LEN)),
        "labels": (torch.int64, (4, SEQ_LEN)),
        "part": (torch.int16, (4, SEQ_LEN)),
    }
    assert spec.get_num_samples_in_batch(batch) == 4
    assert spec.get_num_tokens_in_batch(batch) == 4 * SEQ_LEN
    counted = sum(int(row[1:].ne(-100).sum()) for row in batch["labels"])
    assert spec.get_num_tokens_in_batch(batch, token_type="loss_generating") == counted < 4 * (SEQ_LEN - 1)


def test_pad_is_no_token_but_a_document() -> None:
    """One window: a document of three tokens, one of one, and two of pad."""
    ids, positions = np.array([[7, 5, 0, 0, 0, 0]]), np.array([[0, 1, 2, 0, 0, 1]])
    labels, part = np.array([[-100, 5, 0, -100, -100, -100]]), np.array([[0, 0, 0, 2, -1, -1]], np.int16)
    batch = served(Batch(ids, positions, labels, part))
    assert batch["documents"] == [(3, 1, 2)]
    assert count_tokens(batch) == {"total": 4, "loss_generating": 2}


def test_what_is_counted_stays_on_the_host(plan: Plan) -> None:
    """As Composer does: split, copy, move, and ask; a tensor of the meta device answers no question."""
    spec = build_windows_loader(plan(4, 4).model_dump(mode="json"), None, None, device_batch_size=4)
    spec.dataloader.begin_at(0)
    batch = next(iter(spec.dataloader))
    told, documents = [], []
    for piece in spec.split_batch(batch, 2):
        moved = copy.deepcopy(_ToMeta().batch_to_device(piece))
        assert moved["labels"].is_meta
        told.append(spec.get_num_tokens_in_batch(moved, token_type="loss_generating"))
        assert told[-1] == int(piece["labels"][:, 1:].ne(-100).sum())
        documents += moved["documents"]
    assert sum(told) == spec.get_num_tokens_in_batch(batch, token_type="loss_generating")
    assert documents == batch["documents"]
    for lengths, positions in zip(documents, batch["position_ids"], strict=True):
        assert positions.tolist() == [place for length in lengths for place in range(length)]


class _ToMeta(DeviceCPU):
    def tensor_to_device(self, tensor: torch.Tensor) -> torch.Tensor:
        return tensor.to("meta")


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
