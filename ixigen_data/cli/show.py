"""`ixigen-data show`: one window, or every window of a document."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from ixigen_data.cli.options import DatasetArgument, JsonOption, WorkersOption, default_workers
from ixigen_data.core.console import out, print_json
from ixigen_data.core.units import format_count, format_percent
from ixigen_data.core.visible import visible, visible_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import JsonValue

    from ixigen_data.shards.dropped import DroppedCopy, HeldItem, Keeper
    from ixigen_data.shards.manifest import Manifest
    from ixigen_data.shards.reader import FoundPiece, Window

    Decode = Callable[[list[int]], str]
    Group = tuple[str, str, str]


def show(
    dataset: DatasetArgument,
    window: Annotated[int | None, typer.Option(help="The number of a training window, from 0.")] = None,
    document: Annotated[
        str | None, typer.Option(help="The id of a document: its text and windows, or for whom it was dropped.")
    ] = None,
    workers: WorkersOption = default_workers(),
    json: JsonOption = False,
) -> None:
    """Show a window: its text, where documents end, its part, and where every piece came from.

    Characters that a terminal would obey, or that nobody would see, are shown as escapes such as \\x1b.

    Example: ixigen-data show shards/tiny --window 0
    """
    from ixigen_data.shards.manifest import Manifest

    if (window is None) == (document is None):
        raise typer.BadParameter("ask for either --window or --document")
    manifest = Manifest.load(dataset)
    if document is not None:
        _show_document(dataset, manifest, document, workers, json)
    elif window is not None:
        _show_window(dataset, manifest, window, json)


def _show_window(url: str, manifest: "Manifest", number: int, json: bool) -> None:
    from ixigen_data.shards.reader import read_window

    decode = _decoder(manifest)
    found = read_window(url, manifest, number)
    texts = [decode(found.tokens[p.first_token : p.first_token + p.tokens].tolist()) for p in found.pieces]
    pad = manifest.seq_len - len(found.tokens)
    if json:
        pieces: list[JsonValue] = [
            asdict(piece) | {"text": text} for piece, text in zip(found.pieces, texts, strict=True)
        ]
        print_json({"window": number, "part": found.part, "pad": pad, "pieces": pieces})
        return
    out.print(_window_title(found, manifest), style="bold", markup=False, soft_wrap=True)
    for piece, text in zip(found.pieces, texts, strict=True):
        part = f"{piece.part} · " if found.part is None else ""
        _rule(
            f"{part}{piece.document} · {piece.source} · tokens {piece.document_token:,} to "
            f"{piece.document_token + piece.tokens - 1:,} · epoch {piece.epoch}"
        )
        _print_text(text)
    if pad:
        _rule(f"pad: {pad:,} times {manifest.tokenizer.pad}, id {manifest.tokenizer.pad_id}")


def _window_title(window: "Window", manifest: "Manifest") -> str:
    title = f"window {window.number:,}, {format_count(len(window.tokens))} tokens, {len(window.pieces)} pieces"
    if window.part is not None:
        return f"{title}, part {window.part}"
    settled = [entry for entry in manifest.settlement_windows if entry.window == window.number]
    told = [f"{manifest.parts[piece.part].path} {piece.tokens:,}" for entry in settled for piece in entry.pieces]
    owner = manifest.parts[settled[0].owner].path if settled else "unknown"
    return f"{title}, settlement window of {owner}: {', '.join(told)} tokens"


def _show_document(url: str, manifest: "Manifest", document: str, workers: int, json: bool) -> None:
    from ixigen_data.core.errors import ShardError
    from ixigen_data.shards.dropped import find_copies_of, find_items_in
    from ixigen_data.shards.reader import find_document

    copies, items = find_copies_of(url, manifest, document, workers), find_items_in(url, manifest, document)
    decode = _decoder(manifest)
    groups: dict[Group, list[FoundPiece]] = {}
    try:
        groups = _by_origin(find_document(url, manifest, document, workers))
    except ShardError:
        if not copies and not items:
            raise
    told = [(group, pieces, *_text(url, manifest, pieces, decode)) for group, pieces in groups.items()]
    if json:
        records: list[JsonValue] = [
            {
                "document": document,
                "source": group[0],
                "file": group[1],
                "part": group[2],
                "pieces": [asdict(found.piece) | {"place": found.file.place} for found in pieces],
                "complete": complete,
                "text": text,
            }
            for group, pieces, text, complete in told
        ]
        records += [{"document": document, "dropped": asdict(copy)} for copy in copies]
        records += [{"document": document, "contaminated": asdict(item)} for item in items]
        print_json(records)
        return
    for line in [*map(_copy_told, copies), *(_item_told(document, item) for item in items)]:
        out.print(visible_line(line), markup=False, soft_wrap=True)
    if len(told) > 1:
        out.print(f"{len(told)} documents have this id; they are told apart by source and file", style="yellow")
    for group, pieces, text, complete in told:
        _print_document(document, group, pieces)
        _rule("text" if complete else "text, as far as windows hold it in one epoch")
        _print_text(text)


def _copy_told(copy: "DroppedCopy") -> str:
    first, *rest = copy.keepers
    told = f"{copy.document}: source {copy.source}, dropped: {_keeper_told(first)}"
    return "".join([told, *(f"; that one was dropped too: {_keeper_told(keeper)}" for keeper in rest)])


def _keeper_told(keeper: "Keeper") -> str:
    from ixigen_data.dedup.drops import INDEX_REASONS, REASONS
    from ixigen_data.report.funnel import plain

    of_index = keeper.reason in INDEX_REASONS
    reason = REASONS[INDEX_REASONS.index(keeper.reason)] if of_index else keeper.reason
    place = f"{'in' if reason == 'contained' else 'of'} {keeper.document}, {'index' if of_index else 'source'}"
    return f"{plain(reason)} {place} {keeper.source}, similarity {keeper.similarity:.2f}"


def _item_told(document: str, item: "HeldItem") -> str:
    return (
        f"{document}: source {item.source}, {item.action}: it held {format_percent(item.ratio)} of item {item.item} of "
        f"{item.suite}"
    )


def _by_origin(found: "Sequence[FoundPiece]") -> "dict[Group, list[FoundPiece]]":
    """Return pieces by source, file and part: an id may stand in several files."""
    groups: dict[Group, list[FoundPiece]] = {}
    for one in found:
        groups.setdefault((one.piece.source, one.piece.file, one.piece.part), []).append(one)
    return groups


def _text(url: str, manifest: "Manifest", pieces: "Sequence[FoundPiece]", decode: "Decode") -> tuple[str, bool]:
    """Return a document's text by its first epoch in one place, and whether that is all of it.

    Pieces of several records of one id in one file overlap; the text is then that of the first of them.
    """
    from ixigen_data.shards.reader import read_pieces

    first = min(pieces, key=lambda found: (found.piece.epoch, found.file.place))
    mine = [p for p in pieces if (p.piece.epoch, p.file.place) == (first.piece.epoch, first.file.place)]
    course: list[FoundPiece] = []
    reached = 0
    for piece in sorted(mine, key=lambda found: found.piece.document_token):
        if piece.piece.document_token == reached:
            course.append(piece)
            reached += piece.piece.tokens
    ids = [token for tokens in read_pieces(url, manifest, course) for token in tokens.tolist()]
    return decode(ids), bool(ids) and ids[-1] == manifest.tokenizer.eos_id and len(course) == len(mine)


def _print_document(document: str, group: "Group", pieces: "Sequence[FoundPiece]") -> None:
    source, file, part = group
    out.print(
        visible_line(f"{document}: source {source}, file {file}, part {part}"),
        style="bold",
        markup=False,
        soft_wrap=True,
    )
    for line in _places(pieces):
        out.print(line, markup=False, soft_wrap=True)


def _places(pieces: "Sequence[FoundPiece]") -> Iterator[str]:
    for found in pieces:
        piece = found.piece
        place = f"{found.file.place}, window" if found.file.place else "window"
        yield (
            f"  epoch {piece.epoch}: {place} {piece.window:,}, tokens {piece.first_token:,} to "
            f"{piece.first_token + piece.tokens - 1:,}: its tokens {piece.document_token:,} to "
            f"{piece.document_token + piece.tokens - 1:,}"
        )


def _rule(title: str) -> None:
    from rich.text import Text

    out.rule(Text(visible_line(title)), align="left")


def _print_text(text: str) -> None:
    out.print(visible(text), markup=False, emoji=False, soft_wrap=True)


def _decoder(manifest: "Manifest") -> "Decode":
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
