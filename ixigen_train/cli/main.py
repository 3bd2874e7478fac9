"""ixigen-train: the command line."""

import sys

import typer

from ixigen_data.core.errors import told
from ixigen_train.cli.console import fail
from ixigen_train.cli.export import export
from ixigen_train.cli.plan import plan
from ixigen_train.cli.pretrain import pretrain
from ixigen_train.cli.report import report
from ixigen_train.cli.watch import watch

app = typer.Typer(
    help="Continued pretraining on exactly mixed shards, loss and tokens known by part.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)
for command in (pretrain, plan, watch, report, export):
    app.command()(command)


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
