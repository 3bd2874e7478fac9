"""Arguments and options that several commands share."""

from typing import Annotated

import typer

RecipeArgument = Annotated[str, typer.Argument(help="The training recipe: a YAML file.", metavar="RECIPE")]
ShardsOption = Annotated[str, typer.Option("--shards", help="The dataset: folder or URL.", metavar="URL")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON value on standard output.")]
