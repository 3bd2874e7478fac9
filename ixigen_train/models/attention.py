"""Attention document by document: what a mask would say, without the mask.

For position ids that restart, `sdpa` of transformers 5 makes a mask of seq_len x seq_len. With one, torch takes none of
its flash kernels on a GPU, grouped heads are repeated, and every layer keeps a bias of that size for the backward pass:
60 GB over 28 layers in bf16 at 32,768 tokens. Where documents begin is known on the host before the windows reach the
device; so each is cut out and attended causally by itself. The device is never asked.

Each document is a kernel of its own, in each layer: in windows of very many very short ones the launches add up, and
`flash_attention_2`, which takes all documents at once, is the better choice.
"""

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from typing import Final

import torch
from torch import nn
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface, PreTrainedModel

from ixigen_data.core.errors import IxigenError

BY_DOCUMENTS: Final = "ixigen_by_documents"  # no mask function goes with it: transformers then makes no mask

# Keys of a configuration that, where they say something, make attention more than causal.
_MORE_IN_CONFIG: Final = (
    "sliding_window",
    "attention_window_size",
    "attention_chunk_size",
    "attn_logit_softcapping",
    "attn_logit_softcap",
    "alibi",
    "use_bidirectional_attention",
)
# What a layer may hand to its attention, to the same end.
_MORE_IN_LAYER: Final = ("attention_mask", "sliding_window", "softcap", "s_aux", "position_bias", "head_mask")


@dataclass(frozen=True)
class Documents:
    """The lengths of the documents of a row in their order, pad among them.

    A class, for what carries tensors to the layers (FSDP) to take it whole, and not number by number.
    """

    lengths: tuple[int, ...]  # tokens; all together they are the row


def attend_by_documents(lm: PreTrainedModel) -> None:
    """Let a model that was opened with `sdpa` attend document by document, where that is the same computation."""
    if _is_causal_alone(lm):
        lm.set_attn_implementation(BY_DOCUMENTS)


def rows_of(
    lm: PreTrainedModel, input_ids: torch.Tensor, position_ids: torch.Tensor, documents: Sequence[tuple[int, ...]]
) -> dict[str, object]:
    """Return windows as a model's forward takes them: in one row where attention wants it, or else side by side.

    Flash attention looks at position ids only where the batch is 1 (`_is_packed_sequence` of transformers 5); with two
    windows side by side it would let every token see the documents before its own. It is told where documents end, as
    it would else ask the device in every layer. (For the mask that it does without, transformers still asks once.)

    Args:
        lm: the model.
        input_ids: (windows, seq_len).
        position_ids: (windows, seq_len), from 0 in each document.
        documents: the lengths of those of each window.
    """
    attention = _attention_of(lm)
    rows: dict[str, object] = {"input_ids": input_ids, "position_ids": position_ids, "use_cache": False}
    if attention != BY_DOCUMENTS and "flash" not in attention:
        return rows
    rows |= {"input_ids": input_ids.view(1, -1), "position_ids": position_ids.view(1, -1)}
    lengths = tuple(chain.from_iterable(documents))
    if attention == BY_DOCUMENTS:
        return rows | {"documents": Documents(lengths)}
    return rows | _flash_lengths(lengths, input_ids.device) if _takes_more(lm) else rows


def _attention_of(lm: PreTrainedModel) -> str:
    return str(lm.config._attn_implementation)  # noqa: SLF001 - there is no other name for it


def _is_causal_alone(lm: PreTrainedModel) -> bool:
    """Return whether all layers of a model are causal attention through transformers' interface, and nothing more.

    Code that comes with a model is not looked into: it keeps what it has.
    """
    text = lm.config.get_text_config()
    return (
        _attention_of(lm) == "sdpa"
        and type(lm).__module__.startswith("transformers.")
        and lm._supports_attention_backend  # noqa: SLF001 - as above
        and lm._can_set_attn_implementation()  # noqa: SLF001
        and _takes_more(lm)
        and not lm.config.is_encoder_decoder
        and set(getattr(text, "layer_types", None) or ["full_attention"]) == {"full_attention"}
        and not any(getattr(text, key, None) for key in _MORE_IN_CONFIG)
        and all(getattr(each, "is_causal", True) for each in lm.modules())
    )


def _takes_more(lm: PreTrainedModel) -> bool:
    """Return whether a forward hands on what it does not know to its layers, as those of transformers 5 do."""
    parameters = inspect.signature(lm.base_model.forward).parameters.values()
    return any(each.kind is inspect.Parameter.VAR_KEYWORD for each in parameters)


def _flash_lengths(lengths: tuple[int, ...], device: torch.device) -> dict[str, object]:
    """Return lengths as `_flash_attention_forward` takes them; the ends are copied without waiting for the device."""
    ends = torch.tensor([0, *accumulate(lengths)], dtype=torch.int32, pin_memory=device.type == "cuda")
    ends, longest = ends.to(device, non_blocking=True), max(lengths)
    return {"cu_seq_lens_q": ends, "cu_seq_lens_k": ends, "max_length_q": longest, "max_length_k": longest}


def _attend(
    module: nn.Module, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, layer: Mapping[str, object]
) -> tuple[torch.Tensor, None]:
    """Return what attention gives of a row, (1, tokens, heads, head_dim), and no weights.

    Args:
        module: the layer's attention.
        query: (1, heads, tokens, head_dim).
        key: (1, heads, tokens, head_dim); of fewer heads, each serves several of `query`.
        value: as `key`.
        layer: all else that the layer says: the `documents`, and `scaling` and `dropout` of scores.

    Raises:
        IxigenError: it says what is more than causal attention, or was not told the documents itself.
    """
    documents, dropout, scaling = layer.get("documents"), layer.get("dropout") or 0.0, layer.get("scaling")
    more = [name for name in _MORE_IN_LAYER if layer.get(name) is not None]
    more += [] if _says_causal(module, layer) else ["is_causal: false"]
    if more or not isinstance(documents, Documents):
        told = f"wants {', '.join(more)}" if more else "is not told the documents"
        raise IxigenError(f"model.attention: sdpa: {type(module).__name__} {told}; use eager or flash_attention_2")
    assert isinstance(dropout, float)
    assert isinstance(scaling, float | int | None)
    # Split, and not sliced: the gradients of slices would each be as large as the row.
    cuts = (torch.split(each, list(documents.lengths), dim=2) for each in (query, key, value))
    grouped = query.shape[1] != key.shape[1]
    found = [
        scaled_dot_product_attention(q, k, v, dropout_p=dropout, is_causal=True, scale=scaling, enable_gqa=grouped)
        for q, k, v in zip(*cuts, strict=True)
    ]
    return torch.cat([each.transpose(1, 2) for each in found], dim=1), None


def _says_causal(module: nn.Module, layer: Mapping[str, object]) -> bool:
    told = layer.get("is_causal")
    return bool(getattr(module, "is_causal", True) if told is None else told)


# The border: a layer names whatever it has to say, and which names there are differs from model to model.
AttentionInterface.register(
    BY_DOCUMENTS,
    lambda module, query, key, value, attention_mask=None, **layer: _attend(
        module, query, key, value, {"attention_mask": attention_mask, **layer}
    ),
)
