"""What a run will do and need, before it is started: steps, tokens, memory, time, disk."""

from dataclasses import asdict, dataclass, replace

from pydantic import JsonValue

from ixigen_data.core.files import without_secrets
from ixigen_data.core.units import format_duration, format_size
from ixigen_train.pretrain.job import Job
from ixigen_train.recipe.schedule import warmup_steps
from ixigen_train.sizing.devices import Device, device_named
from ixigen_train.sizing.flops import flops_per_token
from ixigen_train.sizing.memory import Load, Memory, checkpoint_bytes, memory_of
from ixigen_train.sizing.shape import ModelShape
from ixigen_train.windows.plan import unserved_advice

LEAST_STEPS = 200  # fewer tell little: the schedule has no room, and the noise of single batches stays
ASSUMED_MFU = 0.4  # what well-fed dense models reach; `ixigen-train watch` tells the run's own
_ROOM = 0.9  # of a device's memory that an estimate may take
_MOST_RANKS = 4096
_LONG_SECONDS = 2 * 3600.0  # of work that may hang on one checkpoint


@dataclass(frozen=True)
class RunPlan:
    """The arithmetic of a run. None stands where a layout or a device is not known here."""

    steps: int
    batch_windows: int
    seq_len: int
    warmup_steps: int
    unserved_windows: int  # of the last dataset, that fill no batch
    windows: dict[str, int]  # served by each dataset, by URL
    ranks: int
    microbatch: int
    parameters: int | None
    flops_per_token: float | None
    memory: Memory | None  # of each device
    device: str | None
    device_bytes: int | None
    seconds: float | None  # of all steps, at ASSUMED_MFU; without evaluations and checkpoints
    checkpoints_bytes: int | None  # of all that exist at a time
    cache_bytes: int  # of fetched shards
    warnings: tuple[str, ...]

    @property
    def tokens_per_step(self) -> int:
        """Tokens of a global batch, pad included."""
        return self.batch_windows * self.seq_len

    @property
    def tokens(self) -> int:
        """Tokens of all steps, pad included."""
        return self.steps * self.tokens_per_step

    @property
    def tokens_per_second(self) -> float | None:
        """Over all ranks, at ASSUMED_MFU."""
        return self.tokens / self.seconds if self.seconds else None

    def as_json(self) -> dict[str, JsonValue]:
        """Return the plan as plain data, with what follows from it."""
        told: dict[str, JsonValue] = asdict(self)
        told |= {"tokens_per_step": self.tokens_per_step, "tokens": self.tokens}
        memory = None if self.memory is None else {**asdict(self.memory), "total": self.memory.total}
        return told | {"tokens_per_second": self.tokens_per_second, "memory": memory, "warnings": list(self.warnings)}


def plan_run(job: Job, gpu: str | None = None) -> RunPlan:
    """Return what a run will do and need.

    Args:
        job: the run.
        gpu: the name of its devices; None or unknown: memory is told, but not time.

    Raises:
        IxigenError: the model's config.json lacks a number.
    """
    recipe, course, shape = job.recipe, job.course, job.shape
    device = None if gpu is None else device_named(gpu)
    last, manifest = course.stretches[-1], job.manifests[-1]
    load = _load(job)
    flops = None if shape is None else flops_per_token(shape, job.seq_len)
    return RunPlan(
        steps=course.steps,
        batch_windows=course.batch_windows,
        seq_len=job.seq_len,
        warmup_steps=warmup_steps(recipe.schedule, course.steps),
        unserved_windows=manifest.total_windows - last.first_window - last.steps * course.batch_windows,
        windows={without_secrets(each.shards): each.steps * course.batch_windows for each in course.stretches},
        ranks=job.ranks,
        microbatch=load.tokens // job.seq_len,
        parameters=None if shape is None else shape.parameters,
        flops_per_token=flops,
        memory=None if shape is None else memory_of(shape, load),
        device=gpu if device else None,
        device_bytes=None if device is None else device.memory_bytes,
        seconds=_seconds(job, device, course.steps),
        checkpoints_bytes=None if shape is None else (recipe.checkpoints.keep + 1) * checkpoint_bytes(shape),
        cache_bytes=min(job.fetched_bytes, recipe.data.cache_limit or job.fetched_bytes),
        warnings=tuple(_warnings(job, device)),
    )


def _load(job: Job) -> Load:
    windows = min(job.recipe.batch.microbatch, job.share_windows)
    recompute = job.recipe.fsdp.activation_checkpointing
    return Load(job.ranks, windows * job.seq_len, job.recipe.precision, recompute)


def _seconds(job: Job, device: Device | None, steps: int) -> float | None:
    """Return how long so many steps take; None where model or device are not known."""
    if device is None or job.shape is None:
        return None
    reached = ASSUMED_MFU * (device.bf16 if job.recipe.precision == "bf16" else device.fp32)
    tokens = steps * job.course.batch_windows * job.seq_len
    return tokens * flops_per_token(job.shape, job.seq_len) / (job.ranks * reached)


def _warnings(job: Job, device: Device | None) -> list[str]:
    told = [*job.recipe.warnings(), *_batch_warnings(job)]
    shape = job.shape
    if shape is None:
        kind = job.model.config.get("model_type")
        told.append(f"model.path: layouts of type {kind!r} are not known here: neither memory nor time can be told")
    elif device is not None and memory_of(shape, _load(job)).total > _ROOM * device.memory_bytes:
        told.append(_too_large(shape, _load(job), device))
    told += _rare_checkpoints(job, device)
    limit = job.recipe.data.cache_limit
    if limit is not None and limit < 2 * max((s.bytes for m in job.manifests for s in m.shards), default=0):
        told.append(f"data.cache_limit: {format_size(limit)} holds fewer than two shards; each is fetched again")
    return told


def _rare_checkpoints(job: Job, device: Device | None) -> list[str]:
    every = min(job.recipe.checkpoints.every or job.course.steps, job.course.steps)
    seconds = _seconds(job, device, every) or 0.0
    if seconds <= _LONG_SECONDS:
        return []
    works = max(1, int(every * 3600 / seconds))
    told = f"checkpoints.every: {every:,} steps are about {format_duration(seconds)}, which a run that is killed loses"
    return [f"{told}; use {works:,}, about {format_duration(seconds * works / every)}"]


def _batch_warnings(job: Job) -> list[str]:
    course, told = job.course, []
    if course.steps < LEAST_STEPS:
        fitting = course.steps * course.batch_windows // LEAST_STEPS // job.ranks * job.ranks
        advice = f"use a smaller batch, such as batch.windows {fitting:,}, or more data" if fitting else "use more data"
        told.append(f"steps: {course.steps:,} steps are too few to tell much; below {LEAST_STEPS} {advice}")
    last, manifest = course.stretches[-1], job.manifests[-1]
    windows = manifest.total_windows - last.first_window
    unserved = unserved_advice(windows, course.batch_windows, job.seq_len, job.ranks)
    if unserved is not None and job.recipe.steps is None:
        told.append(unserved)
    if course.batch_windows % job.ranks:
        told.append(
            f"batch.windows: {course.batch_windows:,} cannot be divided among {job.ranks} ranks; none would start"
        )
    elif job.share_windows % job.recipe.batch.microbatch:
        told.append(
            f"batch.microbatch: {job.recipe.batch.microbatch:,} is no divisor of a rank's {job.share_windows:,} "
            "windows; its last microbatch of each step is smaller"
        )
    return told


def _too_large(shape: ModelShape, load: Load, device: Device) -> str:
    """Return what is told of a run that does not fit its devices, with what would."""
    needed, limit = memory_of(shape, load).total, _ROOM * device.memory_bytes
    told = f"memory: about {format_size(needed)} on each device, of {format_size(device.memory_bytes)}"
    if not load.recompute and memory_of(shape, replace(load, recompute=True)).total <= limit:
        return f"{told}; use fsdp.activation_checkpointing: true"
    ranks = load.shards
    while ranks <= _MOST_RANKS:
        if memory_of(shape, replace(load, shards=ranks, recompute=True)).total <= limit:
            return f"{told}; use {ranks} ranks with fsdp.activation_checkpointing: true"
        ranks *= 2
    return f"{told}; no number of ranks makes it fit: use a smaller microbatch, shorter windows, or larger devices"
