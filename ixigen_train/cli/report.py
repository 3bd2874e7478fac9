"""`ixigen-train report`: a run as one HTML page."""

from typing import Annotated

import typer

from ixigen_data.core.console import out
from ixigen_train.cli.options import RunArgument


def report(
    run: RunArgument,
    html: Annotated[
        str | None, typer.Option("--html", help="The file; else report.html in the run's folder.", metavar="FILE")
    ] = None,
) -> None:
    """Write the report of a run: losses by part, hold-outs, consumed tokens against the plan, speed.

    Example: ixigen-train report runs/tiny --html training.html
    """
    from ixigen_data.core.files import join, without_secrets, write_bytes
    from ixigen_train.history.run import load_run
    from ixigen_train.report.page import html_page

    place = html or join(run, "report.html")
    write_bytes(place, html_page(load_run(run)).encode())
    out.print(f"report: {without_secrets(place)}", markup=False, soft_wrap=True)
