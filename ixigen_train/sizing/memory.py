"""Memory of a device in training, estimated from the layout alone."""

from dataclasses import dataclass

from ixigen_train.sizing.devices import Precision
from ixigen_train.sizing.logits import CHUNK_TOKENS, is_kept
from ixigen_train.sizing.shape import ModelShape

_FLOAT32 = 4


@dataclass(frozen=True)
class Load:
    """What a rank does."""

    shards: int  # ranks that parameters, gradients and optimizer state are divided among
    tokens: int  # that it computes at a time: microbatch * seq_len
    precision: Precision = "bf16"
    recompute: bool = False  # activations of a layer are computed again in the backward pass

    @property
    def width(self) -> int:
        """Bytes of a value that is computed with."""
        return 2 if self.precision == "bf16" else _FLOAT32

    @property
    def stream_width(self) -> int:
        """Bytes of a value that goes from layer to layer.

        FSDP2 gives the model bf16 parameters. A single rank has none of that: its parameters stay float32, autocast
        rounds what matrices multiply, and the residual stream and what norms make are float32.
        """
        return _FLOAT32 if self.shards == 1 else self.width


@dataclass(frozen=True)
class Memory:
    """Bytes on each device at the worst moment of a step.

    Left out: what CUDA and the collective library take (1-2 GB), what the allocator cannot use, and buffers of
    loggers. A tenth of the device should stay free for them.
    """

    weights: int  # float32, which the optimizer steps on
    gradients: int
    optimizer: int  # AdamW: two moments
    gathered: int  # what is there whole for computing: the embeddings, and two layers with the gradient of one
    activations: int
    logits: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.weights + self.gradients + self.optimizer + self.gathered + self.activations + self.logits


def memory_of(shape: ModelShape, load: Load) -> Memory:
    """Return the memory of a rank.

    State is 16 bytes a parameter, divided (ZeRO-3; Rajbhandari et al., 2020); activations follow Korthikanti et al.,
    "Reducing Activation Recomputation in Large Transformer Models" (2022), with the terms of this layout and attention
    that keeps no scores (sdpa, flash). With recomputing it is too high by up to a layer: logits are gone by the time
    that a layer is computed again.

    Compared with torch's `MemTracker` over fake tensors, for two steps of Qwen 2.5's 1.5 B layout on one rank in bf16:
    `test_memory.py` has the figures.
    """
    state = _FLOAT32 * shape.parameters // load.shards
    return Memory(
        weights=state,
        gradients=state,
        optimizer=2 * state,
        gathered=_gathered(shape, load),
        activations=_activations(shape, load),
        logits=_logits(shape, load),
    )


def layer_bytes_per_token(shape: ModelShape, load: Load) -> int:
    """Return what a layer keeps of a token for its backward pass, in bytes: what autograd saves, tensor by tensor.

    Both norms keep their input in float32, and a number; attention the logarithm of a sum for each head. In the
    precision of computing there are queries and what attention gives, keys and values, and four tensors of the MLP.
    What a norm makes before its weight is of the stream's width. What it gives is there once for all matrices behind
    it; where autocast rounds it, once for each of them: queries, keys and values, and two of the MLP.
    """
    rounded = load.width < load.stream_width
    computed = (5 if rounded else 2) * shape.hidden + 2 * shape.query_width + 2 * shape.key_width + 4 * shape.ffn
    normed = load.stream_width * 2 * shape.hidden
    return load.width * computed + normed + _FLOAT32 * (2 * shape.hidden + shape.heads + 2)


def checkpoint_bytes(shape: ModelShape) -> int:
    """Return the size of a checkpoint on the disk: float32 weights and the two moments of AdamW."""
    return 3 * _FLOAT32 * shape.parameters


def _gathered(shape: ModelShape, load: Load) -> int:
    if load.shards == 1:
        # Nothing is divided; what there is of a layer in bf16 is a copy that autocast makes and keeps.
        return 0 if load.precision == "fp32" else load.width * shape.parameters
    return load.width * (2 * shape.embedding_parameters + 3 * shape.layer_parameters)


def _logits(shape: ModelShape, load: Load) -> int:
    """Of a chunk log-probabilities and two gradients, in float32; of other tokens, where kept, log-probabilities."""
    chunk = min(load.tokens, CHUNK_TOKENS)
    kept = load.tokens - chunk if is_kept(load.tokens, shape.vocab) else 0
    return _FLOAT32 * shape.vocab * (3 * chunk + kept)


def _activations(shape: ModelShape, load: Load) -> int:
    layer = layer_bytes_per_token(shape, load)
    if load.recompute:
        return load.tokens * (shape.layers * load.stream_width * shape.hidden + layer)
    return load.tokens * shape.layers * layer
