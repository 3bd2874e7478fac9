"""What the commands print: results on standard output, progress and notes on standard error."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import orjson
import typer
from rich.console import Console
from rich.markup import escape

from ixigen_data.core.visible import visible_line

if TYPE_CHECKING:
    from pydantic import JsonValue

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def print_json(value: "JsonValue | Sequence[JsonValue] | Mapping[str, JsonValue]") -> None:
    """Print one JSON value on standard output."""
    sys.stdout.buffer.write(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    sys.stdout.flush()


def warn(messages: Iterable[str]) -> None:
    """Print what is allowed but looks unintended."""
    for message in messages:
        err.print(f"[yellow]warning:[/yellow] {escape(visible_line(message))}", soft_wrap=True)


def fail(message: str) -> typer.Exit:
    """Print an error, a line a mistake, and return what ends the command with status 1."""
    for line in message.splitlines():
        err.print(f"[red]error:[/red] {escape(visible_line(line))}", soft_wrap=True)
    return typer.Exit(1)
