"""How many logits there are at a time: they are the largest tensor of a step with a vocabulary of 150,000."""

from typing import Final

CHUNK_TOKENS: Final = 2048  # of 152,064 logits in fp32: 1.2 GB; those of a window of 32,768 tokens would be 20 GB
# Up to so many, the backward pass has those of the forward pass: 4 GB in fp32. Beyond, it makes them again, which
# costs a 3 B-parameter model some 3 % of a step.
_KEPT: Final = 2**30


def is_kept(tokens: int, vocabulary: int) -> bool:
    """Return whether the logits of so many tokens, a microbatch of a rank, are kept for the backward pass.

    >>> is_kept(4096, 152_064), is_kept(32_768, 152_064)
    (True, False)
    """
    return tokens * vocabulary <= _KEPT
