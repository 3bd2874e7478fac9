"""A run's folder on an object store: it is worked on locally, and what must outlive the machine is put there."""

import os
import shutil
import tempfile
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from ixigen_data.core.digests import digest_bytes
from ixigen_data.core.files import filesystem_of, join, names_in, remove_tree, sizes_below, without_secrets, write_bytes
from ixigen_train.checkpoints.place import CheckpointError, Place, StateFile
from ixigen_train.runs.checkpoint_names import PARTIAL, PLACE, checkpoint_name, steps_complete

T = TypeVar("T")
_METRICS: Final = "metrics.jsonl"
_FILES: Final = ("recipe.yaml", "run.json", "foundry.yaml", _METRICS, "report.html")
_ARRIVING: Final = ".arriving"
_WAITS: Final = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)  # seconds before another try: a minute in all
# A checkpoint waits longer: ten minutes, well within what ranks wait for each other.
_CHECKPOINT_WAITS: Final = (*_WAITS, *9 * (60.0,))


@dataclass(frozen=True)
class Mirror:
    """A run below a URL. A checkpoint is complete when its `place.json` is there: put last, removed first."""

    url: str  # of the run: what the user named as --out
    keep: int
    sleep: Callable[[float], None] = time.sleep

    @property
    def working_folder(self) -> Path:
        """The local folder of the run: one per URL below $IXIGEN_RUNS, else in the user's cache."""
        root = os.environ.get("IXIGEN_RUNS") or "~/.cache/ixigen/runs"
        name = self.url.rstrip("/").rpartition("/")[2]
        return Path(root).expanduser().absolute() / f"{name}-{digest_bytes(self.url.rstrip('/').encode())[:8]}"

    def last_place(self) -> Place | None:
        """Return the place of the last complete checkpoint, without fetching more of it; raises as `fetch`."""
        steps = self.steps()
        if not steps:
            return None
        with tempfile.TemporaryDirectory() as folder:
            self._get(join(self._checkpoints, checkpoint_name(steps[-1]), PLACE), Path(folder) / PLACE)
            return Place.of(Path(folder))

    def put_state(self, checkpoint: Path, names: Iterable[str]) -> None:
        """Put files of a checkpoint, but not yet the one that completes it.

        Raises:
            CheckpointError: the store could not be reached for ten minutes.
        """
        for name in names:
            self._put(checkpoint / name, join(self._checkpoints, checkpoint.name, name), _CHECKPOINT_WAITS)

    def complete(self, checkpoint: Path) -> None:
        """Put what completes a checkpoint; then remove those beyond `keep`. Raises as `put_state`."""
        self._put(checkpoint / PLACE, join(self._checkpoints, checkpoint.name, PLACE), _CHECKPOINT_WAITS)
        for step in self.steps()[: -self.keep]:
            there = join(self._checkpoints, checkpoint_name(step))
            for url in (join(there, PLACE), there):
                self._patiently(url, partial(remove_tree, url))

    def steps(self) -> tuple[int, ...]:
        """Return the steps of the complete checkpoints there, in order; raises as `fetch`."""
        return steps_complete(self._patiently(self._checkpoints, lambda: sizes_below(self._checkpoints)))

    def fetch(self, checkpoint: Path) -> None:
        """Bring a checkpoint here, of which some or all files may be here already; `store.py` does it on many ranks.

        Raises:
            CheckpointError: the store could not be reached for a minute.
        """
        begun = self.begin_fetch(checkpoint)
        self.fetch_missing(begun, Place.of(begun).files)
        begun.rename(checkpoint)

    def begin_fetch(self, checkpoint: Path) -> Path:
        """Return a folder for a checkpoint's files under another name, its place that of the store; raises as `fetch`.

        What of the very checkpoint is here stands in it, and nothing of another attempt.
        """
        begun = partial_of(checkpoint)
        url = join(self._checkpoints, checkpoint.name, PLACE)
        place = self._patiently(url, lambda: _read(url))
        if checkpoint.is_dir():
            shutil.rmtree(begun, ignore_errors=True)
            checkpoint.rename(begun)
        if not (begun / PLACE).is_file() or (begun / PLACE).read_bytes() != place:
            shutil.rmtree(begun, ignore_errors=True)
            write_bytes(str(begun / PLACE), place)
        for left in begun.glob(f".*{_ARRIVING}"):
            left.unlink()
        return begun

    def fetch_missing(self, begun: Path, files: Sequence[StateFile]) -> None:
        """Bring those files of a checkpoint that are not in its folder; raises as `fetch`."""
        for file in files:
            path = begun / file.name
            if not path.is_file() or path.stat().st_size != file.bytes:
                self._get(join(self._checkpoints, begun.name.removesuffix(PARTIAL), file.name), path)

    def put_files(self, folder: Path) -> None:
        """Put what a run's folder holds beside checkpoints, as it stands; raises as `fetch`."""
        for name in _FILES:
            if (folder / name).is_file():
                self._put(folder / name, join(self.url, name))

    def fetch_files(self, folder: Path, machine: int = 0) -> None:
        """Bring these files here, over those of an earlier attempt; raises as `fetch`.

        machine: its number; others than 0 bring the metrics alone, for they may share the folder with it.
        """
        there = self._patiently(self.url, lambda: names_in(self.url))
        wanted = _FILES if machine == 0 else (_METRICS,)
        for name in set(wanted) & set(there):
            self._get(join(self.url, name), folder / name)

    @property
    def _checkpoints(self) -> str:
        return join(self.url, "checkpoints")

    def _put(self, path: Path, url: str, waits: Sequence[float] = _WAITS) -> None:
        def act() -> None:
            filesystem, remote = filesystem_of(url)
            filesystem.put_file(str(path), remote)

        self._patiently(url, act, waits)

    def _get(self, url: str, path: Path) -> None:
        def act() -> None:
            filesystem, remote = filesystem_of(url)
            arriving = path.with_name(f".{path.name}.{uuid.uuid4().hex[:12]}{_ARRIVING}")
            try:
                filesystem.get_file(remote, str(arriving))
                arriving.replace(path)
            finally:
                arriving.unlink(missing_ok=True)

        self._patiently(url, act)

    def _patiently(self, url: str, act: Callable[[], T], waits: Sequence[float] = _WAITS) -> T:
        """Act, and again where the store fails."""
        for wait in (*waits, None):
            try:
                return act()
            except Exception as error:  # each kind of store has errors of its own for a network that fails
                if wait is None or isinstance(error, PermissionError) or "Credentials" in type(error).__name__:
                    told = without_secrets(str(error)) or type(error).__name__
                    raise CheckpointError(f"{without_secrets(url)}: {told}") from None
            self.sleep(wait)
        raise AssertionError("the last try returns or raises")


def partial_of(checkpoint: Path) -> Path:
    """Return the folder in which a checkpoint is made."""
    return checkpoint.with_name(f"{checkpoint.name}{PARTIAL}")


def _read(url: str) -> bytes:
    filesystem, remote = filesystem_of(url)
    return bytes(filesystem.cat_file(remote))
