"""Ranks that train one model must read one recipe and one dataset."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import torch.distributed as dist

from ixigen_data.core.errors import IxigenError


def check_agreement(digests: Mapping[str, str]) -> None:
    """Compare digests, by what they are of, over all ranks; every rank calls it.

    Raises:
        IxigenError: on every rank, where they differ; with the ranks and the digests.
    """
    if not dist.is_initialized() or dist.get_world_size() == 1:
        return
    told: list[Mapping[str, str]] = [{}] * dist.get_world_size()
    dist.all_gather_object(told, dict(digests))
    difference = first_difference(told)
    if difference is not None:
        raise IxigenError(difference)


def first_difference(told: Sequence[Mapping[str, str]]) -> str | None:
    """Return a sentence about the first digest that ranks do not share, or None. `told`: one mapping a rank.

    >>> first_difference([{"the recipe": "aa"}, {"the recipe": "bb"}, {"the recipe": "aa"}])
    'ranks disagree on the recipe: aa on ranks 0, 2; bb on rank 1; give every rank the same files'
    """
    for name in dict.fromkeys(name for digests in told for name in digests):
        ranks = defaultdict(list)
        for rank, digests in enumerate(told):
            ranks[digests.get(name, "none")].append(rank)
        if len(ranks) > 1:
            sides = "; ".join(f"{digest} on {_named(held)}" for digest, held in ranks.items())
            return f"ranks disagree on {name}: {sides}; give every rank the same files"
    return None


def _named(ranks: Sequence[int]) -> str:
    return f"rank{'s' if len(ranks) > 1 else ''} {', '.join(map(str, ranks))}"
