from pathlib import Path

import pytest

from ixigen_data.core.errors import RecipeError
from ixigen_data.core.marked_yaml import load_marked
from ixigen_train.recipe.file import load_recipe, parse_recipe
from ixigen_train.recipe.settings import TrainRecipe

LEAST = "name: a\nmodel: {path: m}\nbatch: {windows: 8}\n"


def parsed(text: str) -> TrainRecipe:
    return parse_recipe(load_marked(text, "r.yaml"), "r.yaml")


def mistakes(text: str) -> list[str]:
    with pytest.raises(RecipeError, match=r"r\.yaml") as caught:
        parsed(text)
    return [str(mistake) for mistake in caught.value.mistakes]


def test_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text(LEAST)
    recipe = load_recipe(str(tmp_path / "r.yaml"))
    assert (recipe.name, recipe.batch.windows, recipe.optimizer.lr) == ("a", 8, 1e-5)


def test_a_file_that_is_not_there_is_told_with_how_to_begin(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"no such recipe \(looked for .*begin with a copy of one in recipes/train"):
        load_recipe(str(tmp_path / "none.yaml"))


def test_something_else_than_a_mapping_is_refused() -> None:
    with pytest.raises(RecipeError, match="a recipe is a mapping of keys such as name, model, batch; got list"):
        parsed("- a\n")


def test_every_mistake_is_told_at_once_with_line_and_path() -> None:
    told = mistakes(
        "name: bad name\n"
        "sed: 1\n"
        "model: {path: m, attention: flash}\n"
        "precision: fp16\n"
        "batch: {windows: 8, tokens: 64, microbatch: 0}\n"
        "optimizer: {lr: 0, betas: [0.9], clip: yes}\n"
        "schedule: {warmup: 1.5}\n"
        'steps: "12"\n'
        "stages: [{shards: a}]\n"
        "loggers: {comet: {}}\n"
    )
    assert [one.partition(" should")[0].partition(" is missing")[0].rstrip(":") for one in told] == [
        "line 1: name",
        "line 2: sed: unknown key; did you mean seed?",
        "line 3: model.attention",
        "line 4: precision",
        "line 5: batch.microbatch",
        "line 6: optimizer.lr",
        "line 6: optimizer.betas[1]",
        "line 6: optimizer.clip",
        "line 7: schedule.warmup",
        "line 8: steps",
        "line 9: stages[0].at_tokens",
        "line 10: loggers.comet",
    ]


def test_a_model_by_url_is_refused() -> None:
    (told,) = mistakes("name: a\nmodel: {path: s3://key:secret@bucket/m}\nbatch: {windows: 8}\n")
    assert told == (
        "line 2: model.path: s3://bucket/m is a URL; models are opened from a folder or the hub: copy it to a folder, "
        "and name that"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "batch: {windows: 8, tokens: 64}",
            "line 3: batch: give the global batch once: windows: 2048, or tokens: 67_108_864",
        ),
        ("batch: {}", "line 3: batch: give the global batch once: windows: 2048, or tokens: 67_108_864"),
        (
            "batch: {tokens: 100}\ncontext: 64",
            "line 3: batch.tokens: 100 is no multiple of context 64; use 64 or 128",
        ),
        (
            "batch: {tokens: 20}\ncontext: 64",
            "line 3: batch.tokens: 20 is no multiple of context 64; use 64 or 128",
        ),
        (
            "batch: {windows: 8, microbatch: 9}",
            "line 3: batch.microbatch: 9 windows are more than the step has; use 8 or fewer",
        ),
        (
            "batch: {windows: 8}\nsteps: 100\nschedule: {warmup: 100}",
            "line 5: schedule.warmup: 100 steps of warm-up leave nothing of 100 steps; use 10, or a ratio such as 0.1",
        ),
        (
            "batch: {windows: 8}\nstages:\n- {shards: a, at_tokens: 64}\n- {shards: b, at_tokens: 64}",
            "line 6: stages[1].at_tokens: 64 is not beyond that of the stage before, 64; put stages in their order",
        ),
    ],
)
def test_fields_that_contradict_each_other_are_told_with_line_and_advice(text: str, message: str) -> None:
    assert mistakes(f"name: a\nmodel: {{path: m}}\n{text}\n") == [message]


def test_flash_attention_wants_bf16() -> None:
    text = "name: a\nmodel: {path: m, attention: flash_attention_2}\nbatch: {windows: 8}\nprecision: fp32\n"
    assert mistakes(text) == ["line 2: model.attention: flash_attention_2 computes in bf16 only; use sdpa with fp32"]


@pytest.mark.parametrize(("written", "lr"), [("1e-5", 1e-5), ("1.0e-05", 1e-5), ("0.00001", 1e-5), ("'3E-4'", 3e-4)])
def test_a_learning_rate_is_read_as_people_write_it(written: str, lr: float) -> None:
    # YAML 1.1 takes 1e-5 for text: it wants a point in it.
    assert parsed(f"{LEAST}optimizer: {{lr: {written}}}\n").optimizer.lr == lr


@pytest.mark.parametrize("written", ["fast", "true", "'0.1'", "1e", "[1]"])
def test_a_learning_rate_that_is_none_is_refused(written: str) -> None:
    assert mistakes(f"{LEAST}optimizer: {{lr: {written}}}\n")[0].startswith("line 4: optimizer.lr")


@pytest.mark.parametrize(("written", "warmup"), [("10", 10), ("0.05", 0.05), ("1.0", 1.0), ("0", 0)])
def test_a_warm_up_is_steps_or_a_ratio(written: str, warmup: float) -> None:
    found = parsed(f"{LEAST}schedule: {{warmup: {written}}}\n").schedule.warmup
    assert (found, type(found)) == (warmup, type(warmup))
