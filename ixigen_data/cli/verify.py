"""`ixigen-data verify`: the recount from bytes, less of it, or more."""

from contextlib import chdir
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ixigen_data.cli.options import DatasetArgument, JsonOption, QuietOption, WorkersOption, default_workers
from ixigen_data.cli.progress import progress_display
from ixigen_data.core.console import err, out, print_json
from ixigen_data.core.units import format_count, format_size
from ixigen_data.core.visible import visible_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ixigen_data.core.progress import Progress
    from ixigen_data.verify.deep import DeepCheck
    from ixigen_data.verify.findings import Problem, Verification


def verify(  # noqa: PLR0913 - a command's options are its parameters
    dataset: DatasetArgument,
    deep: Annotated[
        bool, typer.Option("--deep", help="Also read documents again from the sources, and look for their tokens.")
    ] = False,
    index_only: Annotated[
        bool, typer.Option("--index-only", help="Seals, indexes and sizes of files only; reads no shard.")
    ] = False,
    documents: Annotated[int, typer.Option(min=1, help="With --deep: how many documents, over all sources.")] = 300,
    seed: Annotated[int, typer.Option(min=0, help="With --deep: another seed draws other documents.")] = 0,
    sources: Annotated[
        Path | None,
        typer.Option(
            help="With --deep: the folder where the recipe's relative paths begin; else the current one.",
            metavar="DIR",
            exists=True,
            file_okay=False,
        ),
    ] = None,
    workers: WorkersOption = default_workers(),
    quiet: QuietOption = False,
    json: JsonOption = False,
) -> None:
    """Re-hash and recount a dataset from its bytes, by code that shares nothing with the writer's.

    Names the first wrong shard, and everything else that is wrong. With --deep, documents are then drawn from every
    source, read again, cleaned, encoded by the reference tokenizer, and compared with every window they stand in.

    Example: ixigen-data verify shards/tiny --deep
    """
    if index_only and deep:
        raise typer.BadParameter("--index-only reads no shard, --deep reads more than shards; ask for one of them")
    if index_only:
        _verify_stored(dataset, json)
        return
    from ixigen_data.core.files import absolute
    from ixigen_data.verify.dataset import verify as verify_dataset

    with progress_display(quiet or json) as progress:
        found = verify_dataset(dataset, progress, max(1, workers))
        checked, url = None, absolute(dataset)
        if deep and found.ok:
            with chdir(sources or Path()):
                checked = _verify_deep(url, progress, workers, documents, seed)
    ok = found.ok and (checked is None or checked.ok)
    if json:
        told = {} if checked is None else {"deep": {"ok": checked.ok, **checked.model_dump(mode="json")}}
        print_json({"ok": ok, **found.model_dump(mode="json"), **told})
    else:
        _tell_problems([*found.problems, *(checked.problems if checked else ())])
        _tell(found)
        if checked is not None:
            _tell_deep(checked)
    if not ok:
        raise typer.Exit(1)


def _verify_deep(url: str, progress: "Progress", workers: int, documents: int, seed: int) -> "DeepCheck":
    from ixigen_data.verify.deep import verify_deep

    return verify_deep(url, progress, max(1, workers), documents, seed)


def _verify_stored(url: str, json: bool) -> None:
    from ixigen_data.verify.stored import verify_stored

    found = verify_stored(url)
    if json:
        print_json({"ok": found.ok, **found.model_dump(mode="json")})
    else:
        _tell_problems(found.problems)
        if found.ok:
            told = f"{format_count(found.files)} files, {format_size(found.bytes)}; seals, indexes and sizes agree"
            out.print(f"[green]ok[/green]: {told}", soft_wrap=True)
        out.print(f"not checked: {', '.join(found.not_checked)}", soft_wrap=True)
    if not found.ok:
        raise typer.Exit(1)


def _tell_problems(problems: "Sequence[Problem]") -> None:
    for problem in problems:
        err.print("[red]wrong:[/red] ", end="")
        err.print(visible_line(str(problem)), soft_wrap=True, markup=False)


def _tell(found: "Verification") -> None:
    if found.ok:
        recount = found.recount
        tokens = format_count(sum(recount.tokens().values()))
        out.print(
            f"[green]ok[/green]: {found.shards} shards, {format_count(recount.windows)} windows, {tokens} tokens, "
            f"{format_size(recount.bytes)}; every digest and every count agrees with the manifest",
            soft_wrap=True,
        )


def _tell_deep(checked: "DeepCheck") -> None:
    for name, source in checked.sources.items():
        if source.files:
            told = (
                f"{name}: {format_count(source.documents)} documents in {format_count(source.pieces)} pieces, "
                f"{format_count(source.tokens)} tokens, from {format_count(source.files)} files; "
                f"{format_count(source.dropped)} that cleaning drops"
            )
            out.print(told, soft_wrap=True, markup=False)
        if source.changed:
            err.print(f"[yellow]changed:[/yellow] {name} holds {source.changed}", soft_wrap=True)
        if source.unchecked:
            err.print(f"[yellow]not checked:[/yellow] {name}: ", end="")
            err.print(visible_line(source.unchecked), soft_wrap=True, markup=False)
    if any(source.unchecked for source in checked.sources.values()):
        told = (
            "the recipe's relative paths begin at the current folder; name the folder where they begin with --sources"
        )
        err.print(told, soft_wrap=True)
    if checked.ok:
        out.print("[green]ok[/green]: every token of these documents is in its place", soft_wrap=True)
