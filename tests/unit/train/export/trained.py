"""A run with a real checkpoint: a tiny model that has taken a step, saved as a training saves it."""

from dataclasses import dataclass
from pathlib import Path

import torch
import yaml
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit
from transformers import (
    AutoModelForCausalLM,
    GenerationConfig,
    LlamaConfig,
    PretrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerFast,
    Qwen2Config,
)

from ixigen_train.checkpoints.place import Place
from ixigen_train.checkpoints.store import Checkpoints
from ixigen_train.models.load import load_model
from ixigen_train.recipe.settings import BatchSettings, ModelSettings, TrainRecipe
from ixigen_train.runs.folder import RunFolder
from ixigen_train.runs.metrics import MetricsLog
from ixigen_train.runs.records import PartStep, StepRecord
from ixigen_train.runs.run_file import RunFile, Start
from ixigen_train.windows.course import Course, CoursePlan, Stretch
from tests.dataset import write_dataset

SIZES = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "vocab_size": 104,
}


@dataclass(frozen=True)
class Trained:
    """A run, and the model as it stood at its last checkpoint."""

    url: str
    base: Path
    model: PreTrainedModel
    ids: torch.Tensor  # (1, 16)

    def logits(self) -> torch.Tensor:
        with torch.no_grad():
            logits: torch.Tensor = self.model.eval()(self.ids, use_cache=False).logits
        return logits


def write_base(folder: Path, tied: bool) -> Path:
    """Write a model folder: config, weights, tokenizer, settings of generation."""
    config: PretrainedConfig = Qwen2Config(**SIZES, tie_word_embeddings=True) if tied else LlamaConfig(**SIZES)
    torch.manual_seed(3)
    model = AutoModelForCausalLM.from_config(config)
    model.generation_config = GenerationConfig(do_sample=True, top_p=0.8, eos_token_id=0)
    model.save_pretrained(folder)
    words = Tokenizer(WordLevel({f"w{number}": number for number in range(104)}, unk_token="w0"))
    words.pre_tokenizer = WhitespaceSplit()
    PreTrainedTokenizerFast(tokenizer_object=words, eos_token="w0").save_pretrained(folder)
    (folder / "pytorch_model.bin").write_bytes(b"a pickle that no export copies")
    return folder


def write_trained(folder: Path, tied: bool, steps: tuple[int, ...] = (2, 4)) -> Trained:
    """Write a run of four steps over the small dataset, with checkpoints after `steps`."""
    base = write_base(folder / "base", tied)
    shards = folder / "shards"
    manifest = write_dataset(str(shards))
    plan = CoursePlan(stretches=(Stretch(shards=str(shards), digest=manifest.digest or "", steps=4),), batch_windows=4)
    course = Course.open(plan, None, None)
    run = RunFolder(folder / "run")
    run.make()
    recipe = TrainRecipe(name="small-run", model=ModelSettings(path=str(base)), batch=BatchSettings(windows=4))
    run.recipe.write_text(yaml.safe_dump(recipe.model_dump(mode="json")), encoding="utf-8")
    start = Start(step=0, ranks=1, device="cpu")
    file = RunFile(
        name=recipe.name, model=str(base), recipe_digest="c" * 32, course=plan.model_dump(mode="json"), starts=(start,)
    )
    file.finished().write(run.run_file)
    model = load_model(recipe.model)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    saved = Checkpoints(run.checkpoints, keep=2)
    ids = torch.arange(16).unsqueeze(0)
    log = MetricsLog(run.metrics)
    log.append({"step": 0, "held_out/loss/replay/ko": 4.0})
    for step in range(1, 5):
        model(ids, labels=ids).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        tokens = course.planned(step)
        parts = {path: PartStep(4.0, 1, 0, count) for path, count in zip(course.parts, tokens, strict=True)}
        line = StepRecord(step, sum(tokens), 1e-5, parts, (4 * step - 4, 4 * step)).line()
        log.append(line | {"held_out/loss/replay/ko": 4.0 - 0.1 * step})
        if step in steps:
            place = Place(
                step=step, tokens=dict(zip(course.parts, tokens, strict=True)), course=plan, recipe={}, ranks=1
            )
            saved.save(model, optimizer, place)
    return Trained(str(run.root), base, model, ids)
