"""The course of a run: which dataset serves each step. One dataset, or several that follow one another."""

from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from pathlib import Path

import numpy as np
from pydantic import Field

from ixigen_data.core.errors import IxigenError, ShardError
from ixigen_data.core.files import without_secrets
from ixigen_data.core.settings import Settings
from ixigen_data.shards.manifest import Manifest
from ixigen_train.windows.account import Account
from ixigen_train.windows.batch import Batch, Batcher
from ixigen_train.windows.dataset import WindowStream, held_out_windows, training_windows
from ixigen_train.windows.fetching import fetched_manifest
from ixigen_train.windows.serving import Serving
from ixigen_train.windows.shard_cache import NO_LIMIT, ShardCache


class Stretch(Settings):
    """Steps that one dataset serves, from one of its windows on."""

    shards: str  # URL of the dataset
    digest: str  # of its manifest: a dataset that has changed is refused
    first_window: int = Field(default=0, ge=0)
    steps: int = Field(ge=0)


class CoursePlan(Settings):
    """Everything that decides which windows are served when; plain data, part of a configuration."""

    stretches: tuple[Stretch, ...] = Field(min_length=1)
    batch_windows: int = Field(ge=1, description="Windows of a step, over all ranks.")

    @property
    def steps(self) -> int:
        """Steps of all stretches."""
        return sum(stretch.steps for stretch in self.stretches)


@dataclass(frozen=True)
class Share:
    """The windows of one rank at one step."""

    stretch: int
    windows: range  # of that stretch's dataset


@dataclass(frozen=True)
class Course:
    """The datasets of a plan, open. Parts are numbered over all of them, by first appearance."""

    plan: CoursePlan
    manifests: tuple[Manifest, ...]  # of the stretches
    caches: tuple[ShardCache, ...]  # of the stretches

    @classmethod
    def open(cls, plan: CoursePlan, cache: Path | None, cache_limit: int | None) -> "Course":
        """Open the datasets of a plan.

        Args:
            plan: from `plan_course`, or from a checkpoint.
            cache: the folder where fetched shards are kept; None: in memory, the last few alone.
            cache_limit: bytes of all that lies in that folder; None: no limit.

        Raises:
            ShardError: a dataset is missing, is not the one that the plan names, or has too few windows for it.
        """
        manifests = tuple(opened(stretch.shards, stretch.digest) for stretch in plan.stretches)
        for stretch, manifest in zip(plan.stretches, manifests, strict=True):
            _must_serve(stretch, manifest, plan.batch_windows)
            must_agree(stretch.shards, manifest, manifests[0])
        limit = NO_LIMIT if cache_limit is None else cache_limit
        return cls(plan, manifests, tuple(ShardCache(stretch.shards, cache, limit) for stretch in plan.stretches))

    @property
    def seq_len(self) -> int:
        """Tokens of a window."""
        return self.manifests[0].seq_len

    @property
    def steps(self) -> int:
        """Steps of the whole course."""
        return self.plan.steps

    @cached_property
    def parts(self) -> tuple[str, ...]:
        """Paths of the parts of all datasets; batches carry indices into these."""
        return tuple(dict.fromkeys(part.path for manifest in self.manifests for part in manifest.parts))

    @property
    def unserved(self) -> dict[str, int]:
        """Windows that no step serves, by URL of the dataset; of the last one, as what went before is taken over."""
        stretch, manifest = self.plan.stretches[-1], self.manifests[-1]
        left = manifest.total_windows - stretch.first_window - stretch.steps * self.plan.batch_windows
        return {without_secrets(stretch.shards): left} if left else {}

    def share(self, step: int, rank: int, ranks: int) -> Share:
        """Return the windows that a rank takes at a step.

        Raises:
            IxigenError: there is no such step, or the batch cannot be divided among the ranks.
        """
        stretch, within = self._place(step)
        return Share(stretch, self._servings[stretch].share(within, rank, ranks))

    def windows_of(self, step: int) -> tuple[int, int]:
        """Return the first window of a step and the one behind its last, counted over the course."""
        batch = self.plan.batch_windows
        return step * batch, (step + 1) * batch

    def batch(self, step: int, rank: int, ranks: int) -> Batch:
        """Return what a rank trains on at a step; no window more than once in the course, in the written order.

        Raises:
            IxigenError: as `share`.
            ShardError: a shard is missing, damaged, or not the one that the manifest names.
        """
        share = self.share(step, rank, ranks)
        return self._batchers[share.stretch].batch(share.windows.start, self.streams[share.stretch].read(share.windows))

    def shards_of(self, share: Share) -> range:
        """Return the shards, by place in the manifest of the share's stretch, that its windows lie in."""
        return self.streams[share.stretch].shards_of(share.windows)

    def fetch(self, stretch: int, shard: int) -> None:
        """Bring a shard to the local disk ahead of its use, where there is a folder for it; raises as `batch`."""
        self.caches[stretch].fetch(self.manifests[stretch].shards[shard])

    def planned(self, step: int) -> tuple[int, ...]:
        """Return the tokens by part, pad left out, that stand in all windows before a step.

        An account of its own: from the shards' totals in the manifest and the lineage of the shard that the step begins
        in, not from the windows as they are served. Only where a dataset has no lineage do the windows tell.

        Raises:
            IxigenError: there are fewer steps.
            ShardError: the lineage is missing, damaged, or does not agree with the manifest.
        """
        if not 0 <= step <= self.steps:
            raise IxigenError(f"step {step:,}: the course has steps 0 to {self.steps:,}")
        total = np.zeros(len(self.parts), np.int64)
        for stretch, account in zip(self.plan.stretches, self._accounts, strict=True):
            served = min(step, stretch.steps)
            stop = stretch.first_window + served * self.plan.batch_windows
            total += account.before(stop) - account.before(stretch.first_window)
            step -= served
        return tuple(total.tolist())

    def held_out(self) -> dict[str, WindowStream]:
        """Return the hold-out of each part that has one, of the first dataset that does, by path."""
        found: dict[str, WindowStream] = {}
        for manifest, cache in zip(self.manifests, self.caches, strict=True):
            found = held_out_windows(manifest, cache) | found
        return found

    def held_out_batch(self, path: str, windows: range) -> Batch:
        """Return windows of the hold-out of a part; raises as `WindowStream.read`."""
        stretch = next(i for i, manifest in enumerate(self.manifests) if _has_held_out(manifest, path))
        stream = held_out_windows(self.manifests[stretch], self.caches[stretch])[path]
        return self._batchers[stretch].batch(windows.start, stream.read(windows))

    @cached_property
    def streams(self) -> tuple[WindowStream, ...]:
        """The training windows of each stretch's dataset."""
        return tuple(
            training_windows(manifest, cache) for manifest, cache in zip(self.manifests, self.caches, strict=True)
        )

    @cached_property
    def _batchers(self) -> tuple[Batcher, ...]:
        return tuple(Batcher(manifest, self.parts) for manifest in self.manifests)

    @cached_property
    def _accounts(self) -> tuple[Account, ...]:
        return tuple(
            Account(stretch.shards, manifest, self.parts, stream)
            for stretch, manifest, stream in zip(self.plan.stretches, self.manifests, self.streams, strict=True)
        )

    @cached_property
    def _servings(self) -> tuple[Serving, ...]:
        return tuple(
            Serving(manifest.total_windows, self.plan.batch_windows, stretch.first_window)
            for stretch, manifest in zip(self.plan.stretches, self.manifests, strict=True)
        )

    def _place(self, step: int) -> tuple[int, int]:
        """Return the stretch of a step, and its number there."""
        if not 0 <= step < self.steps:
            raise IxigenError(f"step {step:,}: the course has steps 0 to {self.steps - 1:,}")
        ends = list(accumulate(stretch.steps for stretch in self.plan.stretches))
        stretch = next(number for number, end in enumerate(ends) if step < end)
        return stretch, step - (ends[stretch - 1] if stretch else 0)


def opened(url: str, digest: str | None = None) -> Manifest:
    """Return the manifest of a dataset, whose digest is that of what it says.

    Raises:
        ShardError: there is none, it has been changed, or it is not the one of `digest`.
    """
    manifest, place = fetched_manifest(url), without_secrets(url)
    if digest is not None and manifest.digest != digest:
        raise ShardError(
            f"{place}: is dataset {manifest.digest}, the plan names {digest}; name the dataset that the plan was made "
            "with, or one that continues it"
        )
    if manifest.digest != manifest.digest_of():
        raise ShardError(f"{place}: manifest.json was changed after it was written; `ixigen-data verify` says where")
    return manifest


def _must_serve(stretch: Stretch, manifest: Manifest, batch_windows: int) -> None:
    needed = stretch.first_window + stretch.steps * batch_windows
    if needed > manifest.total_windows:
        raise ShardError(
            f"{without_secrets(stretch.shards)}: the plan takes {stretch.steps:,} steps of {batch_windows:,} windows "
            f"from window {stretch.first_window:,} on, but there are {manifest.total_windows:,} windows"
        )


def must_agree(url: str, manifest: Manifest, before: Manifest) -> None:
    """Check that the windows of a dataset are of the kind of those before it.

    Raises:
        ShardError: length or tokenizer differ.
    """
    for what, ours, others in (
        ("tokens of a window", manifest.seq_len, before.seq_len),
        ("tokenizer", manifest.tokenizer.fingerprint, before.tokenizer.fingerprint),
    ):
        if ours != others:
            raise ShardError(f"{without_secrets(url)}: {what}: {ours}, in the dataset before it {others}")


def _has_held_out(manifest: Manifest, path: str) -> bool:
    return path in manifest.eval and bool(manifest.eval[path].shards)
