import pytest
from pydantic import BaseModel, JsonValue

from ixigen_data.core.errors import IxigenError
from ixigen_train.recipe.settings import BatchSettings, TrainRecipe

PLAIN: dict[str, JsonValue] = {"name": "a", "model": {"path": "m"}, "batch": {"windows": 8}, "loggers": {}}
# These move rounding at most, or nothing of the weights; the context is the dataset's.
FREE = {
    "name",
    "model.attention",
    "context",
    "batch.microbatch",
    "fsdp",
    "data",
    "evaluation",
    "checkpoints",
    "loggers",
}
# Another value than the default's, by key.
OTHERS: dict[str, JsonValue] = {
    "name": "b",
    "seed": 18,
    "model.path": "n",
    "model.weights": "random",
    "model.attention": "eager",
    "model.trust_remote_code": True,
    "model.overrides": {"rope_theta": 1e6},
    "precision": "fp32",
    "context": 64,
    "batch.windows": 9,
    "batch.microbatch": 2,
    "optimizer.lr": 2e-5,
    "optimizer.betas": [0.9, 0.99],
    "optimizer.eps": 1e-6,
    "optimizer.weight_decay": 0.2,
    "optimizer.clip": None,
    "schedule.kind": "linear",
    "schedule.warmup": 0.02,
    "schedule.floor": 0.2,
    "fsdp.shard": "hybrid",
    "fsdp.activation_checkpointing": True,
    "fsdp.cpu_offload": True,
    "data.cache": "/c",
    "data.cache_limit": 10,
    "steps": 7,
    "evaluation.parts": ["ko"],
    "evaluation.every": 3,
    "evaluation.windows": 5,
    "evaluation.alarm": None,
    "checkpoints.every": 3,
    "checkpoints.keep": 5,
    "stages": [{"shards": "s", "at_tokens": 64}],
    "loggers": {"tensorboard": {}},
}


def changed(key: str, value: JsonValue) -> TrainRecipe:
    """The plain recipe with another value at a dotted key."""
    section, _, name = key.partition(".")
    if not name:
        return TrainRecipe.model_validate(PLAIN | {section: value})
    inner = PLAIN.get(section, {})
    assert isinstance(inner, dict)
    return TrainRecipe.model_validate(PLAIN | {section: inner | {name: value}})


def keys(model: type[BaseModel]) -> set[str]:
    """All keys of settings, dotted."""
    found = set()
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            found |= {f"{name}.{key}" for key in keys(inner)}
        else:
            found.add(name)
    return found


def test_the_keys_above_are_all() -> None:
    assert set(OTHERS) | {"batch.tokens"} == keys(TrainRecipe)


@pytest.mark.parametrize("key", OTHERS)
def test_the_digest_covers_what_decides_weights_and_nothing_else(key: str) -> None:
    plain, other = TrainRecipe.model_validate(PLAIN), changed(key, OTHERS[key])
    assert plain != other
    free = key in FREE or key.partition(".")[0] in FREE
    assert (plain.digest() == other.digest()) == free
    assert (plain.deciding() == other.deciding()) == free


def test_batches_in_tokens_are_windows() -> None:
    assert BatchSettings(tokens=67_108_864).windows_of(32_768) == 2048
    with pytest.raises(IxigenError, match=r"batch\.tokens: 100 is no multiple .* 64 tokens; use 64 or 128"):
        BatchSettings(tokens=100).windows_of(64)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("optimizer.lr", 1e-3, "optimizer.lr: 0.001 suits a model that knows nothing; the default is 1e-5"),
        ("name", "b", "checkpoints.every: none is written before the end; a run that stops begins anew"),
        ("name", "b", "evaluation.every: forgetting is measured before and after only"),
    ],
)
def test_what_looks_unintended_is_told(key: str, value: JsonValue, message: str) -> None:
    assert message in changed(key, value).warnings()


def test_eager_attention_over_long_windows_is_told() -> None:
    recipe = TrainRecipe.model_validate(PLAIN | {"model": {"path": "m", "attention": "eager"}, "context": 32768})
    told = "model.attention: eager keeps 32,768 scores for each token and head; sdpa keeps none"
    assert told in recipe.warnings()


def test_a_careful_recipe_has_no_warning() -> None:
    careful = PLAIN | {"checkpoints": {"every": 5}, "evaluation": {"every": 5}}
    assert TrainRecipe.model_validate(careful).warnings() == []
    random = careful | {"model": {"path": "m", "weights": "random"}, "optimizer": {"lr": 1e-3}}
    assert TrainRecipe.model_validate(random).warnings() == []
