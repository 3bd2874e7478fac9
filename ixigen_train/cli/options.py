"""Arguments and options that several commands share."""

from typing import Annotated

import typer

RecipeArgument = Annotated[str, typer.Argument(help="The training recipe: a YAML file.", metavar="RECIPE")]
RunArgument = Annotated[str, typer.Argument(help="A run: the folder or URL that pretrain got as --out.", metavar="RUN")]
ShardsOption = Annotated[str, typer.Option("--shards", help="The dataset: folder or URL.", metavar="URL")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON value on standard output.")]
