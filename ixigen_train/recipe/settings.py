"""The training recipe: one YAML file that says all that decides weights."""

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, JsonValue, StringConstraints, model_validator

from ixigen_data.core.errors import IxigenError
from ixigen_data.core.settings import Settings
from ixigen_data.core.units import parse_size

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
Size = Annotated[int, BeforeValidator(parse_size), Field(gt=0)]
Ratio = Annotated[float, Field(ge=0, le=1)]


class ModelSettings(Settings):
    """A causal language model of transformers: a folder, or an id on the hub."""

    path: str = Field(examples=["Qwen/Qwen2.5-3B"])
    weights: Literal["pretrained", "random"] = Field(
        default="pretrained", description="`random` takes the layout alone, for tests and benchmarks."
    )
    attention: Literal["sdpa", "flash_attention_2", "eager"] = "sdpa"
    trust_remote_code: bool = Field(
        default=False, description="Run the code that comes with the model, as EXAONE 3.5 wants it; read it first."
    )
    overrides: dict[str, JsonValue] = Field(default_factory=dict, description="Keys of the model's config.json.")


class BatchSettings(Settings):
    """The global batch of a step, over all ranks: windows, or tokens that are a multiple of a window."""

    windows: int | None = Field(default=None, ge=1, examples=[2048])
    tokens: int | None = Field(default=None, ge=1, examples=[67_108_864])
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
            below = self.tokens // seq_len * seq_len
            told = f"batch.tokens: {self.tokens:,} is no multiple of the dataset's windows of {seq_len:,} tokens"
            raise IxigenError(f"{told}; use {max(below, seq_len):,} or {below + seq_len:,}")
        return self.tokens // seq_len


class OptimizerSettings(Settings):
    """AdamW with decoupled weight decay, and clipping of the gradient's norm."""

    lr: float = Field(default=1e-5, gt=0)
    betas: tuple[Annotated[float, Field(ge=0, lt=1)], Annotated[float, Field(ge=0, lt=1)]] = (0.9, 0.95)
    eps: float = Field(default=1e-8, gt=0)
    weight_decay: float = Field(default=0.1, ge=0)
    clip: float | None = Field(default=1.0, gt=0)


class ScheduleSettings(Settings):
    """The learning rate over the steps: linear from 0 during `warmup`, then a cosine down to `floor` times lr."""

    kind: Literal["cosine", "linear", "constant"] = "cosine"
    warmup: int | Ratio = Field(default=0.01, description="Steps, or a ratio of all of them.")
    floor: Ratio = 0.1


class FsdpSettings(Settings):
    """How parameters, gradients and optimizer state are divided among ranks (FSDP2)."""

    shard: Literal["full", "hybrid"] = "full"
    activation_checkpointing: bool = False
    cpu_offload: bool = False


class EvaluationSettings(Settings):
    """The hold-outs of the dataset's parts, measured before, during and after; forgetting is told from them."""

    parts: tuple[str, ...] | None = Field(default=None, description="None: every part that has a hold-out.")
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

    shards: str
    at_tokens: int = Field(ge=0, description="Tokens trained on, over all stages, at which it begins.")


class TrainRecipe(Settings):
    """Everything that decides the weights of a run, but the dataset, which `--shards` names."""

    name: Name = Field(examples=["telco-50-qwen-3b"])
    seed: int = Field(default=17, ge=0)
    model: ModelSettings
    precision: Literal["bf16", "fp32"] = "bf16"
    context: int | None = Field(
        default=None, ge=8, description="Tokens of a window, as the dataset has it; None: as is."
    )
    batch: BatchSettings
    optimizer: OptimizerSettings = OptimizerSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    fsdp: FsdpSettings = FsdpSettings()
    data: DataSettings = DataSettings()
    steps: int | None = Field(default=None, ge=1, description="None: every full batch of the dataset.")
    evaluation: EvaluationSettings = EvaluationSettings()
    checkpoints: CheckpointSettings = CheckpointSettings()
    stages: tuple[StageSettings, ...] = ()
    loggers: dict[Literal["tensorboard", "wandb", "mlflow"], dict[str, JsonValue]] = Field(default_factory=dict)
