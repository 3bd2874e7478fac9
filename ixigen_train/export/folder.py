"""A checkpoint as a Hugging Face folder, for transformers and for servers such as vLLM."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ixigen_data.core.errors import IxigenError
from ixigen_data.core.files import is_local, join, local_path, without_secrets
from ixigen_train.checkpoints.mirror import Mirror
from ixigen_train.checkpoints.place import Place
from ixigen_train.checkpoints.store import verify_files
from ixigen_train.export.base_files import base_folder, copy_files, write_config
from ixigen_train.export.card import model_card
from ixigen_train.export.weights import DTYPES, trained_model
from ixigen_train.history.run import Run, checkpoints_of, load_run
from ixigen_train.recipe.settings import ModelSettings
from ixigen_train.runs.checkpoint_names import checkpoint_name

SHARD_SIZE = "5GB"  # of a safetensors file at most, as the hub likes it
Dtype = Literal["bf16", "fp16", "fp32"]


@dataclass(frozen=True)
class Exported:
    """What an export wrote."""

    place: str  # a folder or a URL
    step: int
    files: tuple[str, ...]
    size_bytes: int
    tokenizer: bool  # whether the model's folder had one


def export(url: str, out: Path, step: int | None = None, dtype: Dtype | None = None) -> Exported:
    """Write the model of a run's checkpoint as a folder that `AutoModelForCausalLM` opens; no GPU is needed.

    The folder is there whole or not at all.

    Args:
        url: the folder of the run, local or on an object store.
        out: a folder that is not there yet, or is empty.
        step: of the checkpoint; None: the last one.
        dtype: of the weights; None: the recipe's precision.

    Raises:
        IxigenError: there is no such run or checkpoint, it is damaged, or `out` holds something.
        OSError: it cannot be written.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise IxigenError(f"{out}: is there already; name a folder that is empty or not there")
    chosen = _chosen(url, step)
    run = load_run(url, chosen)
    partial = out.with_name(f"{out.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        with _checkpoint(url, chosen) as checkpoint:
            tokenizer = _write(run, checkpoint, partial, dtype or run.recipe.precision)
        if out.exists():
            out.rmdir()
        partial.rename(out)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    files = sorted(out.iterdir())
    sizes = sum(path.stat().st_size for path in files)
    return Exported(str(out), chosen, tuple(path.name for path in files), sizes, tokenizer)


def _write(run: Run, checkpoint: Path, out: Path, dtype: Dtype) -> bool:
    settings = _model_of(run)
    kind = DTYPES[dtype]
    trained_model(settings, checkpoint, kind).save_pretrained(out, max_shard_size=SHARD_SIZE)
    base = base_folder(settings.path)
    names = copy_files(base, out, settings.trust_remote_code)
    write_config(base, out, list(settings.overrides), str(kind).removeprefix("torch."))
    (out / "README.md").write_text(model_card(run), encoding="utf-8")
    for path in out.iterdir():
        path.chmod(0o644)  # safetensors writes for its owner alone, and a server may be somebody else
    return "tokenizer.json" in names or "tokenizer.model" in names


def _model_of(run: Run) -> ModelSettings:
    """Return the recipe's model by a path that holds wherever the command is given."""
    folder, settings = run.file.model_folder, run.recipe.model
    if folder is None or Path(settings.path).is_dir():
        return settings
    if not Path(folder).is_dir():
        told = "is gone, and with it the layout and the tokenizer of the model"
        raise IxigenError(f"model.path: {folder} {told}; put them there again (weights are not needed)")
    return settings.model_copy(update={"path": folder})


def _chosen(url: str, step: int | None) -> int:
    """Return the step of the checkpoint that is meant."""
    steps = [checkpoint.step for checkpoint in checkpoints_of(url)]
    place = without_secrets(join(url, "checkpoints"))
    if not steps:
        raise IxigenError(f"{place}: has no whole checkpoint; a run writes one at its end at the latest")
    if step is not None and step not in steps:
        raise IxigenError(f"{place}: has none of step {step:,}; there are {', '.join(f'{each:,}' for each in steps)}")
    return steps[-1] if step is None else step


@contextmanager
def _checkpoint(url: str, step: int) -> Iterator[Path]:
    """Give the folder of a checkpoint whose files are those that were written; from an object store, a copy."""
    name = checkpoint_name(step)
    with tempfile.TemporaryDirectory(prefix="ixigen-") as copies:
        folder = local_path(url) / "checkpoints" / name if is_local(url) else Path(copies) / name
        if not is_local(url):
            Mirror(url, keep=1).fetch(folder)
        verify_files(folder, Place.of(folder).files)
        yield folder
