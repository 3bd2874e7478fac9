import json

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM, PretrainedConfig

from ixigen_data.core.errors import IxigenError
from ixigen_train.sizing.shape import ModelShape, shape_of

pytestmark = pytest.mark.train

SMALL = {
    "num_hidden_layers": 3,
    "hidden_size": 48,
    "num_attention_heads": 6,
    "num_key_value_heads": 2,
    "intermediate_size": 80,
    "vocab_size": 101,
}
# Each known type, with the settings that change its parameters.
LAYOUTS = [
    {"model_type": "llama"},
    {"model_type": "llama", "tie_word_embeddings": True, "head_dim": 16},
    {"model_type": "llama", "attention_bias": True, "mlp_bias": True},
    {"model_type": "mistral"},
    {"model_type": "qwen2"},
    {"model_type": "qwen2", "tie_word_embeddings": True},
    {"model_type": "qwen3"},
    {"model_type": "qwen3", "attention_bias": True, "head_dim": 16},
    {"model_type": "exaone4", "head_dim": 8},
]


def counted(config: PretrainedConfig) -> int:
    """Parameters as torch counts them, without memory for them."""
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config)
    return sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: "-".join(map(str, layout.values())))
def test_parameters_are_those_of_the_model(layout: dict[str, object]) -> None:
    layout = SMALL | layout
    config = AutoConfig.for_model(**layout)
    shape = shape_of(json.loads(config.to_json_string()))
    assert shape is not None
    assert shape.parameters == counted(config)
    assert shape_of(layout) == shape  # what is left out of the file is what transformers takes


def test_exaone_3_5_is_of_the_llama_kind_by_other_names() -> None:
    # Its code comes with the model; the numbers that its makers tell are 2.4, 7.8 and 32 billion.
    config = {
        "model_type": "exaone",
        "num_layers": 30,
        "hidden_size": 2560,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "intermediate_size": 7168,
        "vocab_size": 102400,
        "tie_word_embeddings": True,
    }
    shape = shape_of(config)
    assert shape is not None
    twin = {**config, "model_type": "llama", "num_hidden_layers": 30}
    assert shape.parameters == counted(AutoConfig.for_model(**twin)) == 2_405_327_360


def test_matrices_multiply_and_embeddings_are_looked_up() -> None:
    shape = ModelShape(layers=2, hidden=8, heads=2, kv_heads=1, head_dim=4, ffn=16, vocab=10, tied=False)
    assert shape.matmul_parameters == 2 * (2 * 64 + 2 * 32 + 3 * 128) + 80
    assert shape.parameters == shape.matmul_parameters + 80 + 2 * 16 + 8


@pytest.mark.parametrize("kind", ["gpt2", "mixtral", "qwen2_moe", None, 7])
def test_other_types_are_not_guessed(kind: object) -> None:
    assert shape_of(SMALL | {"model_type": kind}) is None  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [None, 0, -1, "48", True, 4.8])
def test_a_number_that_is_none_is_named(value: object) -> None:
    with pytest.raises(IxigenError, match=r"config\.json: hidden_size is missing, or is not a whole number above 0"):
        shape_of(SMALL | {"model_type": "llama", "hidden_size": value})  # type: ignore[arg-type]
