"""The training recipe: one YAML file that says all that decides weights."""

import re
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, JsonValue, StringConstraints, field_validator, model_validator

from ixigen_data.core.digests import digest_value
from ixigen_data.core.errors import IxigenError
from ixigen_data.core.files import without_secrets
from ixigen_data.core.marked_yaml import Path
from ixigen_data.core.settings import Settings
from ixigen_data.core.units import parse_size


def _exponent(value: JsonValue) -> JsonValue:
    """Read 1e-5, which YAML 1.1 takes for text, as everybody does."""
    if isinstance(value, bool) or (isinstance(value, str) and not _EXPONENT.fullmatch(value)):
        raise ValueError(f"should be a number; got {value!r}")
    return float(value) if isinstance(value, str) else value


_EXPONENT = re.compile(r"[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]{1,3}")

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
Size = Annotated[int, BeforeValidator(parse_size), Field(gt=0)]
Scientific = Annotated[float, BeforeValidator(_exponent)]
Ratio = Annotated[float, Field(ge=0, le=1)]

# What changes where and how a run goes, and its weights by no more than rounding. The context is the dataset's.
_UNDECISIVE: dict[str, bool | set[str]] = {
    "name": True,
    "batch": {"microbatch"},
    "context": True,
    "checkpoints": True,
    "data": True,
    "evaluation": True,
    "fsdp": True,
    "loggers": True,
    "model": {"attention"},
}
_FROM_SCRATCH = 2e-4  # a learning rate beyond it undoes what a pretrained model knows


class ModelSettings(Settings):
    """A causal language model of transformers: a folder, or an id on the hub."""

    path: str = Field(examples=["Qwen/Qwen2.5-3B"])
    weights: Literal["pretrained", "random"] = Field(
        default="pretrained", description="`random` takes the layout alone, for tests and benchmarks."
    )
    attention: Literal["sdpa", "flash_attention_2", "eager"] = Field(
        default="sdpa", description="`flash_attention_2` wants its package and bf16; `eager` keeps every score."
    )
    trust_remote_code: bool = Field(
        default=False, description="Run the code that comes with the model, as EXAONE 3.5 wants it; read it first."
    )
    overrides: dict[str, JsonValue] = Field(
        default_factory=dict,
        description="Keys of the model's config.json, such as {max_position_embeddings: 65536}.",
    )

    @field_validator("path")
    @classmethod
    def _no_url(cls, value: str) -> str:
        if "://" in value:
            told = "is a URL; models are opened from a folder or the hub: copy it to a folder, and name that"
            raise ValueError(f"{without_secrets(value)} {told}")
        return value


class BatchSettings(Settings):
    """The global batch of a step, over all ranks: windows, or tokens that are a multiple of a window."""

    windows: int | None = Field(default=None, ge=1, examples=[2048], description="Windows of a step.")
    tokens: int | None = Field(default=None, ge=1, examples=[67_108_864], description="Tokens of a step.")
    microbatch: int = Field(
        default=1, ge=1, description="Windows that a rank computes at a time; memory grows with it."
    )

    @model_validator(mode="after")
    def _says_one(self) -> Self:
        if (self.windows is None) == (self.tokens is None):
            raise ValueError("give the global batch once: windows: 2048, or tokens: 67_108_864")
        return self

    def windows_of(self, seq_len: int) -> int:
        """Return the windows of a step, of so many tokens each.

        Raises:
            IxigenError: the batch in tokens is no multiple of a window.
        """
        if self.windows is not None:
            return self.windows
        assert self.tokens is not None
        if self.tokens % seq_len:
            told = f"batch.tokens: {self.tokens:,} is no multiple of the dataset's windows of {seq_len:,} tokens"
            raise IxigenError(f"{told}; use {_multiples(self.tokens, seq_len)}")
        return self.tokens // seq_len


def _multiples(tokens: int, window: int) -> str:
    """Return the two whole numbers of windows next to so many tokens, in tokens."""
    below = max(1, tokens // window) * window
    return f"{below:,} or {below + window:,}"


class OptimizerSettings(Settings):
    """AdamW with decoupled weight decay, and clipping of the gradient's norm."""

    lr: Scientific = Field(default=1e-5, gt=0, le=1, description="The highest one, after the warm-up.")
    betas: tuple[Annotated[float, Field(ge=0, lt=1)], Annotated[float, Field(ge=0, lt=1)]] = (0.9, 0.95)
    eps: Scientific = Field(default=1e-8, gt=0)
    weight_decay: float = Field(default=0.1, ge=0, le=1, description="Times the learning rate, of every parameter.")
    clip: float | None = Field(default=1.0, gt=0, description="The gradient's largest norm; None: as it comes.")


class ScheduleSettings(Settings):
    """The learning rate over the steps: linear from 0 during `warmup`, then a cosine down to `floor` times lr."""

    kind: Literal["cosine", "linear", "constant"] = Field(default="cosine", description="What follows the warm-up.")
    warmup: Annotated[int, Field(ge=0)] | Ratio = Field(
        default=0.01, description="Steps, or a ratio of all of them.", examples=[0.01]
    )
    floor: Ratio = Field(default=0.1, description="What is left of lr at the end.")

    def too_long(self, steps: int) -> str | None:
        """Return what is told of a warm-up that takes all of so many steps; None where it leaves some."""
        if not isinstance(self.warmup, int) or self.warmup < steps or not steps:
            return None
        told = f"{self.warmup:,} steps of warm-up leave nothing of {steps:,} steps"
        return f"{told}; use {max(steps // 10, min(1, steps - 1)):,}, or a ratio such as 0.1"


class FsdpSettings(Settings):
    """How parameters, gradients and optimizer state are divided among ranks (FSDP2)."""

    shard: Literal["full", "hybrid"] = Field(
        default="full", description="Among all ranks, or among those of a node (`hybrid`), which costs memory."
    )
    activation_checkpointing: bool = Field(
        default=False, description="Keep what goes into each layer alone, and compute the rest twice."
    )
    cpu_offload: bool = Field(default=False, description="Keep what is divided in the host's memory.")


class EvaluationSettings(Settings):
    """The hold-outs of the dataset's parts, measured before, during and after; forgetting is told from them."""

    parts: tuple[str, ...] | None = Field(
        default=None, description="Paths of parts; None: every part that has a hold-out.", examples=[["replay/ko"]]
    )
    every: int | None = Field(default=None, ge=1, description="Steps; None: only before and after.")
    windows: int | None = Field(default=None, ge=1, description="Of each part at most; None: all.")
    alarm: float | None = Field(
        default=0.05, gt=0, description="Warn where the perplexity of a part has grown by this ratio since the start."
    )


class CheckpointSettings(Settings):
    """Sharded checkpoints in the run's folder."""

    every: int | None = Field(default=None, ge=1, description="Steps; None: only at the end.")
    keep: int = Field(default=2, ge=1, description="The last so many stay.")


class DataSettings(Settings):
    """Where fetched shards are kept."""

    cache: str | None = Field(default=None, description="A local folder; None: one in the run's folder.")
    cache_limit: Size | None = Field(default=None, examples=["200GiB"])


class StageSettings(Settings):
    """A dataset that takes over: a declared continuation of the one before it."""

    shards: str = Field(description="The dataset: folder or URL.", examples=["s3://corp/telco-75"])
    at_tokens: int = Field(
        ge=1, description="Tokens trained on, over all stages, at which it begins.", examples=[45_000_000_000]
    )


class TrainRecipe(Settings):
    """Everything that decides the weights of a run, but the dataset, which `--shards` names."""

    name: Name = Field(examples=["telco-50-qwen-3b"])
    seed: int = Field(default=17, ge=0, lt=2**32, description="Seeds dropout, and weights where they are random.")
    model: ModelSettings = Field(examples=[{"path": "Qwen/Qwen2.5-3B"}])
    precision: Literal["bf16", "fp32"] = Field(default="bf16", description="What is computed in; weights are fp32.")
    context: int | None = Field(
        default=None, ge=8, multiple_of=8, description="Tokens of a window, as the dataset has it; None: as is."
    )
    batch: BatchSettings = Field(examples=[{"windows": 2048}])
    optimizer: OptimizerSettings = OptimizerSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    fsdp: FsdpSettings = FsdpSettings()
    data: DataSettings = DataSettings()
    steps: int | None = Field(default=None, ge=1, description="None: every full batch of the dataset.")
    evaluation: EvaluationSettings = EvaluationSettings()
    checkpoints: CheckpointSettings = CheckpointSettings()
    stages: tuple[StageSettings, ...] = Field(
        default=(), description="Datasets that follow the one of `--shards`, in order."
    )
    loggers: dict[Literal["tensorboard", "wandb", "mlflow"], dict[str, JsonValue]] = Field(
        default_factory=dict, description="Loggers of Composer beside metrics.jsonl, with their settings."
    )

    def deciding(self) -> dict[str, JsonValue]:
        """Return the keys that decide weights, beyond rounding, as plain data."""
        return self.model_dump(mode="json", exclude=_UNDECISIVE)

    def digest(self) -> str:
        """Return the digest of what decides weights, beyond rounding: 32 hexadecimal digits."""
        return digest_value(self.deciding())

    def mistakes(self) -> list[tuple[Path, str]]:
        """Return what fields contradict each other in, by path."""
        return [*self._batch_mistakes(), *self._schedule_mistakes(), *self._stage_mistakes()]

    def warnings(self) -> list[str]:
        """Return what is allowed but looks unintended."""
        told = []
        if self.checkpoints.every is None:
            told.append("checkpoints.every: none is written before the end; a run that stops begins anew")
        if self.model.weights == "pretrained" and self.optimizer.lr > _FROM_SCRATCH:
            told.append(f"optimizer.lr: {self.optimizer.lr:g} suits a model that knows nothing; the default is 1e-5")
        if self.model.attention == "eager" and (self.context or 0) > 4096:
            told.append(
                f"model.attention: eager keeps {self.context:,} scores for each token and head; sdpa keeps none"
            )
        if self.evaluation.every is None and self.evaluation.alarm is not None:
            told.append("evaluation.every: forgetting is measured before and after only")
        return told

    def _batch_mistakes(self) -> list[tuple[Path, str]]:
        found: list[tuple[Path, str]] = []
        batch = self.batch
        if self.context and batch.tokens and batch.tokens % self.context:
            told = f"{batch.tokens:,} is no multiple of context {self.context:,}"
            found.append((("batch", "tokens"), f"{told}; use {_multiples(batch.tokens, self.context)}"))
        windows = batch.windows or (batch.tokens // self.context if batch.tokens and self.context else None)
        if windows and batch.microbatch > windows:
            told = f"{batch.microbatch:,} windows are more than the step has; use {windows:,} or fewer"
            found.append((("batch", "microbatch"), told))
        if self.model.attention == "flash_attention_2" and self.precision == "fp32":
            found.append((("model", "attention"), "flash_attention_2 computes in bf16 only; use sdpa with fp32"))
        return found

    def _schedule_mistakes(self) -> list[tuple[Path, str]]:
        told = None if self.steps is None else self.schedule.too_long(self.steps)
        return [] if told is None else [(("schedule", "warmup"), told)]

    def _stage_mistakes(self) -> list[tuple[Path, str]]:
        found: list[tuple[Path, str]] = []
        for number, (before, stage) in enumerate(zip(self.stages, self.stages[1:], strict=False), start=1):
            if stage.at_tokens <= before.at_tokens:
                told = f"{stage.at_tokens:,} is not beyond that of the stage before, {before.at_tokens:,}"
                found.append((("stages", number, "at_tokens"), f"{told}; put stages in their order"))
        return found
