"""The two leaks: a document that sees the one before it, and a separator that is never learned."""

from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="needs the train lock")

from torch.nn.functional import cross_entropy  # noqa: E402

from ixigen_train.models.load import load_model  # noqa: E402
from ixigen_train.models.window_nll import WindowNll  # noqa: E402
from ixigen_train.windows.batch import IGNORED, Batch  # noqa: E402
from ixigen_train.windows.course import Course, CoursePlan, Stretch  # noqa: E402
from tests.dataset import EOS, write_dataset  # noqa: E402
from tests.unit.train.models.layouts import LAYOUTS, model_settings  # noqa: E402

pytestmark = pytest.mark.train


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Batch:
    """All eighteen windows of the small dataset, settlement windows among them; pad is EOS."""
    folder = str(tmp_path_factory.mktemp("dataset"))
    digest = write_dataset(folder).digest
    plan = CoursePlan(stretches=(Stretch(shards=folder, digest=digest, steps=1),), batch_windows=18)
    return Course.open(plan, None, None).batch(0, 0, 1)


def of(batch: Batch) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, list[tuple[int, ...]]]:
    tensors = (torch.from_numpy(each) for each in (batch.input_ids, batch.position_ids, batch.labels))
    return *tensors, batch.documents


def last_documents(positions: torch.Tensor) -> list[tuple[int, int]]:
    """Window and first token of the last document of each window that has several."""
    starts = [(row, int(torch.nonzero(positions[row] == 0)[-1])) for row in range(len(positions))]
    return [(row, start) for row, start in starts if 0 < start < positions.shape[1] - 2]


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
@pytest.mark.parametrize("name", ["llama", "qwen2"])
def test_a_document_is_as_it_would_be_alone(tmp_path: Path, batch: Batch, name: str, attention: str) -> None:
    settings = model_settings(tmp_path, name, attention)
    model, plain = WindowNll(load_model(settings)).eval(), load_model(settings).eval()
    ids, positions, labels, documents = of(batch)
    chosen = last_documents(positions)
    assert len(chosen) > 5
    leaks = []
    with torch.no_grad():
        nll = model(ids, positions, labels, documents)
        masked = plain(input_ids=ids, position_ids=positions, attention_mask=torch.ones_like(ids)).logits
        for row, start in chosen:
            alone = tuple(each[row : row + 1, start:] for each in (ids, positions, labels))
            found = model(*alone, [alone[0].shape[1:]])
            torch.testing.assert_close(nll[row : row + 1, start:], found, rtol=0, atol=1e-5)
            logits = plain(input_ids=alone[0], position_ids=alone[1]).logits
            leaks.append(float((masked[row, start:] - logits[0]).abs().max()))
    assert min(leaks) > 1e-2  # an all-ones mask lets it see what stands before: this test can fail


def test_a_separator_is_learned_though_it_is_the_pad_too(tmp_path: Path, batch: Batch) -> None:
    model = WindowNll(load_model(model_settings(tmp_path))).eval()
    ids, positions, labels, documents = of(batch)
    nll = model(ids, positions, labels, documents).detach()
    separators = (labels[:, 1:] == EOS) & (positions[:, 1:] > 0)
    assert int(separators.sum()) > 10
    assert bool((nll[separators] > 0).all())
    ends = (ids[:, 1:] == EOS) & (torch.from_numpy(batch.part)[:, 1:] >= 0) & (positions[:, 1:] > 0)
    assert torch.equal(separators, ends)


def test_the_first_token_of_a_document_is_no_label(tmp_path: Path, batch: Batch) -> None:
    model = WindowNll(load_model(model_settings(tmp_path))).eval()
    ids, positions, labels, documents = of(batch)
    nll = model(ids, positions, labels, documents).detach()
    begins = positions[:, 1:] == 0
    assert int(begins.sum()) > 10
    assert nll[begins].tolist() == [0.0] * int(begins.sum())
    assert bool((labels[:, 1:][begins] == IGNORED).all())


@pytest.mark.parametrize("name", LAYOUTS)
def test_it_is_the_cross_entropy_of_the_models_own_logits(tmp_path: Path, batch: Batch, name: str) -> None:
    settings = model_settings(tmp_path, name)
    model, plain = WindowNll(load_model(settings)).eval(), load_model(settings).eval()
    ids, positions, labels, documents = of(batch)
    logits = plain(input_ids=ids, position_ids=positions, use_cache=False).logits
    expected = cross_entropy(
        logits[:, :-1].flatten(0, 1).float(), labels[:, 1:].flatten(), ignore_index=IGNORED, reduction="none"
    )
    nll = model(ids, positions, labels, documents)
    assert nll.shape == (18, 31)
    torch.testing.assert_close(nll.flatten(), expected, rtol=0, atol=1e-5)
