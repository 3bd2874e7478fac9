"""Arguments and options that several commands share."""

import os
from typing import Annotated

import typer

RecipeArgument = Annotated[str, typer.Argument(help="The recipe: a YAML file.", metavar="RECIPE")]
DatasetArgument = Annotated[str, typer.Argument(help="A dataset: folder or URL.", metavar="URL")]
OutOption = Annotated[str, typer.Option("--out", help="Where the dataset goes: folder or URL.", metavar="URL")]
WorkOption = Annotated[
    str,
    typer.Option(
        "--work",
        help="Where intermediate files go, the token store among them; kept for later mixtures.",
        metavar="URL",
    ),
]
WorkersOption = Annotated[
    int, typer.Option("--workers", min=0, help="Processes; 0 runs everything in this one. Never changes bytes.")
]
StrictOption = Annotated[
    bool, typer.Option("--strict", help="End at the first record that cannot be read; else it is quarantined.")
]
AppendOption = Annotated[
    bool,
    typer.Option("--append", help="Add a generation to the dataset that stands there; its shards stay as they are."),
]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON value on standard output.")]

DEFAULT_WORK = ".ixigen"


def default_workers() -> int:
    """Return the number of processors that this process may use."""
    return len(os.sched_getaffinity(0))
