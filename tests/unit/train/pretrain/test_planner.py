import pytest

from ixigen_data.core.units import format_duration
from ixigen_train.pretrain.planner import ASSUMED_MFU, plan_run
from ixigen_train.recipe.settings import CheckpointSettings
from ixigen_train.sizing.flops import flops_per_token
from tests.unit.train.pretrain.jobs import job, manifest, recipe

WINDOW, BATCH = 32_768, 2_048  # the paper's
HOUR = 3_600


@pytest.mark.parametrize(
    ("billions", "steps"),
    [(3.02, 45), (91.47, 1_363), (15.95, 237)],  # a pilot; 305 GB of text; 53 GB
)
def test_the_papers_arithmetic(billions: float, steps: int) -> None:
    plan = plan_run(job(recipe(BATCH), manifest(int(billions * 1e9) // WINDOW, WINDOW)))
    assert plan.tokens_per_step == 67_108_864
    assert plan.steps == steps
    assert plan.tokens == steps * 67_108_864
    assert 0 <= billions * 1e9 - plan.tokens < 67_108_864 + WINDOW
    assert any("too few to tell much" in told for told in plan.warnings) == (steps < 200)


def test_three_billion_tokens_are_44_steps_and_the_advice_names_the_total_of_45() -> None:
    plan = plan_run(job(recipe(BATCH), manifest(3_000_000_000 // WINDOW, WINDOW)))
    assert (plan.steps, plan.unserved_windows) == (44, 1_440)
    (advice,) = [told for told in plan.warnings if "fill no batch" in told]
    assert "1,440 of 91,552 windows fill no batch" in advice
    assert f"{45 * 67_108_864:,} tokens (mixture.total_tokens)" in advice


def test_few_steps_are_told_with_a_batch_that_makes_200() -> None:
    plan = plan_run(job(recipe(BATCH), manifest(45 * BATCH, WINDOW)))
    (told,) = plan.warnings
    assert told.startswith("steps: 45 steps are too few to tell much; below 200 use a smaller batch, such as batch.win")
    assert told.endswith("dows 460, or more data")
    assert plan_run(job(recipe(460), manifest(45 * BATCH, WINDOW))).steps == 200


def test_batches_that_are_told_can_be_divided_among_the_ranks() -> None:
    few, unserved = plan_run(job(recipe(64), manifest(1792 + 24), ranks=8)).warnings
    assert few.endswith("use a smaller batch, such as batch.windows 8, or more data")
    assert "batch.windows" not in unserved  # 1,816 is 8 · 227: nothing near 64 divides it
    (few,) = plan_run(job(recipe(8), manifest(800), ranks=8)).warnings
    assert few.endswith("below 200 use more data")


def test_steps_of_the_recipe_and_the_warm_up() -> None:
    plan = plan_run(job(recipe(4, steps=400, schedule={"warmup": 0.05}), manifest(4 * 1000)))
    assert (plan.steps, plan.warmup_steps, plan.unserved_windows) == (400, 20, 4 * 600)
    assert plan.warnings == ()


def test_time_is_flops_over_the_assumed_part_of_the_peak() -> None:
    asked = job(recipe(BATCH, precision="bf16"), manifest(200 * BATCH, WINDOW), ranks=64)
    plan, shape = plan_run(asked, "NVIDIA H100 80GB HBM3"), asked.shape
    assert shape is not None
    assert plan.flops_per_token == flops_per_token(shape, WINDOW)
    assert plan.seconds == pytest.approx(plan.tokens * plan.flops_per_token / (64 * 989.4e12 * ASSUMED_MFU))
    assert plan.tokens_per_second == pytest.approx(plan.tokens / plan.seconds)


def test_without_a_known_device_time_is_not_told_but_memory_is() -> None:
    plan = plan_run(job(recipe(), manifest()), "abacus")
    assert (plan.device, plan.seconds, plan.tokens_per_second) == (None, None, None)
    assert plan.memory is not None


def test_a_layout_that_is_not_known_is_told() -> None:
    plan = plan_run(job(recipe(), manifest(4 * 200), config={"model_type": "mamba"}), "h100")
    assert (plan.parameters, plan.memory, plan.seconds, plan.checkpoints_bytes) == (None, None, None, None)
    assert plan.warnings == (
        "model.path: layouts of type 'mamba' are not known here: neither memory nor time can be told",
    )


def test_checkpoints_on_the_disk_are_those_kept_and_the_one_being_written() -> None:
    plan = plan_run(job(recipe(checkpoints={"every": 5, "keep": 3}), manifest()))
    assert plan.parameters is not None
    assert plan.checkpoints_bytes == 4 * 12 * plan.parameters


def test_a_batch_that_ranks_cannot_share_is_told() -> None:
    told = plan_run(job(recipe(4), manifest(4 * 200), ranks=3)).warnings
    assert told == ("batch.windows: 4 cannot be divided among 3 ranks; none would start",)


def test_a_microbatch_that_leaves_a_rest_is_told() -> None:
    asked = recipe(8, batch={"windows": 8, "microbatch": 3})
    (told,) = plan_run(job(asked, manifest(8 * 200), ranks=2)).warnings
    assert (
        told == "batch.microbatch: 3 is no divisor of a rank's 4 windows; its last microbatch of each step is smaller"
    )


# Of the shape of Qwen 2.5 7B.
LARGE = {
    "hidden_size": 3584,
    "num_hidden_layers": 28,
    "num_attention_heads": 28,
    "num_key_value_heads": 4,
    "intermediate_size": 18944,
    "vocab_size": 152064,
    "tie_word_embeddings": False,
}


@pytest.mark.parametrize(
    ("ranks", "recompute", "advice"),
    [
        (8, True, None),
        (8, False, "use fsdp.activation_checkpointing: true"),
        (1, True, "use 4 ranks with fsdp.activation_checkpointing: true"),
    ],
)
def test_a_model_that_does_not_fit_is_told_with_what_would(ranks: int, recompute: bool, advice: str | None) -> None:
    asked = recipe(BATCH, fsdp={"activation_checkpointing": recompute})
    plan = plan_run(job(asked, manifest(BATCH * 200, WINDOW), ranks, LARGE), "h100")
    told = [warning for warning in plan.warnings if warning.startswith("memory: about")]
    assert plan.memory is not None
    assert bool(told) == (plan.memory.total > 0.9 * 80e9) == (advice is not None)
    assert advice is None or told[0].endswith(f"on each device, of 74.5 GiB; {advice}")


def test_checkpoints_that_are_hours_apart_are_told_with_what_is_an_hour() -> None:
    asked = recipe(BATCH, fsdp={"activation_checkpointing": True}, checkpoints={"every": 50})
    plan = plan_run(job(asked, manifest(BATCH * 200, WINDOW), 8, LARGE), "h100")
    assert plan.seconds is not None
    (told,) = plan.warnings
    hourly = int(50 * 3600 / (50 * plan.seconds / 200))
    assert told.startswith(f"checkpoints.every: 50 steps are about {format_duration(plan.seconds / 4)}, which a run")
    assert f"; use {hourly}, about" in told
    hourly_asked = asked.model_copy(update={"checkpoints": CheckpointSettings(every=hourly)})
    assert plan_run(job(hourly_asked, manifest(BATCH * 200, WINDOW), 8, LARGE), "h100").warnings == ()


def test_windows_that_no_number_of_ranks_makes_fit_are_told() -> None:
    asked = recipe(BATCH, batch={"windows": BATCH, "microbatch": 64})
    plan = plan_run(job(asked, manifest(BATCH * 200, WINDOW), 32, LARGE), "h100")
    (told,) = plan.warnings
    assert told.endswith("use a smaller microbatch, shorter windows, or larger devices")


def test_a_cache_that_holds_no_two_shards_is_told() -> None:
    asked = job(recipe(data={"cache_limit": 4000}), manifest(4 * 200))
    assert plan_run(asked).warnings == ("data.cache_limit: 3.9 KiB holds fewer than two shards; each is fetched again",)
    assert plan_run(asked).cache_bytes == 0, "the shards of this dataset lie on the local disk"


def test_the_plan_as_json_holds_what_follows_from_it() -> None:
    told = plan_run(job(recipe(BATCH), manifest(200 * BATCH, WINDOW), ranks=8), "h100").as_json()
    assert (told["tokens_per_step"], told["tokens"], told["steps"]) == (67_108_864, 200 * 67_108_864, 200)
    memory = told["memory"]
    assert isinstance(memory, dict)
    assert memory["total"] == sum(value for key, value in memory.items() if key != "total")
