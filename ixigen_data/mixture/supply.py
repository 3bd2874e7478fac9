"""What the sources can give: the store a mixture reads, feasibility, and the largest total that works."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ixigen_data.core.errors import SupplyError
from ixigen_data.mixture.settings import FromSupply, MixtureSettings
from ixigen_data.mixture.targets import Branch, branches, ratio_of_whole, targets
from ixigen_data.mixture.written import exact

# Roundings move a part by less than a token a level; totals that such a token decides are tried up to this many.
_CANDIDATES = 4096

Int64s = npt.NDArray[np.int64]
UInt64s = npt.NDArray[np.uint64]
TokenIds = npt.NDArray[np.uint16] | npt.NDArray[np.uint32]


class BucketIndex(Protocol):
    """Documents of one bucket of one source, ordered by key; every array has one entry a document."""

    @property
    def hi(self) -> UInt64s:
        """Upper halves of the document keys."""
        ...

    @property
    def lo(self) -> UInt64s:
        """Lower halves of the document keys."""
        ...

    @property
    def tokens(self) -> Int64s:
        """Tokens of each document, EOS and BOS included; at least 1."""
        ...


class SourceStore(Protocol):
    """The tokens of one source, by bucket."""

    @property
    def bucket_tokens(self) -> Int64s:
        """Tokens in each bucket (4096,), known without reading the store's files."""
        ...

    @property
    def bucket_documents(self) -> Int64s:
        """Documents in each bucket (4096,), known without reading the store's files."""
        ...

    def index(self, bucket: int) -> BucketIndex:
        """Return the documents of a bucket."""
        ...

    def read_tokens(self, bucket: int) -> TokenIds:
        """Return the tokens of a bucket (tokens,): its documents one behind the other, in the order of `index`."""
        ...


@dataclass(frozen=True)
class Supply:
    """What a part can give to training: its sources without the hold-out."""

    tokens: int
    documents: int
    served: int = 0  # tokens that earlier datasets served, over all epochs
    served_first: int = 0  # of the first epoch among them


def _rest(supply: Supply, epochs: int | float) -> int:
    """Return how many tokens a supply gives until it has been read `epochs` times."""
    return max(0, math.floor(supply.tokens * exact(epochs)) - supply.served)


def _most(branch: Branch, supply: Supply) -> int:
    """Return the most tokens a part may give, at its max_epochs."""
    assert branch.settings is not None
    return _rest(supply, branch.settings.max_epochs)


def _told(supply: Supply) -> str:
    return f" − {supply.served:,} served by earlier datasets" if supply.served else ""


def total_tokens(settings: MixtureSettings, supply: Mapping[str, Supply], seq_len: int) -> int:
    """Return the total of a mixture: as written, or as many windows as the supply of the named part carries.

    Args:
        supply: by path of part; only the part that the total names is looked at.

    Raises:
        SupplyError: the named part has not enough tokens for one window of the mixture.
    """
    if not isinstance(settings.total_tokens, FromSupply):
        return settings.total_tokens
    name, epochs = settings.total_tokens.part, settings.total_tokens.epochs
    most = _rest(supply[name], epochs)
    total = largest_total(branches(settings), {name: most}, seq_len)
    if total == 0:
        raise SupplyError(
            f"mixture.total_tokens: part {name!r} has {supply[name].tokens:,} tokens{_told(supply[name])}: at {epochs} "
            f"epochs not enough for one window of {seq_len:,} tokens of the mixture; add to its sources or raise epochs"
        )
    return total


def largest_total(tree: Sequence[Branch], most: Mapping[str, int], seq_len: int) -> int:
    """Return the largest multiple of seq_len that gives every part named in `most` at most that many tokens; or 0.

    Targets are not monotone in the total (the Alabama paradox), so the totals that a rounding could still make work are
    tried from the largest down.
    """
    sure, possible = _bounds(tree, most, seq_len)
    for total in range(possible, max(sure, possible - _CANDIDATES * seq_len), -seq_len):
        tokens = targets(tree, total)
        if all(tokens[place] <= most[branch.path] for place, branch in enumerate(tree) if branch.path in most):
            return total
    return sure


def _bounds(tree: Sequence[Branch], most: Mapping[str, int], seq_len: int) -> tuple[int, int]:
    """Return multiples of seq_len: the largest total that works however roundings fall, the largest that might."""
    sure, possible = [], []
    for ratio, branch in zip(ratio_of_whole(tree), tree, strict=True):
        if branch.path in most:
            slack = branch.path.count("/") + 1  # less than one token a level
            sure.append(max(0, most[branch.path] - slack + 1) / ratio)
            possible.append((most[branch.path] + slack) / ratio)
    return _whole_windows_in(min(sure), seq_len), _whole_windows_in(min(possible), seq_len)


def _whole_windows_in(tokens: Fraction, seq_len: int) -> int:
    return math.floor(tokens / seq_len) * seq_len


def shortage(tree: Sequence[Branch], tokens: Sequence[int], supply: Mapping[str, Supply], seq_len: int) -> str | None:
    """Return in one line which part is shortest of tokens, by how many, and what would work; None where none is short.

    Args:
        tokens: target of every node of the tree.
        supply: by path of part.
    """
    most = {branch.path: _most(branch, supply[branch.path]) for branch in tree if branch.part is not None}
    short = [place for place, branch in enumerate(tree) if tokens[place] > most.get(branch.path, tokens[place])]
    if not short:
        return None
    worst = max(short, key=lambda place: Fraction(tokens[place], max(1, most[tree[place].path])))
    branch, settings = tree[worst], tree[worst].settings
    assert settings is not None
    has = supply[branch.path].tokens
    others = ", ".join(tree[place].path for place in short if place != worst)
    total = largest_total(tree, most, seq_len)
    advice = [f"the largest total_tokens that works is {total:,}"] if total else ["no total_tokens works"]
    if has:
        advice.append(f"or set max_epochs to {-(-(tokens[worst] + supply[branch.path].served) // has)}")
    gives = f"{has:,} × max_epochs {settings.max_epochs}{_told(supply[branch.path])} = {most[branch.path]:,}"
    return (
        f"{branch.recipe_path}: the target is {tokens[worst]:,} tokens, but there are {gives}: "
        f"{tokens[worst] - most[branch.path]:,} are missing; "
        f"{', '.join(advice)}" + (f" (short as well: {others})" if others else "")
    )


def check_supply(tree: Sequence[Branch], tokens: Sequence[int], supply: Mapping[str, Supply], seq_len: int) -> None:
    """Check that every part has enough tokens for its target; arguments as in `shortage`.

    Raises:
        SupplyError: a part has too few; the message is `shortage`'s.
    """
    message = shortage(tree, tokens, supply, seq_len)
    if message is not None:
        raise SupplyError(message)
