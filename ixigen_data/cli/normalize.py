"""`ixigen-data normalize`: text in, cleaned text out."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from ixigen_data.cli.console import err


def normalize(
    file: Annotated[
        Path | None, typer.Argument(help="A text file; standard input where none is named.", metavar="FILE")
    ] = None,
    recipe: Annotated[
        str | None,
        typer.Option(help="Take the rules of this recipe's `clean`; else the default ones.", metavar="RECIPE"),
    ] = None,
    source: Annotated[str | None, typer.Option(help="With --recipe: only the rules that run on this source.")] = None,
    audit: Annotated[bool, typer.Option("--audit", help="Tell every edit with its rule on standard error.")] = False,
) -> None:
    """Clean a text as a build would: encodings, controls, invisible characters, NFC, white space.

    Example: printf 'a  b\\r\\n' | ixigen-data normalize --audit
    """
    from ixigen_data.clean.chain import Chain, rules_for
    from ixigen_data.clean.settings import DEFAULT_RULES
    from ixigen_data.core.errors import IxigenError
    from ixigen_data.recipe import load_recipe
    from ixigen_data.sources.encoding import decode

    data = sys.stdin.buffer.read() if file is None else file.read_bytes()
    text = decode(data, "auto")
    if text is None:
        raise IxigenError(f"{file or 'standard input'}: neither UTF-8 nor cp949")
    chain = Chain(DEFAULT_RULES)
    if recipe is not None:
        loaded = load_recipe(recipe).recipe
        if source is None:
            chain = Chain(loaded.clean)
        elif source in loaded.sources:
            chain = Chain(rules_for(loaded.clean, source, loaded.sources[source].language))
        else:
            raise IxigenError(f"--source {source}: {recipe} has no such source; use one of {', '.join(loaded.sources)}")
    cleaned, edits = chain.text(text)
    sys.stdout.buffer.write(cleaned.encode())
    if audit:
        for edit in edits:
            err.print(f"{edit.rule}: {edit.before_chars} to {edit.after_chars} characters")
