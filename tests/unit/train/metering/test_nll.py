import pytest

torch = pytest.importorskip("torch", reason="needs the train lock")

from torch import nn  # noqa: E402
from torch.nn.functional import cross_entropy  # noqa: E402

from ixigen_train.metering.nll import mean_nll, nll_of, nll_of_logits  # noqa: E402
from ixigen_train.metering.part_sums import IGNORED  # noqa: E402

pytestmark = pytest.mark.train

WINDOWS, LENGTH, HIDDEN, VOCABULARY = 3, 11, 16, 50


def made() -> tuple[torch.Tensor, nn.Linear, torch.Tensor]:
    generator = torch.Generator().manual_seed(3)
    hidden = torch.randn(WINDOWS, LENGTH, HIDDEN, generator=generator, requires_grad=True)
    head = nn.Linear(HIDDEN, VOCABULARY)
    labels = torch.randint(VOCABULARY, (WINDOWS, LENGTH), generator=generator)
    labels[0, 4] = labels[2, :] = IGNORED
    return hidden, head, labels


@pytest.mark.parametrize("again", [True, False])
@pytest.mark.parametrize("chunk_tokens", [1, 4, WINDOWS * LENGTH, 1000])
def test_chunks_equal_cross_entropy_in_value_and_gradient(chunk_tokens: int, again: bool) -> None:
    hidden, head, labels = made()
    nll = nll_of(hidden, head, labels, chunk_tokens, again)
    mean_nll(nll, labels).backward()
    told = hidden.grad.clone(), head.weight.grad.clone(), head.bias.grad.clone()

    hidden.grad = head.weight.grad = head.bias.grad = None
    whole = cross_entropy(head(hidden).flatten(0, 1), labels.flatten(), ignore_index=IGNORED)
    whole.backward()

    assert nll.shape == labels.shape
    assert nll.dtype == torch.float32
    torch.testing.assert_close(mean_nll(nll, labels), whole, rtol=0, atol=1e-6)
    torch.testing.assert_close(told, (hidden.grad, head.weight.grad, head.bias.grad), rtol=0, atol=1e-6)


def test_what_no_loss_counts_is_zero() -> None:
    hidden, head, labels = made()
    assert nll_of(hidden, head, labels, 8, again=True)[labels == IGNORED].tolist() == [0.0] * (LENGTH + 1)


@pytest.mark.parametrize(("again", "times"), [(True, 2), (False, 1)])
def test_no_more_logits_at_once_than_asked(again: bool, times: int) -> None:
    hidden, head, labels = made()
    seen: list[int] = []
    head.register_forward_hook(lambda _module, inputs, _output: seen.append(len(inputs[0])))
    nll_of(hidden, head, labels, 8, again).sum().backward()
    assert max(seen) == 8
    assert sum(seen) == times * WINDOWS * LENGTH  # once forward, and once more in the backward pass


def test_logits_in_bf16_are_reduced_in_fp32() -> None:
    hidden, head, labels = made()
    half = head.to(torch.bfloat16)
    nll = nll_of(hidden.bfloat16(), half, labels, 2048, again=True)
    assert nll.dtype == torch.float32
    torch.testing.assert_close(nll, nll_of_logits(half(hidden.bfloat16()), labels), rtol=0, atol=0)


def test_a_microbatch_without_labels_has_loss_zero() -> None:
    hidden, head, labels = made()
    labels[:] = IGNORED
    assert mean_nll(nll_of(hidden, head, labels, 8, again=True), labels).item() == 0.0
