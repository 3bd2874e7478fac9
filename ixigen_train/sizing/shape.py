"""The shape of a decoder, read from its config.json, and its parameters, counted exactly."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

from ixigen_data.core.errors import IxigenError


@dataclass(frozen=True)
class _Family:
    """What the configuration of a model type leaves unsaid."""

    qkv_bias: bool = False
    head_norms: bool = False  # a norm over each query and key head
    head_dim: int | None = None  # where it does not follow from hidden and heads


# Dense decoders of one block: attention with grouped heads, a gated MLP, two RMSNorms.
_FAMILIES: Final[Mapping[str, _Family]] = {
    "exaone": _Family(),  # EXAONE 3.0 and 3.5, whose code comes with the model
    "exaone4": _Family(head_norms=True),
    "llama": _Family(),
    "mistral": _Family(),
    "qwen2": _Family(qkv_bias=True),
    "qwen3": _Family(head_norms=True, head_dim=128),
}


@dataclass(frozen=True)
class ModelShape:
    """A dense decoder. Parameters are numbers of values, not bytes."""

    layers: int
    hidden: int
    heads: int
    kv_heads: int
    head_dim: int
    ffn: int
    vocab: int
    tied: bool  # input embedding and output head are one matrix
    qkv_bias: bool = False
    output_bias: bool = False
    ffn_bias: bool = False
    head_norms: bool = False

    @property
    def query_width(self) -> int:
        """The queries of a token: heads * head_dim."""
        return self.heads * self.head_dim

    @property
    def key_width(self) -> int:
        """The keys of a token, and as many values: kv_heads * head_dim."""
        return self.kv_heads * self.head_dim

    @property
    def layer_matrices(self) -> int:
        """Parameters of a layer that a token is multiplied with."""
        attention = 2 * self.hidden * self.query_width + 2 * self.hidden * self.key_width
        return attention + 3 * self.hidden * self.ffn

    @property
    def layer_parameters(self) -> int:
        """All parameters of a layer."""
        biases = self.qkv_bias * (self.query_width + 2 * self.key_width)
        biases += self.output_bias * self.hidden + self.ffn_bias * (2 * self.ffn + self.hidden)
        return self.layer_matrices + biases + 2 * self.hidden + self.head_norms * 2 * self.head_dim

    @property
    def embedding_parameters(self) -> int:
        """Input embedding and output head; once where they are tied."""
        return self.vocab * self.hidden * (1 if self.tied else 2)

    @property
    def parameters(self) -> int:
        """All parameters, as `sum(p.numel() for p in model.parameters())` counts them."""
        return self.layers * self.layer_parameters + self.embedding_parameters + self.hidden

    @property
    def matmul_parameters(self) -> int:
        """Parameters that a token is multiplied with: all matrices and the head; looking up an embedding is free."""
        return self.layers * self.layer_matrices + self.vocab * self.hidden


def shape_of(config: Mapping[str, JsonValue]) -> ModelShape | None:
    """Return the shape that a config.json of transformers describes; None for a type that is not known here.

    Known are dense decoders of the Llama kind: exaone, exaone4, llama, mistral, qwen2, qwen3.

    Raises:
        IxigenError: the type is known, but a number that it needs is missing.
    """
    kind = config.get("model_type")
    family = _FAMILIES.get(kind) if isinstance(kind, str) else None
    if family is None:
        return None
    hidden, heads = _number(config, "hidden_size"), _number(config, "num_attention_heads")
    attention_bias = config.get("attention_bias") is True
    return ModelShape(
        layers=_number(config, "num_hidden_layers", "num_layers"),
        hidden=hidden,
        heads=heads,
        kv_heads=_number(config, "num_key_value_heads", otherwise=heads),
        head_dim=_number(config, "head_dim", otherwise=family.head_dim or hidden // heads),
        ffn=_number(config, "intermediate_size"),
        vocab=_number(config, "vocab_size"),
        tied=config.get("tie_word_embeddings") is True,
        qkv_bias=family.qkv_bias or attention_bias,
        output_bias=attention_bias,
        ffn_bias=config.get("mlp_bias") is True,
        head_norms=family.head_norms,
    )


def _number(config: Mapping[str, JsonValue], *names: str, otherwise: int | None = None) -> int:
    for name in names:
        value = config.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
    if otherwise is None:
        raise IxigenError(f"config.json: {names[0]} is missing, or is not a whole number above 0")
    return otherwise
