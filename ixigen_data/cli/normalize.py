"""`ixigen-data normalize`: text in, normalized text out."""

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from ixigen_data.core.console import err
from ixigen_data.core.units import format_size

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ixigen_data.core.steps import Rule

_BLOCK_BYTES = 2**22
_LINE_LIMIT_BYTES = 64 * 2**20
_INK = re.compile(rb"[0-9A-Za-z\xea-\xed]")  # what no rule makes white


def normalize(
    file: Annotated[
        Path | None, typer.Argument(help="A text file; standard input where none is named.", metavar="FILE")
    ] = None,
    rules: Annotated[
        str,
        typer.Option(
            help="A preset (korean, english, code), or rules by name or number: N7,N10,repeats.", metavar="RULES"
        ),
    ] = "korean",
    recipe: Annotated[
        str | None,
        typer.Option(help="Take the rules of this recipe's `clean` instead.", metavar="RECIPE"),
    ] = None,
    source: Annotated[str | None, typer.Option(help="With --recipe: only the rules that run on this source.")] = None,
    audit: Annotated[bool, typer.Option("--audit", help="Tell every edit with its rule on standard error.")] = False,
) -> None:
    """Normalize text as a build would: encodings, mojibake, invisible characters, jamo, widths, dots, repeats, space.

    A pipe of any size is read in blocks of whole lines.

    Example: printf '4ㆍ15  안녕ㅋㅋㅋㅋㅋ' | ixigen-data normalize --audit
    """
    import pyarrow as pa

    from ixigen_data.clean.chain import Chain
    from ixigen_data.cli.audit import Audit

    chain, tell = Chain(_rules(rules, recipe, source)), Audit(err) if audit else None
    with sys.stdin.buffer if file is None else file.open("rb") as stream:
        try:
            for place, text in _blocks(stream, str(file or "standard input")):
                if tell is None:
                    cleaned = chain.edit(pa.array([text], pa.large_string()))[0].as_py()
                else:
                    cleaned, steps = chain.text(text)
                    tell.block(text, steps)
                sys.stdout.buffer.write((("\n" if place else "") + cleaned).encode())
            sys.stdout.buffer.flush()
        except BrokenPipeError:  # `| head` has seen enough
            sys.stderr.close()


def _rules(names: str, recipe: str | None, source: str | None) -> "Sequence[Rule]":
    from ixigen_data.core.errors import IxigenError

    if recipe is None:
        from ixigen_data.rules.normalize import named_rules

        try:
            return named_rules([name.strip() for name in names.split(",")])
        except ValueError as error:
            raise IxigenError(f"--rules {names}: {error}") from None
    from ixigen_data.clean.chain import rules_for
    from ixigen_data.recipe import load_recipe

    loaded = load_recipe(recipe).recipe
    if source is None:
        languages = {settings.language for settings in loaded.sources.values()}
        if len(languages) > 1:
            raise IxigenError(f"--recipe {recipe}: its sources are of several languages; name one with --source")
        return [each for rule in loaded.clean for each in rule.resolved(next(iter(languages)))]
    if source not in loaded.sources:
        raise IxigenError(f"--source {source}: {recipe} has no such source; use one of {', '.join(loaded.sources)}")
    return rules_for(loaded.clean, source, loaded.sources[source].language)


def _blocks(stream: BinaryIO, name: str) -> "Iterator[tuple[int, str]]":
    """Yield blocks of whole lines, numbered, none of which ends or begins with an empty line but at the text's ends.

    So rules that look at neighbouring lines see them. The line end between two blocks is in neither.
    """
    from ixigen_data.core.errors import IxigenError
    from ixigen_data.sources.encoding import decode

    held, number = b"", 0
    while True:
        data = stream.read(_BLOCK_BYTES)
        held += data
        # The lines of a speaker, or a label and its number, belong together: a text that fits is one block.
        cut = 0 if data else len(held)
        if data and len(held) > _BLOCK_BYTES:
            cut = _cut(held[:_BLOCK_BYTES]) or _cut(held)
        if not cut and data:
            if len(held) > _LINE_LIMIT_BYTES:
                raise IxigenError(f"{name}: no line ends within {format_size(_LINE_LIMIT_BYTES)}; split the text")
            continue
        text = decode(held[:cut].removesuffix(b"\n") if data else held, "auto")
        if text is None:
            raise IxigenError(f"{name}: block {number} is neither UTF-8 nor cp949")
        if text or not number:
            yield number, text
        if not data:
            return
        held, number = held[cut:], number + 1


def _cut(data: bytes) -> int:
    """Return where a block may end: behind a line end that has ink on both sides; 0 where there is none."""
    after = len(data)
    stop = data.rfind(b"\n")
    while stop > 0:
        before = data.rfind(b"\n", 0, stop)
        if _INK.search(data, before + 1, stop) and _INK.search(data, stop + 1, after):
            return stop + 1
        after, stop = stop, before
    return 0
