"""Model folders that hold a layout alone: small, but of the architectures that are trained."""

from pathlib import Path

from transformers import AutoConfig, PretrainedConfig

from ixigen_train.recipe.settings import ModelSettings

VOCABULARY = 104  # of tests/dataset.py, with some to spare

# Wide weights, so that what leaks shows.
_SMALL = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "max_position_embeddings": 128,
    "initializer_range": 0.3,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 0,
}
LAYOUTS: dict[str, dict[str, object]] = {
    "llama": {"tie_word_embeddings": False},
    "qwen2": {"tie_word_embeddings": True},  # as Qwen 2.5 up to 3 B
    "exaone4": {"tie_word_embeddings": False, "sliding_window": 16, "sliding_window_pattern": 2},
    "gemma2": {"final_logit_softcapping": 3.0, "attn_logit_softcapping": None},
    "cohere": {"logit_scale": 0.25},
    "granite": {"logits_scaling": 4.0},
}


def layout(name: str) -> PretrainedConfig:
    """Return a small configuration of an architecture."""
    return AutoConfig.for_model(name, **_SMALL | LAYOUTS[name])


def model_settings(folder: Path, name: str = "llama", attention: str = "sdpa") -> ModelSettings:
    """Write a layout's folder and return a recipe's model, of random weights."""
    layout(name).save_pretrained(folder / name)
    attention = "eager" if name == "gemma2" else attention  # it has nothing else
    return ModelSettings(path=str(folder / name), weights="random", attention=attention)
