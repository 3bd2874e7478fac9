"""Steps: LLM-Foundry with its own text loader and Composer's Hugging Face model, ours without hooks, ours with.

On a GPU a Qwen 2.5 layout of 1.5 B random parameters in bf16, windows of 4,096 and 32,768 tokens; elsewhere a small one
in fp32 that shows no more than that everything runs. The same shards, the same optimizer, one process.
"""

import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, JsonValue
from rich.console import Console
from rich.table import Table

from benchmarks.bench_loader import EOS, scratch, write_dataset
from benchmarks.harness import Work, measure, write_results

WARM_UP = 3  # steps that are not counted
QWEN_1_5B = {
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


@dataclass(frozen=True)
class Setting:
    """What is trained: windows of so many tokens, so many a step and a microbatch."""

    seq_len: int
    batch: int
    microbatch: int
    steps: int
    gpu: bool


class Speed(BaseModel):
    """Medians over the steps that count."""

    device: str
    parameters: int
    step_seconds: float
    tokens_per_second: float
    mfu: float | None
    peak_memory_bytes: int | None


def foundry(setting: list[int]) -> Work:
    """The peer: its loader, Composer's model around the one of transformers, its optimizer, schedule and clipping."""
    import ixigen_train.foundry.compat  # noqa: F401, I001 -- before any Mosaic package
    from composer.models import HuggingFaceModel
    from llmfoundry import registry
    from transformers import PreTrainedTokenizerBase

    from ixigen_train.models.load import checkpoint_activations, load_model
    from ixigen_train.recipe.settings import ModelSettings

    class Plain(HuggingFaceModel):
        # LLM-Foundry's own class passes an argument that transformers 5 refuses; it adds nothing to this one.
        def __init__(
            self, settings: dict[str, JsonValue], activation_checkpointing: bool, tokenizer: PreTrainedTokenizerBase
        ) -> None:
            lm = load_model(ModelSettings.model_validate(settings), 17)
            if activation_checkpointing:
                checkpoint_activations(lm)
            super().__init__(lm, tokenizer=tokenizer, use_logits=True, shift_labels=True)

    registry.models.register("plain_hf", func=Plain)
    config, asked = _config(Setting(*setting))
    model = config["model"]
    assert isinstance(model, dict)
    config["model"] = {key: value for key, value in model.items() if key != "seed"} | {"name": "plain_hf"}
    config["tokenizer"] = {"name": _tokenizer()}
    dataset = {"local": str(_data(asked)), "shuffle": False, "max_seq_len": asked.seq_len, "eos_token_id": EOS}
    workers = {"num_workers": 0, "prefetch_factor": None, "persistent_workers": False}
    config["train_loader"] = {"name": "text", "dataset": dataset, "drop_last": True, **workers}
    config["optimizer"] = {"name": "decoupled_adamw", "lr": 1e-5, "betas": [0.9, 0.95], "weight_decay": 1e-6}
    config["scheduler"] = {"name": "cosine_with_warmup", "t_warmup": "1ba", "alpha_f": 0.1}
    config["algorithms"] = {"gradient_clipping": {"clipping_type": "norm", "clipping_threshold": 1.0}}
    config["callbacks"] = {}
    return _timed(config, asked)


def without_hooks(setting: list[int]) -> Work:
    """Ours: loader, model, optimizer and schedule; nothing is measured."""
    config, asked = _config(Setting(*setting))
    callbacks = config["callbacks"]
    assert isinstance(callbacks, dict)
    del callbacks["ixigen_hooks"]
    return _timed(config, asked)


def ixigen(setting: list[int]) -> Work:
    """Ours as it trains, without checkpoints and hold-outs."""
    return _timed(*_config(Setting(*setting)))


CONTENDERS = (foundry, without_hooks, ixigen)


def main(quick: bool) -> None:
    """Measure every contender at every size, print a table, write the figures."""
    import torch

    rows: list[JsonValue] = []
    for setting in _settings(torch.cuda.is_available(), quick):
        fields = [setting.seq_len, setting.batch, setting.microbatch, setting.steps, int(setting.gpu)]
        found = {one.__name__: Speed.model_validate(measure(one, fields).result) for one in CONTENDERS}
        show(setting, found)
        told: dict[str, JsonValue] = {name: speed.model_dump() for name, speed in found.items()}
        rows.append({"seq_len": setting.seq_len, "batch_windows": setting.batch, "contenders": told})
    print(f"figures: {write_results('training', rows)}")


def show(setting: Setting, found: dict[str, Speed]) -> None:
    """Print the figures of one size."""
    one = found["ixigen"]
    title = (
        f"{one.parameters / 1e6:,.0f} M parameters on {one.device}, {setting.batch} × {setting.seq_len:,} tokens a step"
    )
    table = Table("contender", "step", "tokens/s", "MFU", "peak memory", title=title)
    for name, speed in found.items():
        mfu = "" if speed.mfu is None else f"{speed.mfu:.1%}"
        peak = "" if speed.peak_memory_bytes is None else f"{speed.peak_memory_bytes / 1e9:.1f} GB"
        table.add_row(name, f"{speed.step_seconds:.3f} s", f"{speed.tokens_per_second:,.0f}", mfu, peak)
    Console().print(table)


def _settings(gpu: bool, quick: bool) -> Sequence[Setting]:
    if not gpu:
        return [Setting(512, 2, 1, WARM_UP + (2 if quick else 12), gpu)]
    steps = WARM_UP + (3 if quick else 15)
    return [Setting(4096, 16, 4, steps, gpu), Setting(32_768, 2, 1, steps, gpu)]


def _config(setting: Setting) -> tuple[dict[str, JsonValue], Setting]:
    """Return the configuration of our run, without checkpoints and hold-outs."""
    from transformers import Qwen2Config

    from ixigen_train.foundry.render import render
    from ixigen_train.recipe.settings import TrainRecipe
    from ixigen_train.runs.folder import RunFolder
    from ixigen_train.windows.plan import plan_course

    root = Path(tempfile.mkdtemp(dir=scratch()))
    Qwen2Config(**(QWEN_1_5B if setting.gpu else SMALL)).save_pretrained(root / "model")
    recipe = TrainRecipe.model_validate(
        {
            "name": "speed",
            "model": {"path": str(root / "model"), "weights": "random"},
            "precision": "bf16" if setting.gpu else "fp32",
            "batch": {"windows": setting.batch, "microbatch": setting.microbatch},
            "fsdp": {"activation_checkpointing": setting.seq_len > 8192},
            "steps": setting.steps,
            "evaluation": {"parts": []},
        }
    )
    folder = RunFolder(root / "run")
    folder.make()
    config = render(recipe, plan_course(recipe, str(_data(setting))), setting.seq_len, folder, ranks=1)
    callbacks = config["callbacks"]
    assert isinstance(callbacks, dict)
    del callbacks["ixigen_checkpoints"]
    return config, setting


def _data(setting: Setting) -> Path:
    folder = scratch() / str(setting.seq_len)
    if not folder.exists():
        write_dataset(str(folder), setting.seq_len, 1 + setting.steps * setting.batch * setting.seq_len // 16_000_000)
    return folder


def _tokenizer() -> str:
    """Write a tokenizer with an EOS and a pad token, which is all that LLM-Foundry's collator wants of one."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from transformers import PreTrainedTokenizerFast

    words = {"<e>": EOS, "<p>": 151_665}
    folder = scratch() / "tokenizer"
    PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer(WordLevel(words, "<e>")), eos_token="<e>", pad_token="<p>"
    ).save_pretrained(folder)
    return str(folder)


def _timed(config: dict[str, JsonValue], setting: Setting) -> Work:
    """Return the training, with a callback that times its steps."""
    import ixigen_train.foundry.compat  # noqa: F401 -- before any Mosaic package

    import torch
    from composer import Callback, Logger, State
    from llmfoundry import registry

    from ixigen_train.foundry.train import train
    from ixigen_train.sizing.devices import peak_flops
    from ixigen_train.sizing.flops import flops_per_token
    from ixigen_train.sizing.shape import shape_of

    ends: list[float] = []

    class Ends(Callback):
        def batch_end(self, state: State, logger: Logger) -> None:
            del state, logger
            if setting.gpu:
                torch.cuda.synchronize()
            # Without a device that works on its own, CPU time: what neighbours do on the machine does not count.
            ends.append(time.perf_counter() if setting.gpu else time.process_time())

    registry.callbacks.register("ends", func=Ends)
    callbacks = config["callbacks"]
    assert isinstance(callbacks, dict)
    callbacks["ends"] = {}

    def work() -> JsonValue:
        trainer = train(config)
        steps = [stop - start for start, stop in zip(ends[WARM_UP - 1 :], ends[WARM_UP:], strict=False)]
        seconds = statistics.median(steps)
        speed = setting.batch * setting.seq_len / seconds
        device = torch.cuda.get_device_name() if setting.gpu else "CPU"
        shape = shape_of({**QWEN_1_5B, "model_type": "qwen2"})
        assert shape is not None
        # By one convention for all: a token attends to half its window, whether documents are kept apart or not.
        flops = flops_per_token(shape, setting.seq_len)
        peak = peak_flops(device, "bf16") if setting.gpu else None
        return Speed(
            device=device,
            parameters=sum(each.numel() for each in trainer.state.model.parameters()),
            step_seconds=seconds,
            tokens_per_second=speed,
            mfu=speed * flops / peak if peak else None,
            peak_memory_bytes=torch.cuda.max_memory_allocated() if setting.gpu else None,
        ).model_dump()

    return work
