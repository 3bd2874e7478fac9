"""ixigen-data: the command line."""

import sys

import typer

from ixigen_data.cli.build import build, mix
from ixigen_data.cli.check import check
from ixigen_data.cli.console import fail
from ixigen_data.cli.diff import diff
from ixigen_data.cli.index import index
from ixigen_data.cli.init import init
from ixigen_data.cli.normalize import normalize
from ixigen_data.cli.plan import plan
from ixigen_data.cli.report import report
from ixigen_data.cli.sample import sample
from ixigen_data.cli.show import show
from ixigen_data.cli.task import task
from ixigen_data.cli.verify import verify
from ixigen_data.core.errors import told

app = typer.Typer(
    help="Exactly mixed, verified training data: one recipe in, MDS shards out.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)
for command in (init, check, sample, plan, build, mix, index, verify, report, show, diff, normalize):
    app.command()(command)
app.command(hidden=True)(task)


def main() -> None:
    """Run a command; exit with 0, with 1 after one line that says what is wrong, or with 2 for a wrong call."""
    try:
        app()
    except Exception as error:
        sentence = told(error)
        if sentence is None:
            raise
        sys.exit(fail(sentence).exit_code)


if __name__ == "__main__":
    main()
