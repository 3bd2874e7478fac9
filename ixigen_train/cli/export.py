"""`ixigen-train export`: the model of a run as a Hugging Face folder."""

from enum import StrEnum
from typing import Annotated, Literal

import typer

from ixigen_data.core.console import out as printed
from ixigen_data.core.console import warn
from ixigen_train.cli.options import RunArgument


class Dtype(StrEnum):
    """Types of exported weights."""

    BF16 = "bf16"
    FP16 = "fp16"
    FP32 = "fp32"


def export(
    run: RunArgument,
    out: Annotated[str, typer.Option("--out", help="The folder to write; empty or not there.", metavar="URL")],
    step: Annotated[
        int | None, typer.Option("--step", min=0, help="Of a checkpoint; else the last one.", metavar="N")
    ] = None,
    dtype: Annotated[Dtype | None, typer.Option("--dtype", help="Of the weights; else the recipe's precision.")] = None,
) -> None:
    """Write a checkpoint as a folder for transformers and vLLM: safetensors, tokenizer, model card. Needs no GPU.

    Example: ixigen-train export runs/tiny --out models/tiny
    """
    from ixigen_data.core.files import is_local, local_path
    from ixigen_data.core.units import format_size

    chosen: Literal["bf16", "fp16", "fp32"] | None = None if dtype is None else dtype.value
    if is_local(out):
        from ixigen_train.export.folder import export as write

        done = write(run, local_path(out), step, chosen)
    else:
        from ixigen_train.export.upload import export_to

        done = export_to(run, out, step, chosen)
    told = f"{done.place}, {len(done.files)} files, {format_size(done.size_bytes)}"
    printed.print(f"exported step {done.step:,}: {told}", markup=False, soft_wrap=True)
    if not done.tokenizer:
        warn(["the model's folder has no tokenizer; put the dataset's tokenizer.json there before you serve it"])
