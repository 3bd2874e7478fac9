"""The disk that a rank's folder lies on: one that the machines of a run share, or each machine's own."""

import os
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self, TypeVar

from ixigen_data.core.files import names_in
from ixigen_train.checkpoints.place import CheckpointError
from ixigen_train.checkpoints.ranks import everywhere, num_ranks, on_first, rank

T = TypeVar("T")
_MARKER: Final = ".seen-"
_WAITS: Final = (0.0, 0.5, 1.0, 2.0, 4.0)  # seconds before each look: some network disks show a new file late


@dataclass(frozen=True)
class Disk:
    """The ranks that see one folder, and which of them this is. They do its work between them."""

    number: int  # of this rank among them, from 0
    ranks: int

    @classmethod
    def shared(cls) -> Self:
        """Return the disk that all ranks see."""
        return cls(rank(), num_ranks())

    @classmethod
    def of_machine(cls) -> Self:
        """Return the disk that the ranks of this machine see."""
        return cls(int(os.environ.get("LOCAL_RANK", rank())), int(os.environ.get("LOCAL_WORLD_SIZE", num_ranks())))

    def once(self, act: Callable[[], object]) -> None:
        """Act on the first rank of each disk while the others wait; every rank calls it; raises as `everywhere`."""
        everywhere(lambda: act() if self.number == 0 else None)

    def share(self, items: Sequence[T]) -> Sequence[T]:
        """Return this rank's share; that of all ranks of the disk together is every item, once.

        >>> Disk(1, 2).share("abcde")
        'bd'
        """
        return items[self.number :: self.ranks]


def disk_of(folder: Path, *, may_be_own: bool, sleep: Callable[[float], None] = time.sleep) -> Disk:
    """Find out which ranks see a folder, by a file that rank 0 leaves there for a moment; every rank calls it.

    may_be_own: whether machines may have a folder of this name each.

    Raises:
        CheckpointError: on every rank: they have one each and may not; some share it, and some do not; or it cannot be
            written.
    """
    here = Disk.of_machine()
    if here.ranks == num_ranks():
        return Disk.shared()
    marker = folder / on_first(lambda: f"{_MARKER}{secrets.token_hex(8)}")
    try:
        on_first(lambda: _leave(marker))
        answers = everywhere(lambda: _is_seen(marker, sleep) if here.number == 0 else None)
    finally:
        on_first(lambda: marker.unlink(missing_ok=True))
    seen = [answer for answer in answers if answer is not None]  # by machine
    if all(seen):
        return Disk.shared()
    if not may_be_own:
        told = "is not seen by every machine; name a folder on a disk that all share, or an object store (s3://…)"
        raise CheckpointError(f"--out: {folder} {told}")
    if sum(seen) > 1:
        told = "is seen by some machines and not by others; have IXIGEN_RUNS name a disk of each, or one that all share"
        raise CheckpointError(f"{folder} {told}")
    return here


def _leave(marker: Path) -> None:
    marker.parent.mkdir(parents=True, exist_ok=True)
    for left in marker.parent.glob(f"{_MARKER}*"):  # of a run that was killed meanwhile
        left.unlink(missing_ok=True)
    marker.touch()


def _is_seen(marker: Path, sleep: Callable[[float], None]) -> bool:
    """Return whether a file is there before the last wait is over."""
    for wait in _WAITS:
        sleep(wait)
        # Listed, not asked for by name: to open a folder makes NFS ask its server, while a name may stay unknown to
        # this machine's cache for a minute.
        if marker.name in names_in(str(marker.parent)):
            return True
    return False
