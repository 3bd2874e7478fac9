"""`ixigen-data task`: one task of a planned build, as an array job of a cluster calls it."""

from typing import Annotated

import typer

from ixigen_data.cli.progress import progress_display


def task(
    plan: Annotated[str, typer.Argument(help="URL of the build's plan, below the work folder.")],
    stage: Annotated[str, typer.Argument(help="Name of the stage, such as clean/wiki.")],
    index: Annotated[int, typer.Argument(help="Number of the task, from 0.")],
) -> None:
    """Run one task of a planned build, in a process of its own; a document that ends that process is set aside.

    Example: ixigen-data task .ixigen/plans/0123456789abcdef.json clean/wiki 7
    """
    from ixigen_data.build import supervise_task

    with progress_display(quiet=False) as progress:
        supervise_task(plan, stage, index, progress)
