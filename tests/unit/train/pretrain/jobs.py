"""Jobs for tests: a model's layout and a manifest of so many windows, without a byte of a dataset."""

from functools import cache
from pathlib import Path

from pydantic import JsonValue

from ixigen_data.shards.manifest import Manifest
from ixigen_train.pretrain.job import Job
from ixigen_train.pretrain.model_files import ModelFiles
from ixigen_train.recipe.settings import TrainRecipe
from ixigen_train.windows.course import CoursePlan, Stretch

ROOT = Path(__file__).resolve().parents[4]
LLAMA: dict[str, JsonValue] = {
    "model_type": "llama",
    "hidden_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "intermediate_size": 160,
    "vocab_size": 296,
    "max_position_embeddings": 32768,
    "eos_token_id": 288,
    "tie_word_embeddings": True,
}


@cache
def manifest(windows: int = 43, seq_len: int = 64) -> Manifest:
    """The manifest of shards/tiny with another number of windows, and another length."""
    tiny = Manifest.load(str(ROOT / "shards" / "tiny"))
    return tiny.model_copy(update={"total_windows": windows, "total_tokens": windows * seq_len, "seq_len": seq_len})


def recipe(windows: int = 4, **sections: JsonValue) -> TrainRecipe:
    """A recipe that has nothing to warn of, with a batch of so many windows and other sections."""
    plain: dict[str, JsonValue] = {
        "name": "a",
        "model": {"path": "m"},
        "batch": {"windows": windows},
        "evaluation": {"every": 5},
        "checkpoints": {"every": 5},
    }
    return TrainRecipe.model_validate(plain | sections)


def job(of: TrainRecipe, dataset: Manifest, ranks: int = 1, config: dict[str, JsonValue] | None = None) -> Job:
    """A job on one dataset, shards/tiny by name."""
    batch = of.batch.windows_of(dataset.seq_len)
    assert dataset.digest is not None
    steps = dataset.total_windows // batch
    stretch = Stretch(shards=str(ROOT / "shards" / "tiny"), digest=dataset.digest, steps=min(steps, of.steps or steps))
    model = ModelFiles(of.model.path, LLAMA | (config or {}), None)
    return Job(of, model, CoursePlan(stretches=(stretch,), batch_windows=batch), (dataset,), ranks)
