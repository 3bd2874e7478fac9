"""The checkpoints of a run in their folder: `step-000012` with torch's files and `place.json`."""

import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import xxhash
from torch import nn
from torch.optim import Optimizer

from ixigen_data.core.files import write_model
from ixigen_train.checkpoints.disks import Disk, disk_of
from ixigen_train.checkpoints.mirror import Mirror, partial_of
from ixigen_train.checkpoints.place import CheckpointError, Place, StateFile
from ixigen_train.checkpoints.ranks import everywhere, on_first, rank
from ixigen_train.checkpoints.state import read_state, write_state
from ixigen_train.runs.checkpoint_names import PARTIAL, PLACE, checkpoint_name
from ixigen_train.runs.folder import saved_steps

_CHUNK = 1 << 22  # bytes


@dataclass(frozen=True)
class Checkpoints:
    """The checkpoints of a run; every rank calls every method.

    A checkpoint is written under a name ending in `.partial` and renamed when all of it is on the disk. Older ones go
    afterwards, under such a name too, so that a folder of the right name is whole, whenever a run was killed.
    """

    folder: Path
    keep: int  # the last so many stay
    mirror: Mirror | None = None
    disk: Disk = field(default_factory=Disk.shared)

    @classmethod
    def opened(cls, folder: Path, keep: int, mirror: Mirror | None = None) -> Self:
        """Return the checkpoints of a run whose machines may have a folder of their own each, where there is a mirror.

        Raises:
            CheckpointError: they have, and there is none; or as `disk_of`.
        """
        return cls(folder, keep, mirror, disk_of(folder, may_be_own=mirror is not None))

    def save(self, model: nn.Module, optimizer: Optimizer, place: Place) -> Path:
        """Write a checkpoint and return its folder; one of this step that is there already is the run's, and stays.

        Raises:
            CheckpointError: it could not be written, and names the last good one; or it stands here and could not be
                put in the mirror.
        """
        final = self.folder / checkpoint_name(place.step)
        if self.mirror is None and on_first(final.is_dir):
            return final
        partial = partial_of(final)
        try:
            self.disk.once(lambda: self._clear(final))
            self.disk.once(lambda: partial.mkdir(parents=True))
            everywhere(lambda: write_state(partial, model, optimizer))
            files = everywhere(lambda: _own_files(partial))
            sealed = place.model_copy(update={"files": tuple(file for own in files for file in own)})
            self.disk.once(lambda: _seal(partial, sealed))
            self.disk.once(lambda: _publish(partial, final))
        except CheckpointError as error:
            self.disk.once(lambda: shutil.rmtree(partial, ignore_errors=True))
            raise CheckpointError(self._not_saved(final, error)) from None
        if self.mirror is not None:
            _upload(self.mirror, final, [file.name for file in files[rank()]])
        self.disk.once(self._thin_out)
        return final

    def last(self) -> Path | None:
        """Return the last whole checkpoint; from the mirror, where there is one, fetching what is not here.

        Raises:
            CheckpointError: the mirror cannot be reached.
        """
        steps = on_first(self.steps if self.mirror is None else self.mirror.steps)
        if not steps:
            return None
        found = self.folder / checkpoint_name(steps[-1])
        if self.mirror is not None:
            _fetch(self.mirror, found, self.disk)
        return found

    def load(self, checkpoint: Path, model: nn.Module, optimizer: Optimizer) -> Place:
        """Put a checkpoint of this run into model and optimizer, and return where the run stands.

        Every byte is compared with its digest first, on each disk, the ranks that see it taking some of the files each.

        Raises:
            CheckpointError: it is damaged, or that of another model; says what to go on from.
        """
        try:
            place = everywhere(lambda: Place.of(checkpoint))[rank()]
            everywhere(lambda: verify_files(checkpoint, self.disk.share(place.files)))
        except CheckpointError as error:
            raise CheckpointError(self._damaged(checkpoint, error)) from None
        try:
            everywhere(lambda: read_state(checkpoint, model, optimizer))
        except CheckpointError as error:
            raise CheckpointError(f"{checkpoint}: cannot be loaded: {error}") from None
        return place

    def steps(self) -> tuple[int, ...]:
        """Return the steps of the whole checkpoints in the folder, in order; the only method that one rank may call."""
        return saved_steps(self.folder)

    def _clear(self, final: Path) -> None:
        """Remove what killed runs left, and an earlier checkpoint of this step that the mirror never got."""
        if final.is_dir():
            _remove(final)
        for left in self.folder.glob(f"*{PARTIAL}"):
            shutil.rmtree(left, ignore_errors=True)

    def _thin_out(self) -> None:
        for step in saved_steps(self.folder)[: -self.keep]:
            _remove(self.folder / checkpoint_name(step))

    def _not_saved(self, final: Path, error: CheckpointError) -> str:
        saved = saved_steps(self.folder)
        left = (
            f"the last good one is {self.folder / checkpoint_name(saved[-1])}" if saved else "there is no earlier one"
        )
        return f"{final}: could not be saved: {error}; {left}"

    def _damaged(self, checkpoint: Path, error: CheckpointError) -> str:
        if self.mirror is not None:
            return f"{error}; remove {checkpoint} to have it fetched from {self.mirror.url} again"
        before = [step for step in saved_steps(self.folder) if checkpoint_name(step) < checkpoint.name]
        if not before:
            return f"{error}; there is none before it: begin anew in another folder"
        earlier = self.folder / checkpoint_name(before[-1])
        return f"{error}; the one before it is {earlier}: remove {checkpoint.name} to go on from there"


def _own_files(folder: Path) -> tuple[StateFile, ...]:
    """Return what this rank has written: torch names files by rank, and rank 0 writes the table of contents."""
    names = sorted(path.name for path in folder.glob(f"__{rank()}_*")) + ([".metadata"] if rank() == 0 else [])
    return tuple(StateFile(name=name, bytes=size, xxh3_128=digest) for name, size, digest in _digests(folder, names))


def _digests(folder: Path, names: list[str]) -> Iterator[tuple[str, int, str]]:
    for name in names:
        path = folder / name
        yield name, path.stat().st_size, _digest_of(path)


def _digest_of(path: Path) -> str:
    digest = xxhash.xxh3_128()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def verify_files(checkpoint: Path, files: Sequence[StateFile]) -> None:
    """Compare files of a checkpoint with their digests.

    Raises:
        CheckpointError: one is missing or damaged.
    """
    for file in files:
        path = checkpoint / file.name
        size = path.stat().st_size if path.is_file() else None
        if size != file.bytes:
            found = "no such file" if size is None else f"{size:,} bytes"
            raise CheckpointError(f"{checkpoint}: damaged: {file.name}: expected {file.bytes:,} bytes, found {found}")
        if _digest_of(path) != file.xxh3_128:
            raise CheckpointError(f"{checkpoint}: damaged: {file.name}: its bytes are not those that were written")


def _seal(partial: Path, place: Place) -> None:
    write_model(str(partial / PLACE), place)
    _sync(partial)


def _publish(partial: Path, final: Path) -> None:
    partial.rename(final)
    _sync(final.parent)


def _remove(checkpoint: Path) -> None:
    """Remove a checkpoint that a kill in between does not leave halved under its name."""
    doomed = partial_of(checkpoint)
    checkpoint.rename(doomed)
    shutil.rmtree(doomed, ignore_errors=True)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _fetch(mirror: Mirror, checkpoint: Path, disk: Disk) -> None:
    """Bring a checkpoint to a disk, each rank that sees it some of the files; every rank calls it."""
    begun = partial_of(checkpoint)
    disk.once(lambda: mirror.begin_fetch(checkpoint))
    files = on_first(lambda: Place.of(begun).files)
    everywhere(lambda: mirror.fetch_missing(begun, disk.share(files)))
    disk.once(lambda: begun.rename(checkpoint))


def _upload(mirror: Mirror, checkpoint: Path, names: Sequence[str]) -> None:
    """Put a checkpoint on an object store, each rank the files that it wrote; every rank calls it."""
    try:
        everywhere(lambda: mirror.put_state(checkpoint, names))
        on_first(lambda: mirror.complete(checkpoint))
    except CheckpointError as error:
        raise CheckpointError(f"{checkpoint}: is here, but could not be uploaded: {error}") from None
