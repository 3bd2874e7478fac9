"""`ixigen-train watch`: a run as it goes on."""

from typing import Annotated

import typer

from ixigen_data.core.console import out, print_json, warn
from ixigen_train.cli.options import JsonOption, RunArgument


def watch(
    run: RunArgument,
    once: Annotated[bool, typer.Option("--once", help="Show how it stands, and end.")] = False,
    json: JsonOption = False,
) -> None:
    """Follow a run until it ends: losses by part, learning rate, speed, hold-outs. Exits with 1 where that failed.

    RUN may lie on an object store; whether somebody still trains there is known of a folder alone. With --json, how it
    stands now.

    Example: ixigen-train watch runs/tiny --once
    """
    from ixigen_train.report.watch import Watch, follow, view

    seen = Watch(run).look() if once or json else follow(run, console=out)
    if seen is None:
        return
    if json:
        print_json(seen.plain())
    elif once:
        out.print(view(seen))
    if seen.status == "ended":
        warn([f"{run}: nobody trains there any more, and no end was written down; `pretrain` with this --out goes on"])
    if seen.status in ("failed", "ended"):
        raise typer.Exit(1)
