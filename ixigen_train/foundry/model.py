"""Any causal language model of transformers as a Composer model, registered as `ixigen_causal_lm`."""

from collections.abc import Mapping, Sequence
from typing import TypedDict

import ixigen_train.foundry.compat  # noqa: F401 -- before any Mosaic package

import torch
from composer.models import ComposerModel
from composer.utils import dist
from pydantic import JsonValue
from torchmetrics import Metric
from transformers import PreTrainedModel

from ixigen_train.metering.nll import mean_nll
from ixigen_train.models.load import checkpoint_activations, decoder_layers, load_model
from ixigen_train.models.window_nll import WindowNll
from ixigen_train.recipe.settings import ModelSettings


class Inputs(TypedDict):
    """What the model takes of a microbatch; tensors are (windows, seq_len)."""

    input_ids: torch.Tensor
    position_ids: torch.Tensor
    labels: torch.Tensor
    documents: Sequence[tuple[int, ...]]  # the lengths of each window's, on the host


class CausalLM(ComposerModel):
    """A model whose output is the loss of each label: `state.outputs` is (windows, seq_len - 1), fp32.

    `lm` is the model of transformers: its names are those of checkpoints and exports.
    """

    def __init__(
        self,
        settings: Mapping[str, JsonValue],
        seed: int,
        activation_checkpointing: bool = False,
        tokenizer: object = None,
    ) -> None:
        """`settings`: those of the recipe's `model`. `tokenizer`: LLM-Foundry gives one; windows need none."""
        super().__init__()
        del tokenizer
        # With FSDP the first rank alone reads weights; Composer hands the others their shares.
        lm = load_model(ModelSettings.model_validate(settings), seed, empty=dist.get_global_rank() > 0)
        if activation_checkpointing:
            checkpoint_activations(lm)
        self.nll = WindowNll(lm)
        layers = set(decoder_layers(lm))
        # What Composer's FSDP2 asks of every module below.
        self.nll.fsdp_wrap_fn = layers.__contains__  # type: ignore[assignment]

    @property
    def lm(self) -> PreTrainedModel:
        """The model of transformers."""
        return self.nll.lm

    def forward(self, batch: Inputs) -> torch.Tensor:
        """Return the negative log-likelihood of labels[:, 1:], in nats; 0 where they are IGNORED."""
        nll: torch.Tensor = self.nll(batch["input_ids"], batch["position_ids"], batch["labels"], batch["documents"])
        return nll

    def loss(self, outputs: torch.Tensor, batch: Inputs) -> torch.Tensor:
        """Return the mean over the labels of a microbatch, which Composer weights by their number."""
        return mean_nll(outputs, batch["labels"][:, 1:])

    def eval_forward(self, batch: Inputs, outputs: torch.Tensor | None = None) -> torch.Tensor:
        """Return what `forward` does."""
        return self(batch) if outputs is None else outputs

    def get_metrics(self, is_train: bool) -> dict[str, Metric]:
        """Return none, of either kind: `foundry/hooks` measures, from `state.outputs`."""
        del is_train
        return {}

    def update_metric(self, batch: Inputs, outputs: torch.Tensor, metric: Metric) -> None:
        """Never called: there is no metric."""
        raise NotImplementedError
