from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="needs the train lock")

from ixigen_data.core.errors import IxigenError  # noqa: E402
from ixigen_train.models.load import checkpoint_activations, decoder_layers, load_model  # noqa: E402
from ixigen_train.recipe.settings import ModelSettings  # noqa: E402
from tests.unit.train.models.layouts import LAYOUTS, model_settings  # noqa: E402

pytestmark = pytest.mark.train


def test_a_seed_names_random_weights_and_leaves_the_random_state_alone(tmp_path: Path) -> None:
    settings = model_settings(tmp_path)
    torch.manual_seed(1)
    first = load_model(settings, seed=17).state_dict()
    drawn = torch.rand(1)
    torch.manual_seed(1)
    assert torch.equal(drawn, torch.rand(1))
    again, other = load_model(settings, seed=17).state_dict(), load_model(settings, seed=18).state_dict()
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["lm_head.weight"], other["lm_head.weight"])


def test_pretrained_weights_are_opened_in_fp32(tmp_path: Path) -> None:
    settings = model_settings(tmp_path)
    saved = load_model(settings, seed=17).to(torch.bfloat16)
    saved.save_pretrained(tmp_path / "saved")
    opened = load_model(ModelSettings(path=str(tmp_path / "saved")))
    assert {each.dtype for each in opened.parameters()} == {torch.float32}
    assert torch.equal(opened.lm_head.weight, saved.lm_head.weight.float())
    assert opened.config._attn_implementation == "sdpa"


def test_overrides_change_the_layout(tmp_path: Path) -> None:
    settings = model_settings(tmp_path).model_copy(update={"overrides": {"num_hidden_layers": 1}})
    assert len(decoder_layers(load_model(settings))) == 1


def test_an_override_that_no_layout_knows_is_refused(tmp_path: Path) -> None:
    settings = model_settings(tmp_path).model_copy(update={"overrides": {"num_hiden_layers": 1}})
    with pytest.raises(IxigenError, match=r"^model\.overrides\.num_hiden_layers: LlamaConfig has no such key"):
        load_model(settings)


def test_a_folder_that_is_no_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(IxigenError, match=rf"^model: {tmp_path}: .*config"):
        load_model(ModelSettings(path=str(tmp_path)))


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_layers_of_every_layout_are_found(tmp_path: Path, name: str) -> None:
    model = load_model(model_settings(tmp_path, name), empty=True)
    assert [type(layer).__name__.endswith("DecoderLayer") for layer in decoder_layers(model)] == [True, True]
    assert {each.device.type for each in model.parameters()} == {"meta"}


def test_checkpointed_activations_give_the_same_gradients(tmp_path: Path) -> None:
    settings = model_settings(tmp_path)
    plain, checkpointed = load_model(settings), load_model(settings)
    checkpoint_activations(checkpointed)
    ids = torch.arange(20).view(2, 10)
    calls: list[int] = []
    decoder_layers(checkpointed)[0].self_attn.register_forward_hook(lambda *_: calls.append(1))
    for model in (plain, checkpointed):
        model.train()
        model(input_ids=ids, use_cache=False).logits.square().mean().backward()
    assert len(calls) == 2  # forward, and again in the backward pass
    for one, other in zip(plain.parameters(), checkpointed.parameters(), strict=True):
        torch.testing.assert_close(one.grad, other.grad, rtol=0, atol=1e-7)
