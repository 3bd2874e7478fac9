"""`ixigen-train plan`: steps, tokens, memory, time and disk, before anything is started."""

from typing import TYPE_CHECKING, Annotated

import typer

from ixigen_data.core.console import out, print_json, warn
from ixigen_data.core.units import format_count, format_duration, format_size
from ixigen_train.cli.options import JsonOption, RecipeArgument, ShardsOption

if TYPE_CHECKING:
    from rich.table import Table

    from ixigen_train.pretrain.planner import RunPlan
    from ixigen_train.sizing.memory import Memory


def plan(  # noqa: PLR0913 - a command's options are its parameters
    recipe: RecipeArgument,
    shards: ShardsOption,
    ranks: Annotated[int, typer.Option("--ranks", min=1, help="GPUs, over all machines.")] = 8,
    gpu: Annotated[str | None, typer.Option("--gpu", help="Their name, such as h100; else time is not told.")] = None,
    config: Annotated[
        str | None,
        typer.Option("--config", help="A config.json, where the model itself is not at hand.", metavar="FILE"),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Plan a run: tokens per step, steps, what no step serves, memory of each GPU, time, disk. Starts nothing.

    Example: ixigen-train plan recipes/train/tiny.yaml --shards shards/tiny --ranks 2
    """
    from ixigen_train.recipe.file import load_recipe

    loaded = load_recipe(recipe)  # a mistake is told before the rest is imported
    from ixigen_train.pretrain.checks import end_of_text_warning
    from ixigen_train.pretrain.job import open_job
    from ixigen_train.pretrain.planner import plan_run

    _must_be_known(gpu)
    job = open_job(loaded, shards, ranks, config)
    planned, ending = plan_run(job, gpu), end_of_text_warning(job)
    if json:
        print_json(planned.as_json())
        return
    out.print(plan_table(planned))
    if planned.memory is not None:
        out.print(_memory_table(planned, planned.memory))
    warn([*planned.warnings, *([] if ending is None else [ending])])


def plan_table(planned: "RunPlan") -> "Table":
    """Return the arithmetic of a run, a line a figure."""
    from rich.table import Table

    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column()
    table.add_column(overflow="fold")
    table.add_row(
        "tokens per step",
        f"{format_count(planned.tokens_per_step)} = {format_count(planned.batch_windows)} windows "
        f"of {format_count(planned.seq_len)}",
    )
    table.add_row("steps", f"{format_count(planned.steps)}, of them {format_count(planned.warmup_steps)} to warm up")
    table.add_row("tokens", format_count(planned.tokens))
    for url, windows in planned.windows.items():
        table.add_row("windows", f"{format_count(windows)} of {url}")
    table.add_row("unserved windows", format_count(planned.unserved_windows))
    if planned.parameters is not None:
        table.add_row("parameters", format_count(planned.parameters))
    if planned.seconds is not None and planned.tokens_per_second is not None:
        from ixigen_train.pretrain.planner import ASSUMED_MFU

        rate = format_count(round(planned.tokens_per_second))
        where = f"{planned.ranks} {planned.device} at {ASSUMED_MFU:.0%} of their peak (assumed)"
        table.add_row("time", f"about {format_duration(planned.seconds)}: {rate} tokens/s on {where}")
    if planned.checkpoints_bytes is not None:
        table.add_row("checkpoints", f"{format_size(planned.checkpoints_bytes)} on the disk at most")
    table.add_row("fetched shards", f"{format_size(planned.cache_bytes)} on the disk of each machine")
    return table


def _memory_table(planned: "RunPlan", memory: "Memory") -> "Table":
    from rich.table import Table

    title = f"memory of each of {planned.ranks} ranks, {planned.microbatch} windows at a time"
    table = Table(title, box=None, header_style="bold", pad_edge=False)
    table.add_column("", justify="right")
    for name in ("weights", "gradients", "optimizer", "gathered", "activations", "logits"):
        table.add_row(name, format_size(getattr(memory, name)))
    of = "" if planned.device_bytes is None else f" of {format_size(planned.device_bytes)}"
    table.add_row("in all, about", f"{format_size(memory.total)}{of}")
    return table


def _must_be_known(gpu: str | None) -> None:
    from ixigen_train.sizing.devices import device_named, known_devices

    if gpu is not None and device_named(gpu) is None:
        raise typer.BadParameter(f"{gpu!r} is not known; use one of {', '.join(known_devices())}", param_hint="--gpu")
