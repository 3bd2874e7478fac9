"""What can be seen to be wrong before a rank is started; nothing large is read."""

import importlib.util
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from ixigen_data.core.errors import IxigenError
from ixigen_data.core.files import is_local, join, size_of, sizes_below, without_secrets
from ixigen_data.core.units import format_size
from ixigen_data.shards.manifest import Manifest, StoredFile
from ixigen_train.pretrain.job import Job
from ixigen_train.runs.folder import RunFolder
from ixigen_train.sizing.memory import checkpoint_bytes
from ixigen_train.windows.serving import Serving

_NEEDED = ("composer", "llmfoundry", "torch", "transformers")


def check_job(job: Job, folder: RunFolder) -> None:
    """Check that a run can begin.

    Raises:
        IxigenError: it cannot; every reason, one a line.
    """
    checks: tuple[Callable[[], Iterator[str]], ...] = (
        lambda: _vocabulary(job),
        lambda: _tokenizer(job),
        lambda: _context(job),
        lambda: _ranks(job),
        lambda: _warmup(job),
        lambda: _evaluation(job),
        lambda: _shards(job),
        lambda: _room(job, folder),
        lambda: _packages(job),
    )
    told = [reason for check in checks for reason in check()]
    if told:
        raise IxigenError("\n".join(told))


def end_of_text_warning(job: Job) -> str | None:
    """Return what is told where documents end with an id at which the model does not stop."""
    written, own = job.manifests[0].tokenizer, job.model.eos_ids
    if not own or written.eos_id in own:
        return None
    ids = ", ".join(map(str, own))
    return (
        f"model.path: {job.model.path} ends at id {ids}, documents of the dataset at {written.eos_id} ({written.eos}); "
        "what is generated after training may not stop"
    )


def _vocabulary(job: Job) -> Iterator[str]:
    known = job.model.vocab_size
    for place, manifest in _datasets(job):
        needed = manifest.tokenizer.vocab_size
        if known is not None and needed > known:
            yield (
                f"model.path: {job.model.path} has a vocabulary of {known:,} ids, {place} has {needed:,}; "
                "use the model whose tokenizer made the dataset, or build the dataset with the model's"
            )


def _tokenizer(job: Job) -> Iterator[str]:
    try:
        own = job.model.fingerprint
    except IxigenError as error:
        yield str(error)
        return
    for place, manifest in _datasets(job):
        made_with = manifest.tokenizer.fingerprint
        if own is not None and own != made_with:
            yield (
                f"model.path: the tokenizer of {job.model.path} has the fingerprint {own}, {place} was made with "
                f"{made_with}: the same ids mean other text; use the model whose tokenizer made the dataset"
            )


def _context(job: Job) -> Iterator[str]:
    longest = job.model.longest_context
    if longest is not None and job.seq_len > longest:
        yield (
            f"context: windows have {job.seq_len:,} tokens, {job.model.path} knows {longest:,} positions "
            f"(max_position_embeddings); use a dataset of shorter windows, or scale its angles by model.overrides, "
            f"such as rope_scaling: {{rope_type: yarn, factor: {-(-job.seq_len // longest)}.0}}"
        )


def _ranks(job: Job) -> Iterator[str]:
    batch = job.course.batch_windows
    try:
        Serving(batch, batch).share(0, 0, job.ranks)
    except IxigenError as error:
        yield str(error)


def _warmup(job: Job) -> Iterator[str]:
    told = job.recipe.schedule.too_long(job.course.steps)
    if told is not None:
        yield f"schedule.warmup: {told}"


def _evaluation(job: Job) -> Iterator[str]:
    held_out = {path: None for _, manifest in _datasets(job) for path, held in manifest.eval.items() if held.shards}
    for path in job.recipe.evaluation.parts or ():
        if path not in held_out:
            known = f"use {', '.join(held_out)}" if held_out else "no part has one: leave evaluation.parts out"
            yield f"evaluation.parts: {path!r} has no hold-out in the dataset; {known}"


def _shards(job: Job) -> Iterator[str]:
    """Tell the first shard of each dataset that is missing or has another size than the manifest says."""
    for stretch, (place, manifest) in zip(job.course.stretches, _datasets(job), strict=True):
        size_at = _sizes(stretch.shards)
        for shard in _files(manifest):
            found = size_at(shard.file)
            if found != shard.bytes:
                told = "is missing" if found is None else f"has {found:,} bytes"
                yield (
                    f"{place}: {shard.file} {told}, the manifest says {shard.bytes:,} bytes; `ixigen-data verify` "
                    "lists all that is wrong"
                )
                break


def _files(manifest: Manifest) -> Iterator[StoredFile]:
    for shard in manifest.shards:
        yield shard.stored or shard
    yield from manifest.lineage
    for held in manifest.eval.values():
        for shard in held.shards:
            yield shard.stored or shard


def _sizes(url: str) -> Callable[[str], int | None]:
    """Return what tells the size of a file below a URL: one listing of an object store tells most, else it is asked."""
    listed = {} if is_local(url) else sizes_below(url)

    def size(file: str) -> int | None:
        if file in listed:
            return listed[file]
        try:
            return size_of(join(url, file))
        except FileNotFoundError:
            return None

    return size


def _room(job: Job, folder: RunFolder) -> Iterator[str]:
    """Tell disks without room for fetched shards and checkpoints, as far as both are not there yet."""
    cached = min(job.fetched_bytes, job.recipe.data.cache_limit or job.fetched_bytes)
    shape = job.shape
    saved = 0 if shape is None else (job.recipe.checkpoints.keep + 1) * checkpoint_bytes(shape)
    needs: dict[int, list[tuple[str, int, Path]]] = {}
    for what, size, place in (
        ("fetched shards (data.cache_limit)", cached, job.cache(folder.root)),
        ("checkpoints (checkpoints.keep)", saved, folder.checkpoints),
    ):
        missing = size - (sum(sizes_below(str(place)).values()) if place.is_dir() else 0)
        if missing > 0:
            needs.setdefault(os.stat(_nearest(place)).st_dev, []).append((what, missing, place))
    for wanted in needs.values():
        needed, free = sum(size for _, size, _ in wanted), shutil.disk_usage(_nearest(wanted[0][2])).free
        if needed > free:
            told = ", ".join(f"{format_size(size)} for {what}" for what, size, _ in wanted)
            yield f"{wanted[0][2]}: {format_size(free)} are free, the run needs {told}; use another disk"


def _nearest(path: Path) -> Path:
    """Return a folder, or the nearest one above that is there already."""
    return path if path.exists() else _nearest(path.parent)


def _packages(job: Job) -> Iterator[str]:
    missing = [name for name in (*_NEEDED, *job.recipe.loggers) if importlib.util.find_spec(name) is None]
    if missing:
        yield f"{', '.join(missing)}: not installed; training wants the packages of requirements/train.txt"
    if job.recipe.model.attention == "flash_attention_2" and importlib.util.find_spec("flash_attn") is None:
        yield (
            "model.attention: flash_attention_2 needs the package flash-attn, which is not installed; install the one "
            "that fits this torch and CUDA, or use sdpa"
        )


def _datasets(job: Job) -> Iterator[tuple[str, Manifest]]:
    for stretch, manifest in zip(job.course.stretches, job.manifests, strict=True):
        yield without_secrets(stretch.shards), manifest
