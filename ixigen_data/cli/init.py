"""`ixigen-data init`: a starter recipe."""

from pathlib import Path
from typing import Annotated

import typer

from ixigen_data.core.console import out
from ixigen_data.core.errors import IxigenError
from ixigen_data.core.files import write_bytes

_STARTER = Path(__file__).with_name("starter.yaml")


def init(
    folder: Annotated[Path, typer.Argument(help="The folder to begin in; made where there is none.", metavar="DIR")],
) -> None:
    """Write a commented starter recipe.

    Example: ixigen-data init my-mixture
    """
    recipe = folder / "recipe.yaml"
    if folder.exists() and not folder.is_dir():
        raise IxigenError(f"{folder}: is a file; name a folder")
    if recipe.exists():
        raise IxigenError(f"{recipe}: exists; nothing is written over it. Name another folder, or move it away")
    write_bytes(str(recipe), _STARTER.read_bytes())
    out.print(f"wrote {recipe}\nnext: edit it, then [bold]ixigen-data check {recipe}[/bold]", soft_wrap=True)
