"""`ixigen-train pretrain`: a recipe on a dataset, from the first step or from the last checkpoint."""

from typing import TYPE_CHECKING, Annotated

import typer

from ixigen_data.core.console import err, out, print_json, warn
from ixigen_train.cli.options import JsonOption, QuietOption, RecipeArgument, ShardsOption

if TYPE_CHECKING:
    from ixigen_train.pretrain.planner import RunPlan
    from ixigen_train.pretrain.prepare import Prepared


def pretrain(  # noqa: PLR0913 - a command's options are its parameters
    recipe: RecipeArgument,
    shards: ShardsOption,
    destination: Annotated[
        str, typer.Option("--out", help="The run's folder; one that stopped goes on.", metavar="DIR")
    ],
    ranks: Annotated[
        int | None, typer.Option("--ranks", min=1, help="Processes on this machine; the number of its GPUs, or 1.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check and plan; write and start nothing.")] = False,
    write_config: Annotated[
        str | None,
        typer.Option("--write-config", help="Write the LLM-Foundry configuration, and start nothing.", metavar="FILE"),
    ] = None,
    nnodes: Annotated[int, typer.Option("--nnodes", min=1, help="Machines; run the command on each.")] = 1,
    node_rank: Annotated[int, typer.Option("--node-rank", min=0, help="The number of this machine, from 0.")] = 0,
    rdzv_endpoint: Annotated[
        str | None, typer.Option("--rdzv-endpoint", help="Of machine 0.", metavar="HOST:PORT")
    ] = None,
    grace: Annotated[
        int, typer.Option("--grace", min=1, help="Seconds for ranks that are told to end to finish a step and save.")
    ] = 30,
    quiet: QuietOption = False,
    json: JsonOption = False,
) -> None:
    """Continue the pretraining of a model on a dataset. Everything is checked before a process is started.

    Run again after an interruption, with as many ranks as there are now, it goes on from its last checkpoint.

    Example: ixigen-train pretrain recipes/train/tiny.yaml --shards shards/tiny --out runs/tiny
    """
    from ixigen_train.recipe.file import load_recipe

    loaded = load_recipe(recipe)  # a mistake is told before the rest is imported
    from ixigen_train.pretrain.machines import Machines, check_devices, gpus
    from ixigen_train.pretrain.prepare import prepare

    found = gpus()
    machines = Machines(ranks or max(1, len(found)), nnodes, node_rank, rdzv_endpoint, grace)
    prepared = prepare(loaded, shards, destination, machines)
    if not dry_run and write_config is None:
        check_devices(machines, found, loaded.precision)
    _tell(prepared, found[0] if found else None, quiet or json)
    if write_config is not None:
        _write_config(prepared, write_config, json)
    elif dry_run and json:
        print_json(_plan(prepared, found[0] if found else None).as_json())
    elif not dry_run:
        _run(prepared, found[0] if found else "cpu", quiet or json)
        _tell_end(prepared, json)


def _tell(prepared: "Prepared", gpu: str | None, quiet: bool) -> None:
    """Print the plan, and what is allowed but looks unintended."""
    from ixigen_train.cli.plan import plan_table
    from ixigen_train.pretrain.checks import end_of_text_warning

    planned, ending = _plan(prepared, gpu), end_of_text_warning(prepared.job)
    if not quiet:
        err.print(plan_table(planned))
        if prepared.step and not prepared.is_finished:
            err.print(f"goes on from the checkpoint after step {prepared.step:,}")
    warn([*planned.warnings, *(each for each in (ending, prepared.warning) if each is not None)])


def _plan(prepared: "Prepared", gpu: str | None) -> "RunPlan":
    from ixigen_train.pretrain.planner import plan_run

    return plan_run(prepared.job, gpu)


def _write_config(prepared: "Prepared", file: str, json: bool) -> None:
    from ixigen_data.core.files import write_bytes
    from ixigen_train.foundry.render import to_yaml

    write_bytes(file, to_yaml(prepared.config).encode())
    if json:
        print_json({"ok": True, "config": file})
    else:
        out.print(f"[green]written[/green] {file}", soft_wrap=True)


def _run(prepared: "Prepared", device: str, quiet: bool) -> None:
    from ixigen_train.pretrain.launch import started
    from ixigen_train.pretrain.outcome import recorded
    from ixigen_train.report.watch import follow
    from ixigen_train.runs.claim import claimed

    if prepared.is_finished:
        return
    folder, machines = prepared.folder, prepared.machines
    folder.make()
    with claimed(folder, machines.number, machines.grace_seconds) as claim:
        prepared.write(device)
        try:
            with recorded(prepared), started(folder, machines, claim) as ranks:
                if not quiet and machines.number == 0:
                    follow(str(folder.root), ranks.alive)
                ranks.wait()
        except (KeyboardInterrupt, SystemExit):
            _tell_stop(prepared)
            raise
    if prepared.machines.number == 0:
        _write_report(prepared)


def _tell_stop(prepared: "Prepared") -> None:
    steps, saved = prepared.job.course.steps, prepared.folder.saved_steps()
    where = f"after step {saved[-1]:,} of {steps:,}, which is saved" if saved else "before its first checkpoint"
    warn([f"stopped {where}; the same command goes on from there"])


def _write_report(prepared: "Prepared") -> None:
    from ixigen_data.core.files import write_bytes
    from ixigen_train.history.run import load_run
    from ixigen_train.report.page import html_page

    root = prepared.folder.root
    write_bytes(str(prepared.folder.report), html_page(load_run(str(root))).encode())
    if prepared.mirror is not None:
        prepared.mirror.put_files(root)


def _tell_end(prepared: "Prepared", json: bool) -> None:
    steps, root = prepared.job.course.steps, prepared.folder.root
    if json:
        print_json({"ok": True, "out": str(root), "steps": steps, "from_step": prepared.step})
        return
    done = "nothing is left to do: all" if prepared.is_finished else "trained"
    out.print(f"[green]{done}[/green] {steps:,} steps: {root}", soft_wrap=True)
