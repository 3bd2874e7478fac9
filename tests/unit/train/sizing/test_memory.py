from dataclasses import replace

import pytest
import torch
from transformers import AutoModelForCausalLM, LlamaConfig

from ixigen_train.sizing.devices import Precision
from ixigen_train.sizing.logits import CHUNK_TOKENS
from ixigen_train.sizing.memory import Load, checkpoint_bytes, layer_bytes_per_token, memory_of
from ixigen_train.sizing.shape import ModelShape, shape_of

pytestmark = pytest.mark.train

SHAPE = ModelShape(layers=10, hidden=64, heads=4, kv_heads=2, head_dim=16, ffn=200, vocab=1000, tied=True)
TOKENS = 64


def layout(layers: int) -> LlamaConfig:
    return LlamaConfig(
        vocab_size=128,
        hidden_size=64,
        num_hidden_layers=layers,
        num_attention_heads=4,
        num_key_value_heads=2,
        intermediate_size=160,
        attn_implementation="sdpa",
    )


def saved_bytes(layers: int, dtype: torch.dtype, autocast: bool = False) -> int:
    """Bytes that autograd keeps for the backward pass, parameters left out, but not what autocast makes of them."""
    model = AutoModelForCausalLM.from_config(layout(layers), dtype=dtype)
    own = {parameter.untyped_storage().data_ptr() for parameter in model.parameters()}
    kept: dict[int, torch.Tensor] = {}  # tensors stay alive, so that no storage is met twice

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        if tensor.untyped_storage().data_ptr() not in own:
            kept.setdefault(tensor.untyped_storage().data_ptr(), tensor)
        return tensor

    rounding = torch.autocast("cpu", torch.bfloat16, enabled=autocast)
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor), rounding:
        logits = model(input_ids=torch.arange(TOKENS)[None], use_cache=False).logits
    assert logits.requires_grad
    return sum(tensor.untyped_storage().nbytes() for tensor in kept.values())


@pytest.mark.parametrize(("precision", "dtype"), [("bf16", torch.bfloat16), ("fp32", torch.float32)])
def test_a_layer_keeps_what_autograd_saves(precision: Precision, dtype: torch.dtype) -> None:
    shape = shape_of(layout(1).to_dict())
    assert shape is not None
    added = saved_bytes(3, dtype) - saved_bytes(1, dtype)
    assert added == 2 * TOKENS * layer_bytes_per_token(shape, Load(shards=2, tokens=TOKENS, precision=precision))


def test_alone_a_layer_keeps_its_stream_in_float32_and_what_autocast_rounds_for_each_matrix() -> None:
    shape = shape_of(layout(1).to_dict())
    assert shape is not None
    added = saved_bytes(3, torch.float32, autocast=True) - saved_bytes(1, torch.float32, autocast=True)
    assert added == 2 * (2 * shape.layer_matrices + TOKENS * layer_bytes_per_token(shape, Load(1, TOKENS)))


def test_state_is_sixteen_bytes_a_parameter_divided_among_ranks() -> None:
    for shards in (1, 2, 8):
        memory = memory_of(SHAPE, Load(shards=shards, tokens=TOKENS))
        state = memory.weights + memory.gradients + memory.optimizer
        assert abs(state - 16 * SHAPE.parameters / shards) < 16


def test_recomputing_keeps_one_layer_and_the_borders_of_all() -> None:
    load = Load(shards=2, tokens=TOKENS)
    whole, light = memory_of(SHAPE, load), memory_of(SHAPE, replace(load, recompute=True))
    assert whole.activations == 10 * TOKENS * layer_bytes_per_token(SHAPE, load)
    assert light.activations == whole.activations // 10 + 10 * TOKENS * 2 * 64
    assert whole.total - light.total == whole.activations - light.activations


def test_activations_grow_with_tokens_and_logits_while_they_are_kept() -> None:
    small, large, huge = (memory_of(SHAPE, Load(shards=2, tokens=count * CHUNK_TOKENS)) for count in (1, 32, 1024))
    assert large.activations == 32 * small.activations
    assert large.logits - small.logits == 31 * CHUNK_TOKENS * 1000 * 4
    assert huge.logits == small.logits == CHUNK_TOKENS * 1000 * 12


def test_alone_in_fp32_nothing_is_gathered() -> None:
    assert memory_of(SHAPE, Load(shards=1, tokens=TOKENS, precision="fp32")).gathered == 0
    assert memory_of(SHAPE, Load(shards=1, tokens=TOKENS)).gathered == 2 * SHAPE.parameters


@pytest.mark.parametrize(
    ("layers", "recompute", "simulated"), [(28, False, 86.9e9), (28, True, 33.5e9), (4, False, 20.0e9)]
)
def test_alone_the_estimate_is_near_a_simulation(layers: int, recompute: bool, simulated: float) -> None:
    """Qwen 2.5's 1.5 B layout at 4 windows of 4,096 tokens, with AdamW's state and gradients of a microbatch before.

    Simulated: the peak by `torch.distributed._tools.mem_tracker.MemTracker` of `WindowNll` in torch 2.13, under
    `FakeTensorMode` and autocast to bf16, second step; attention is that of flash, which keeps no mask.
    """
    qwen = ModelShape(
        layers=layers,
        hidden=1536,
        heads=12,
        kv_heads=2,
        head_dim=128,
        ffn=8960,
        vocab=151_936,
        tied=True,
        qkv_bias=True,
    )
    load = Load(shards=1, tokens=4 * 4096, recompute=recompute)
    assert memory_of(qwen, load).total == pytest.approx(simulated, rel=0.1)


def test_a_checkpoint_is_weights_and_two_moments() -> None:
    assert checkpoint_bytes(SHAPE) == 12 * SHAPE.parameters
