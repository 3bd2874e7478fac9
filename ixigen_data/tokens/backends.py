"""Opens backends, one of each kind in a process: opening costs a second, and a worker does many tasks.

What a backend keeps between tasks decides no ids.
"""

from functools import lru_cache
from typing import Literal

from ixigen_data.tokens.backend import Backend
from ixigen_data.tokens.fast import FastBackend
from ixigen_data.tokens.reference import ReferenceBackend
from ixigen_data.tokens.tokenizer import Tokenizer

BackendName = Literal["fast", "reference"]


@lru_cache(maxsize=1)
def open_reference(tokenizer: Tokenizer) -> ReferenceBackend:
    """Return the reference backend.

    Raises:
        TokenizerError: the library refuses the tokenizer.
    """
    return ReferenceBackend(tokenizer)


@lru_cache(maxsize=1)
def open_fast(tokenizer: Tokenizer) -> FastBackend:
    """Return the fast backend.

    Raises:
        TokenizerError: gigatoken cannot read the tokenizer.
    """
    return FastBackend(tokenizer)


def open_backend(tokenizer: Tokenizer, name: BackendName) -> Backend:
    """Return the backend that an audit settled on, and let go of the other: each takes 100 to 150 MB."""
    if name == "fast":
        open_reference.cache_clear()
        return open_fast(tokenizer)
    open_fast.cache_clear()
    return open_reference(tokenizer)
