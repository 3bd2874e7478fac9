"""`ixigen-data show`: one window, or every window of a document."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from ixigen_data.cli.console import out, print_json
from ixigen_data.cli.options import DatasetArgument, JsonOption

if TYPE_CHECKING:
    from collections.abc import Callable

    from ixigen_data.shards.manifest import Manifest
    from ixigen_data.shards.reader import Window


def show(
    dataset: DatasetArgument,
    window: Annotated[int | None, typer.Option(help="The number of a training window, from 0.")] = None,
    document: Annotated[
        str | None, typer.Option(help="The id of a document: list every window that holds some of it.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Show a window: its text, where documents end, its part, and where every piece came from.

    Example: ixigen-data show shards/tiny --window 0
    """
    from ixigen_data.shards.manifest import Manifest
    from ixigen_data.shards.reader import find_document, read_window

    if (window is None) == (document is None):
        raise typer.BadParameter("ask for either --window or --document")
    manifest = Manifest.load(dataset)
    if document is not None:
        pieces = [asdict(piece) for piece in find_document(dataset, manifest, document)]
        if json:
            print_json(pieces)
        for piece in [] if json else pieces:
            out.print(
                f"{piece['part']}, window {piece['window']:,}, token {piece['first_token']}: {piece['tokens']} tokens, "
                f"from token {piece['document_token']} of {piece['document']} ({piece['source']}, "
                f"epoch {piece['epoch']})",
                soft_wrap=True,
                markup=False,
            )
        return
    assert window is not None
    found = read_window(dataset, manifest, window)
    texts = [_decoder(manifest)(found.tokens[p.first_token : p.first_token + p.tokens].tolist()) for p in found.pieces]
    if json:
        print_json(
            {
                "window": window,
                "part": found.part,
                "pieces": [asdict(p) | {"text": t} for p, t in zip(found.pieces, texts, strict=True)],
            }
        )
        return
    _print_window(found, texts)


def _print_window(window: "Window", texts: list[str]) -> None:
    part = window.part or "settlement window: " + ", ".join(dict.fromkeys(piece.part for piece in window.pieces))
    out.print(
        f"window {window.number:,}, part {part}, {len(window.tokens):,} tokens, {len(texts)} pieces",
        style="bold",
        markup=False,
    )
    for piece, text in zip(window.pieces, texts, strict=True):
        out.rule(
            f"{piece.document} · {piece.source} · tokens {piece.document_token:,} to "
            f"{piece.document_token + piece.tokens:,} · epoch {piece.epoch}",
            align="left",
        )
        out.print(text, markup=False, soft_wrap=True)


def _decoder(manifest: "Manifest") -> "Callable[[list[int]], str]":
    """Return what turns ids to text: the tokenizer where it can still be opened, else the ids themselves."""
    from pydantic import TypeAdapter

    from ixigen_data.core.errors import TokenizerError
    from ixigen_data.tokens.reference import open_decoder
    from ixigen_data.tokens.settings import TokenizerSettings
    from ixigen_data.tokens.tokenizer import open_tokenizer

    recipe = manifest.recipe if isinstance(manifest.recipe, dict) else {}
    try:
        tokenizer = open_tokenizer(TypeAdapter(TokenizerSettings).validate_python(recipe.get("tokenizer")))
    except TokenizerError:
        return lambda ids: " ".join(map(str, ids))
    return open_decoder(tokenizer)
