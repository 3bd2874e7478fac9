import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode
from transformers import AutoModelForCausalLM, LlamaConfig

from ixigen_train.sizing.flops import flops_per_token
from ixigen_train.sizing.shape import shape_of

pytestmark = pytest.mark.train


def test_what_torch_counts_is_the_formula_with_whole_windows_attended_to() -> None:
    config = LlamaConfig(
        vocab_size=97,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        intermediate_size=72,
        attn_implementation="eager",
    )
    model = AutoModelForCausalLM.from_config(config)
    ids = torch.arange(64)[None]
    with FlopCounterMode(display=False) as counter:
        model(input_ids=ids, use_cache=False).logits.sum().backward()
    shape = shape_of(config.to_dict())
    assert shape is not None
    # Eager attention computes the whole square, so each token attends to all 64: as in a causal window of 127.
    assert counter.get_total_flops() == 64 * flops_per_token(shape, 127)


def test_a_32_k_window_of_a_2_4_b_model_is_dominated_by_matrices() -> None:
    shape = shape_of(
        {
            "model_type": "exaone",
            "num_layers": 30,
            "hidden_size": 2560,
            "num_attention_heads": 32,
            "num_key_value_heads": 8,
            "intermediate_size": 7168,
            "vocab_size": 102400,
            "tie_word_embeddings": True,
        }
    )
    assert shape is not None
    short, long = flops_per_token(shape, 8), flops_per_token(shape, 32768)
    assert round(long / short, 2) == 2.05
