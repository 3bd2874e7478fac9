"""The errors a user may see: what, where, got, and a value that would work."""

from collections.abc import Sequence
from dataclasses import dataclass


class IxigenError(Exception):
    """A mistake or fault that is told in one line, without a traceback; the command line exits with 1."""


@dataclass(frozen=True)
class Mistake:
    """One mistake in a recipe: where it stands and what would work."""

    path: str  # "mixture.parts.telco.weight"; empty for the file as a whole
    message: str
    line: int | None = None  # counted from 1

    def __str__(self) -> str:
        where = f"line {self.line}: " if self.line is not None else ""
        return f"{where}{self.path}: {self.message}" if self.path else f"{where}{self.message}"


class RecipeError(IxigenError):
    """A recipe that cannot be built; carries every mistake found, not the first."""

    def __init__(self, mistakes: Sequence[Mistake], file: str | None = None) -> None:
        self.mistakes = tuple(mistakes)
        self.file = file
        prefix = f"{file}: " if file else ""
        super().__init__("\n".join(f"{prefix}{mistake}" for mistake in self.mistakes))

    def __reduce__(self) -> tuple[type["RecipeError"], tuple[tuple[Mistake, ...], str | None]]:
        return RecipeError, (self.mistakes, self.file)  # so that it crosses from a worker


class SourceError(IxigenError):
    """A source that cannot be read: missing, empty, unreadable, or broken under `--strict`."""


class SupplyError(IxigenError):
    """A part that has too few tokens for its target; the message names the largest total that works."""


class TokenizerError(IxigenError):
    """A tokenizer that is not one, or whose special tokens do not exist."""


class DedupError(IxigenError):
    """An index or evaluation suite that is none, is damaged, or is not the one that the recipe names."""


class EngineError(IxigenError):
    """A task that cannot be finished, a lock held by somebody else, an output that exists."""


class ShardError(IxigenError):
    """A dataset whose files do not agree with its manifest; names the first wrong shard."""


# Clients of object stores raise exceptions of their own for refused credentials and the like.
_CLIENTS = {"botocore", "aiobotocore", "aiohttp", "gcsfs", "google"}


def told(error: Exception) -> str | None:
    """Return what a command says of an error, in a line a mistake; None where it is a fault of ours.

    >>> told(ShardError("shard.00003.mds: not found"))
    'shard.00003.mds: not found'
    >>> told(KeyError("ids")) is None
    True
    """
    if isinstance(error, IxigenError):
        return str(error)
    if isinstance(error, OSError):  # a full disk, a refused connection: the machine's word is clear enough
        return f"{error.filename}: {error.strerror}" if error.filename and error.strerror else str(error)
    if type(error).__module__.partition(".")[0] in _CLIENTS:
        return f"the object store's client: {error}; check the URL, credentials and endpoint"
    return None
