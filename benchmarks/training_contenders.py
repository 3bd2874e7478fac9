"""Training steps by LLM-Foundry's own parts and by ours: what runs in a process of its own, and tells one row.

All get the same weights, shards, batch, precision and recomputing, one device and one process. Nothing that a contender
meets ends a benchmark: out of memory, or without a package, it tells that in its row.
"""

import importlib
import re
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, JsonValue

from benchmarks.bench_loader import EOS, VOCABULARY, write_dataset
from benchmarks.harness import Work

WARM_UP = 3  # steps that are not counted
QWEN_1_5B: dict[str, JsonValue] = {
    "vocab_size": 151_936,
    "hidden_size": 1536,
    "intermediate_size": 8960,
    "num_hidden_layers": 28,
    "num_attention_heads": 12,
    "num_key_value_heads": 2,
    "max_position_embeddings": 32_768,
    "rope_theta": 1_000_000.0,
    "tie_word_embeddings": True,
}
SMALL = QWEN_1_5B | {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
}
_SHARD_TOKENS = 16_000_000  # fewer than a shard of `write_dataset` has
_ATTENTION = re.compile("attn|attention")  # in the name of an operator
_CHOOSING = "aten::scaled_dot_product_attention"  # calls one of several


class Setting(BaseModel):
    """What is trained: windows of so many tokens, so many a step and a microbatch, on a GPU or without."""

    seq_len: int
    batch: int
    microbatch: int
    steps: int
    gpu: bool

    @property
    def layout(self) -> dict[str, JsonValue]:
        """Keys of the model's config.json."""
        return QWEN_1_5B if self.gpu else SMALL

    @property
    def recompute(self) -> bool:
        """Whether layers are computed again: at 4 windows of 4,096 tokens the peer's logits would leave no room."""
        return self.gpu


class Row(BaseModel):
    """A contender at one size. Seconds are the median of the steps that count; they take in waiting for windows."""

    contender: str
    seq_len: int
    batch_windows: int
    microbatch: int
    activation_checkpointing: bool
    precision: str = ""
    device: str = ""
    parameters: int = 0
    attention: str = ""  # by the name that transformers has for it, and what a token sees
    attention_operators: list[str] = []  # of the first microbatch's forward pass
    steps_seconds: list[float] = []  # of those that count
    step_seconds: float | None = None
    tokens_per_second: float | None = None
    mfu: float | None = None
    peak_memory_bytes: int | None = None  # allocated in the steps that count; where it failed, in all until then
    planned_memory_bytes: int | None = None  # what `ixigen-train plan` would say of ours
    failed: str | None = None

    @classmethod
    def of(cls, contender: str, setting: Setting) -> "Row":
        """Return a row without figures."""
        return cls(
            contender=contender,
            seq_len=setting.seq_len,
            batch_windows=setting.batch,
            microbatch=setting.microbatch,
            activation_checkpointing=setting.recompute,
            precision="bf16" if setting.gpu else "fp32",
        )


Config = dict[str, JsonValue]


def prepare(folder: str, fields: dict[str, JsonValue]) -> Work:
    """Write what all contenders read: weights, initialised on the device, shards, and a tokenizer."""
    setting, root = Setting.model_validate(fields), Path(folder)

    def work() -> JsonValue:
        if not (root / "model").exists():
            _write_model(root / "model", setting)
            _write_tokenizer(root / "tokenizer")
        tokens = setting.steps * setting.batch * setting.seq_len
        write_dataset(str(root / str(setting.seq_len)), setting.seq_len, 1 + tokens // _SHARD_TOKENS)
        return None

    return work


def speed(contender: str, folder: str, fields: dict[str, JsonValue], seconds: float | None) -> Work:
    """Train as a contender does, and return its row.

    Args:
        contender: one of CONTENDERS.
        folder: what `prepare` has written.
        fields: of the setting.
        seconds: no step begins later than so long after the first, once one counts.
    """
    setting = Setting.model_validate(fields)
    row = Row.of(contender, setting)

    def work() -> JsonValue:
        try:
            row.attention, configure = CONTENDERS[contender]
            _timed(configure(setting, Path(folder)), setting, seconds, row)
        except Exception as error:  # whatever it is: the others go on
            row.failed = _told(error)
        _tell_peak(row, setting)
        return row.model_dump()

    return work


def foundry(setting: Setting, folder: Path) -> Config:
    """The peer: its loader, Composer's model around the one of transformers, its optimizer, schedule and clipping."""
    _register_plain_model()
    config = _config(setting, folder, "sdpa")
    path = str(folder / "model")
    config["model"] = {"name": "plain_hf", "path": path, "activation_checkpointing": setting.recompute}
    config["tokenizer"] = {"name": str(folder / "tokenizer")}
    local = str(folder / str(setting.seq_len))
    dataset: JsonValue = {"local": local, "shuffle": False, "max_seq_len": setting.seq_len, "eos_token_id": EOS}
    workers: Config = {"num_workers": 0, "prefetch_factor": None, "persistent_workers": False}
    config["train_loader"] = {"name": "text", "dataset": dataset, "drop_last": True, **workers}
    config["optimizer"] = {"name": "decoupled_adamw", "lr": 1e-5, "betas": [0.9, 0.95], "weight_decay": 1e-6}
    config["scheduler"] = {"name": "cosine_with_warmup", "t_warmup": "1ba", "alpha_f": 0.1}
    config["algorithms"] = {"gradient_clipping": {"clipping_type": "norm", "clipping_threshold": 1.0}}
    config["callbacks"] = {}
    return config


def without_hooks(setting: Setting, folder: Path) -> Config:
    """Ours: loader, model, optimizer and schedule; nothing is measured."""
    config = _config(setting, folder, "sdpa")
    del _callbacks(config)["ixigen_hooks"]
    return config


def ixigen(setting: Setting, folder: Path) -> Config:
    """Ours as it trains, without checkpoints and hold-outs."""
    return _config(setting, folder, "sdpa")


def ixigen_flash(setting: Setting, folder: Path) -> Config:
    """Ours with the package flash_attn."""
    importlib.import_module("flash_attn")
    return _config(setting, folder, "flash_attention_2")


_APART = "a token sees its document"
CONTENDERS: dict[str, tuple[str, Callable[[Setting, Path], Config]]] = {
    "foundry": ("sdpa: a token sees its window", foundry),
    "without_hooks": (f"sdpa: {_APART}", without_hooks),
    "ixigen": (f"sdpa: {_APART}", ixigen),
    "ixigen_flash": (f"flash_attention_2: {_APART}", ixigen_flash),
}


def _write_model(folder: Path, setting: Setting) -> None:
    import torch
    from transformers import AutoModelForCausalLM, Qwen2Config

    torch.manual_seed(17)
    # On a processor 1.5 B values take 18 s of one thread.
    with torch.device("cuda" if setting.gpu else "cpu"):
        model = AutoModelForCausalLM.from_config(Qwen2Config.from_dict(setting.layout), dtype=torch.float32)
    model.save_pretrained(folder)


def _write_tokenizer(folder: Path) -> None:
    """Write a tokenizer with an EOS and a pad token, which is all that LLM-Foundry's collator wants of one."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from transformers import PreTrainedTokenizerFast

    words = WordLevel({"<e>": EOS, "<p>": VOCABULARY}, "<e>")
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(words), eos_token="<e>", pad_token="<p>")
    tokenizer.save_pretrained(folder)


def _register_plain_model() -> None:
    import ixigen_train.foundry.compat  # noqa: F401, I001 -- before any Mosaic package
    import torch
    from composer.models import HuggingFaceModel
    from llmfoundry import registry
    from transformers import AutoModelForCausalLM, PreTrainedTokenizerBase

    class Plain(HuggingFaceModel):
        # LLM-Foundry's own class passes an argument that transformers 5 refuses; it adds nothing to this one.
        def __init__(self, path: str, activation_checkpointing: bool, tokenizer: PreTrainedTokenizerBase) -> None:
            lm = AutoModelForCausalLM.from_pretrained(path, attn_implementation="sdpa", dtype=torch.float32)
            if activation_checkpointing:
                lm.gradient_checkpointing_enable({"use_reentrant": False})
            super().__init__(lm, tokenizer=tokenizer, use_logits=True, shift_labels=True)

    registry.models.register("plain_hf", func=Plain)


def _config(setting: Setting, root: Path, attention: Literal["sdpa", "flash_attention_2"]) -> Config:
    """Return the configuration of our run, without checkpoints and hold-outs."""
    from ixigen_train.foundry.render import render
    from ixigen_train.recipe.settings import TrainRecipe
    from ixigen_train.runs.folder import RunFolder
    from ixigen_train.windows.plan import plan_course

    recipe = TrainRecipe.model_validate(
        {
            "name": "speed",
            "model": {"path": str(root / "model"), "attention": attention},
            "precision": "bf16" if setting.gpu else "fp32",
            "batch": {"windows": setting.batch, "microbatch": setting.microbatch},
            "fsdp": {"activation_checkpointing": setting.recompute},
            "steps": setting.steps,
            "evaluation": {"parts": []},
        }
    )
    folder = RunFolder(root / f"run-{time.time_ns()}")
    folder.make()
    plan = plan_course(recipe, str(root / str(setting.seq_len)))
    config = render(recipe, plan, setting.seq_len, folder, ranks=1)
    del _callbacks(config)["ixigen_checkpoints"]
    return config


def _callbacks(config: Config) -> Config:
    callbacks = config["callbacks"]
    assert isinstance(callbacks, dict)
    return callbacks


def _timed(config: Config, setting: Setting, seconds: float | None, row: Row) -> None:
    """Train, and write into the row what is known by then, so that a failure leaves it there."""
    import ixigen_train.foundry.compat  # noqa: F401 -- before any Mosaic package

    import torch
    from composer import Callback, Logger, State
    from llmfoundry import registry

    from ixigen_train.foundry.train import train

    profiler = torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU])
    # Without a device that works on its own, CPU time: what neighbours do on the machine does not count.
    clock = time.perf_counter if setting.gpu else time.process_time

    class Watch(Callback):
        """Times steps, from the end of one to the end of the next."""

        def fit_start(self, state: State, logger: Logger) -> None:
            del logger
            row.parameters = sum(each.numel() for each in state.model.parameters())
            self._began, self._end, self._steps, self._profiled = time.monotonic(), 0.0, 0, False

        def before_forward(self, state: State, logger: Logger) -> None:
            del state, logger
            if not self._steps and not self._profiled:
                profiler.start()

        def after_forward(self, state: State, logger: Logger) -> None:
            del state, logger
            if self._steps or self._profiled:
                return
            profiler.stop()
            self._profiled = True
            called = {each.key for each in profiler.key_averages() if _ATTENTION.search(each.key)}
            row.attention_operators = sorted(called - {_CHOOSING})

        def batch_end(self, state: State, logger: Logger) -> None:
            del logger
            if setting.gpu:
                torch.cuda.synchronize()
            self._steps += 1
            now = clock()
            if self._steps > WARM_UP:
                row.steps_seconds.append(now - self._end)
            elif self._steps == WARM_UP and setting.gpu:
                torch.cuda.reset_peak_memory_stats()
            self._end = now
            if row.steps_seconds and seconds is not None and time.monotonic() - self._began > seconds:
                state.stop_training()

    registry.callbacks.register("watch", func=Watch)
    _callbacks(config)["watch"] = {}
    train(config)
    _tell_speed(row, setting)


def _tell_speed(row: Row, setting: Setting) -> None:
    import torch

    from ixigen_train.sizing.devices import peak_flops
    from ixigen_train.sizing.flops import flops_per_token
    from ixigen_train.sizing.shape import shape_of

    row.step_seconds = statistics.median(row.steps_seconds)
    row.tokens_per_second = setting.batch * setting.seq_len / row.step_seconds
    if not setting.gpu:
        return
    shape = shape_of({**setting.layout, "model_type": "qwen2"})
    peak = peak_flops(torch.cuda.get_device_name(), "bf16")
    if shape is not None and peak is not None:
        # By one convention for all: a token attends to half its window, whether documents are kept apart or not.
        row.mfu = row.tokens_per_second * flops_per_token(shape, setting.seq_len) / peak


def _tell_peak(row: Row, setting: Setting) -> None:
    import torch

    from ixigen_train.sizing.memory import Load, memory_of
    from ixigen_train.sizing.shape import shape_of

    row.device = torch.cuda.get_device_name() if setting.gpu else "CPU"
    if not setting.gpu:
        return
    row.peak_memory_bytes = torch.cuda.max_memory_allocated()
    shape = shape_of({**setting.layout, "model_type": "qwen2"})
    if shape is not None and row.contender != "foundry":
        load = Load(1, setting.microbatch * setting.seq_len, "bf16", setting.recompute)
        row.planned_memory_bytes = memory_of(shape, load).total


def _told(error: Exception) -> str:
    """Return what a row tells of a failure; of memory also what was asked for last."""
    told = f"{type(error).__name__}: {error}".strip().replace("\n", " ")
    if "out of memory" in told.lower() or "ALLOC_FAILED" in told:
        told = f"out of memory: {error}".replace("\n", " ")
    return told[:300]
