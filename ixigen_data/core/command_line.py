"""What both command lines are: a list of commands, one line for what went wrong, and an exit status."""

import sys
from collections.abc import Callable, Iterable

import typer

from ixigen_data.core.console import fail
from ixigen_data.core.errors import told


def command_line(summary: str, commands: Iterable[Callable[..., object]]) -> typer.Typer:
    """Return a command line of such commands, in the order in which its help lists them."""
    app = typer.Typer(
        help=summary,
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
    )
    for command in commands:
        app.command()(command)
    return app


def run(app: typer.Typer) -> None:
    """Run a command; exit with 0, with 1 after one line that says what is wrong, or with 2 for a wrong call."""
    try:
        app()
    except Exception as error:
        sentence = told(error)
        if sentence is None:
            raise
        sys.exit(fail(sentence).exit_code)
