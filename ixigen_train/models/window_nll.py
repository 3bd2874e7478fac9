"""A causal language model as training sees it: windows in, the loss of every label out."""

from collections.abc import Sequence
from typing import Final

import torch
from torch import nn
from transformers import PreTrainedModel

from ixigen_train.metering.nll import nll_of, nll_of_logits
from ixigen_train.models.attention import attend_by_documents, rows_of
from ixigen_train.sizing.logits import CHUNK_TOKENS, is_kept

# A model whose configuration has one of these caps, scales or cuts what its head gives.
_AFTER_THE_HEAD: Final = (
    "final_logit_softcapping",  # Gemma 2 and later
    "logits_soft_cap",  # RecurrentGemma
    "output_logit_soft_cap",  # xLSTM
    "logit_scale",  # Cohere
    "logits_scaling",  # Granite
    "lm_head_multiplier",  # Falcon H1
    "unpadded_vocab_size",
)


class WindowNll(nn.Module):
    """Gives the negative log-likelihood of each label. It is the root that FSDP divides; the model proper is `lm`."""

    def __init__(self, lm: PreTrainedModel) -> None:
        super().__init__()
        self.lm = lm
        text = lm.config.get_text_config()
        attend_by_documents(lm)
        self.in_chunks = all(getattr(text, key, None) is None for key in _AFTER_THE_HEAD)

    def forward(
        self,
        input_ids: torch.Tensor,
        position_ids: torch.Tensor,
        labels: torch.Tensor,
        documents: Sequence[tuple[int, ...]],
    ) -> torch.Tensor:
        """Return nats, fp32: (windows, seq_len - 1), of labels[:, 1:]; 0 where they are IGNORED.

        No attention mask is given: with position ids that restart, attention keeps documents apart by itself, and an
        all-ones mask would undo it. All tensors are (windows, seq_len); `documents` are the lengths of each window's,
        known without asking the device.
        """
        rows = rows_of(self.lm, input_ids, position_ids, documents)
        if not self.in_chunks:
            logits = self.lm(**rows).logits.view(*labels.shape, -1)
            return nll_of_logits(logits[:, :-1], labels[:, 1:])
        hidden = self.lm.base_model(**rows).last_hidden_state.view(*labels.shape, -1)
        head: nn.Module = self.lm.get_output_embeddings()  # type: ignore[no-untyped-call]
        again = not is_kept(input_ids.numel(), self.lm.config.get_text_config().vocab_size)
        return nll_of(hidden[:, :-1], head, labels[:, 1:], CHUNK_TOKENS, again)
