"""A model that lets documents see those before them is refused before it is trained."""

from functools import partial
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="needs the train lock")

from transformers import AutoModelForCausalLM, ModernBertDecoderConfig  # noqa: E402

from ixigen_data.core.errors import IxigenError  # noqa: E402
from ixigen_train.metering.nll import nll_of_logits  # noqa: E402
from ixigen_train.models.isolation import check_head, check_isolation, head_gap_of, leak_of  # noqa: E402
from ixigen_train.models.load import load_model  # noqa: E402
from ixigen_train.models.window_nll import WindowNll  # noqa: E402
from ixigen_train.recipe.settings import TrainRecipe  # noqa: E402
from tests.unit.train.models.layouts import LAYOUTS, model_settings  # noqa: E402

pytestmark = pytest.mark.train

CPU = torch.device("cpu")
VOCABULARY = 90


def recipe(precision: str) -> TrainRecipe:
    return TrainRecipe.model_validate(
        {"name": "t", "model": {"path": "corp/model"}, "precision": precision, "batch": {"windows": 1}}
    )


@pytest.mark.parametrize("name", list(LAYOUTS))
def test_models_of_transformers_keep_documents_apart(tmp_path: Path, name: str) -> None:
    model = WindowNll(load_model(model_settings(tmp_path, name))).eval()
    leak = leak_of(model, VOCABULARY, CPU)
    assert leak <= 1e-6
    check_isolation(leak, recipe("fp32"))


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_model_that_ignores_positions_is_refused(tmp_path: Path, precision: str) -> None:
    lm = load_model(model_settings(tmp_path)).eval()
    leak = leak_of(partial(_seeing_all, lm), VOCABULARY, CPU)
    with pytest.raises(IxigenError, match=r"corp/model: documents of a window see the ones before them.*nats"):
        check_isolation(leak, recipe(precision))


def test_a_loss_that_is_no_number_is_no_isolation() -> None:
    with pytest.raises(IxigenError, match="moves by nan nats"):
        check_isolation(float("nan"), recipe("fp32"))


@pytest.mark.parametrize("name", list(LAYOUTS))
def test_losses_are_those_of_a_models_own_logits(tmp_path: Path, name: str) -> None:
    model = WindowNll(load_model(model_settings(tmp_path, name))).eval()
    check_head(head_gap_of(model, model, VOCABULARY, CPU), recipe("fp32"))


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_head_that_is_more_than_the_output_embeddings_is_refused(precision: str) -> None:
    """ModernBERT's decoder has a dense layer and a norm before them."""
    layout = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 3, "num_attention_heads": 2}
    torch.manual_seed(0)
    config = ModernBertDecoderConfig(vocab_size=VOCABULARY, pad_token_id=0, bos_token_id=1, eos_token_id=2, **layout)
    model = WindowNll(AutoModelForCausalLM.from_config(config)).eval()
    gap = head_gap_of(model, model, VOCABULARY, CPU)
    assert model.in_chunks
    with pytest.raises(IxigenError, match=r"corp/model: losses are 0\.\d+ nats off those of its own logits"):
        check_head(gap, recipe(precision))


def _seeing_all(
    lm: torch.nn.Module, ids: torch.Tensor, positions: torch.Tensor, labels: torch.Tensor, documents: object
) -> torch.Tensor:
    """As code that takes an all-ones mask for granted."""
    logits = lm(input_ids=ids, position_ids=positions, attention_mask=torch.ones_like(ids)).logits
    return nll_of_logits(logits[:, :-1], labels[:, 1:])
