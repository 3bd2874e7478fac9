"""Steps that all ranks take together: each waits for the others, and what fails on one fails on all."""

from collections.abc import Callable
from typing import TypeVar, cast

import torch.distributed as dist
from torch.distributed.checkpoint.api import CheckpointException

from ixigen_train.checkpoints.place import CheckpointError

T = TypeVar("T")


def rank() -> int:
    """Return this process's number; 0 where there are no ranks."""
    return dist.get_rank() if dist.is_initialized() else 0


def num_ranks() -> int:
    """Return how many ranks there are."""
    return dist.get_world_size() if dist.is_initialized() else 1


def everywhere(act: Callable[[], T]) -> list[T]:
    """Act on every rank; return what each has got, by rank. Every rank calls it.

    Raises:
        CheckpointError: on every rank, where it failed on one, with each reason and the ranks that it holds for.
    """
    outcome: T | None = None
    reason: str | None = None
    try:
        outcome = act()
    except (Exception, CheckpointException) as error:  # the latter is no Exception
        reason = _said(error)
    told: list[tuple[T | None, str | None]] = [(outcome, reason)]
    if num_ranks() > 1:
        told = [(None, None)] * num_ranks()
        dist.all_gather_object(told, (outcome, reason))
    reasons: dict[str, list[int]] = {}
    for number, (_, failed) in enumerate(told):
        if failed is not None:
            reasons.setdefault(failed, []).append(number)
    if reasons:
        raise CheckpointError("; ".join(_on(failed, ranks) for failed, ranks in reasons.items()))
    return [cast(T, got) for got, _ in told]


def on_first(act: Callable[[], T]) -> T:
    """Act on rank 0; return on every rank what it got; raises as `everywhere`."""
    return cast(T, everywhere(lambda: act() if rank() == 0 else None)[0])


def _said(error: BaseException) -> str:
    """Return the reason in one line. Torch wraps those of its ranks into one error, which all of them get."""
    if isinstance(error, CheckpointException):
        failures = {_said(cause): number for number, (cause, _) in sorted(error.failures.items(), reverse=True)}
        return "; ".join(_on(said, [number]) for said, number in failures.items())
    told = str(error).strip().splitlines()
    if isinstance(error, CheckpointError | OSError) and told:
        return told[0]
    return f"{type(error).__name__}: {told[0]}" if told else type(error).__name__


def _on(reason: str, ranks: list[int]) -> str:
    if num_ranks() == 1 or len(ranks) == num_ranks():
        return reason
    return f"{reason} (rank {', '.join(map(str, ranks))})"
