"""Whole shares of a whole number: the one place where weights become integers."""

import math
from collections.abc import Sequence
from fractions import Fraction

from ixigen_data.core.errors import Mistake, RecipeError


def apportion(total: int, weights: Sequence[Fraction]) -> list[int]:
    """Return integer shares of `total`, one per weight, in the order given.

    Shares sum to the total and each is within one token of its ideal (the quota rule), by the method of
    largest remainders (Hamilton; Balinski & Young, "Fair Representation", 1982). Arithmetic is exact, so
    the answer is the same on every platform; equal remainders go to the earlier weight.

    Args:
        total: tokens to hand out; zero is allowed.
        weights: relative, positive; they need not sum to one.

    Raises:
        RecipeError: `total` is negative, `weights` is empty, or a weight is not positive.

    >>> apportion(10, [Fraction(1), Fraction(1), Fraction(1)])
    [4, 3, 3]
    """
    if total < 0:
        raise RecipeError([Mistake("mixture.total_tokens", f"{total:,} is negative; use 0 or more")])
    if not weights:
        raise RecipeError([Mistake("mixture.parts", "there is no part to give tokens to; name at least one")])
    for weight in weights:
        if weight <= 0:
            raise RecipeError([Mistake("mixture.parts", f"weight {weight} is not positive; use a number such as 1")])
    scale = math.lcm(*(weight.denominator for weight in weights))
    scaled = [int(weight * scale) for weight in weights]
    whole = sum(scaled)
    return _largest_remainders(total, [divmod(total * weight, whole) for weight in scaled])


def _largest_remainders(total: int, quotas: Sequence[tuple[int, int]]) -> list[int]:
    """Return the floors of `quotas` (floor, remainder), raised by one at the largest remainders to sum to `total`."""
    shares = [floor for floor, _ in quotas]
    by_remainder = sorted(range(len(quotas)), key=lambda place: (-quotas[place][1], place))
    for place in by_remainder[: total - sum(shares)]:
        shares[place] += 1
    return shares


def whole_windows(windows: int, targets: Sequence[int], seq_len: int) -> list[int]:
    """Return how many of a node's windows each child gets: the floor or the ceiling of its target / seq_len.

    Children with the largest remainders of target modulo seq_len are rounded up; equal remainders go to the earlier
    child.

    Args:
        windows: windows of the node, itself the floor or the ceiling of the targets' sum / seq_len.
        targets: tokens of each child.

    >>> whole_windows(3, [10, 9, 5], 8)
    [1, 1, 1]
    """
    return _largest_remainders(windows, [divmod(target, seq_len) for target in targets])
