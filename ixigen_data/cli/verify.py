"""`ixigen-data verify`: the recount from bytes."""

import typer

from ixigen_data.cli.console import err, out, print_json, progress_display
from ixigen_data.cli.options import DatasetArgument, JsonOption, QuietOption, WorkersOption, default_workers
from ixigen_data.core.units import format_count, format_size


def verify(
    dataset: DatasetArgument,
    workers: WorkersOption = default_workers(),
    quiet: QuietOption = False,
    json: JsonOption = False,
) -> None:
    """Re-hash and recount a dataset from its bytes, by code that shares nothing with the writer's.

    Names the first wrong shard, and everything else that is wrong.

    Example: ixigen-data verify shards/tiny
    """
    from ixigen_data.verify.dataset import verify as verify_dataset

    with progress_display(quiet or json) as progress:
        found = verify_dataset(dataset, progress, workers)
    if json:
        print_json({"ok": found.ok, **found.model_dump(mode="json")})
    else:
        for problem in found.problems:
            err.print(f"[red]wrong:[/red] {problem}", soft_wrap=True, highlight=False)
    if not found.ok:
        raise typer.Exit(1)
    if not json:
        recount = found.recount
        tokens = format_count(sum(recount.tokens().values()))
        out.print(
            f"[green]ok[/green]: {found.shards} shards, {format_count(recount.windows)} windows, {tokens} tokens, "
            f"{format_size(recount.bytes)}; every digest and every count agrees with the manifest",
            soft_wrap=True,
        )
