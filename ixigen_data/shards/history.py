"""What a dataset had served by one of its windows, from its manifest and the token stores of its sources."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pyarrow.compute as pc

from ixigen_data.core.errors import ShardError
from ixigen_data.core.files import join
from ixigen_data.mixture.earlier_files import read_earlier
from ixigen_data.mixture.holdout import Holdout, held_up_to
from ixigen_data.mixture.pieces import Pieces, joined
from ixigen_data.mixture.served import NOTHING, Earlier, Served, ServedPieces
from ixigen_data.mixture.shuffle import DocumentStream, part_stream
from ixigen_data.mixture.supply import SourceStore
from ixigen_data.packing.best_fit import BestFit, window_seed
from ixigen_data.packing.prefix import Prefix, fitted_prefix
from ixigen_data.shards.lineage import read_lineage
from ixigen_data.shards.manifest import GenerationRecord, Manifest, PartRecord, ShardRecord


@dataclass(frozen=True)
class History:
    """A dataset up to window `at`, within its last generation that begins before there."""

    url: str
    manifest: Manifest
    at: int

    @property
    def generation(self) -> GenerationRecord:
        """The generation that window `at` stands in, or ends."""
        begun = [g for g in self.manifest.each_generation() if g.first_window < self.at or g.first_window == 0]
        return begun[-1]

    def served(self, stores: Mapping[str, SourceStore]) -> Earlier:
        """Return what was served of every source by window `at`, in this dataset and those that it continues.

        Args:
            stores: by source, of the recipe that goes on.

        Raises:
            ShardError: a source of a part is missing, or no longer holds what it held.
        """
        generation = self.generation
        start = self._start(stores)
        served, last_key, left_out = dict(start.served), dict(start.last_key), dict(start.left_out)
        for path, part in generation.parts.items():
            if not self._is_needed(part, stores):
                held = self.manifest.eval.get(path)
                left_out |= dict.fromkeys(part.sources, held.last_key if held else None)
            else:
                holdout = self._holdout(path, part, stores)
                stream = part_stream(
                    path, [stores[source] for source in part.sources], generation.seed, holdout, start.of(part.sources)
                )
                self._must_be_as_it_was(part, stream)
                after = served_after(stream, self._prefix(part, stream))
                served |= dict(zip(part.sources, after, strict=True))
                last_key |= dict.fromkeys(part.sources, None if holdout is None else holdout.last_key)
        known = [source for source in served if source not in left_out]
        return Earlier({s: served[s] for s in known}, {s: last_key[s] for s in known}, left_out)

    def _start(self, stores: Mapping[str, SourceStore]) -> Earlier:
        """Return what was served before the generation; of a source that it left out, by the generations before it.

        Raises:
            ShardError: a source was left out of the whole dataset.
        """
        generation = self.generation
        if generation.continues is None:
            return NOTHING
        start = read_earlier(join(self.url, generation.continues.served.file))
        back = sorted(start.left_out.keys() & stores.keys())
        if back and generation.first_window == 0:
            raise ShardError(
                f"continues: {self.manifest.name} goes on from {generation.continues.name} without source {back[0]!r}, "
                f"so what was served of it is not known; leave it out, or continue {generation.continues.name} itself"
            )
        if not back:
            return start
        before = History(self.url, self.manifest, generation.first_window).served(stores)
        return Earlier(
            {**start.served, **{source: before.served[source] for source in back}},
            {**start.last_key, **{source: before.last_key[source] for source in back}},
            {source: key for source, key in start.left_out.items() if source not in back},
        )

    def _is_needed(self, part: PartRecord, stores: Mapping[str, SourceStore]) -> bool:
        """Return whether a part's sources are all in the recipe that goes on; False where none is.

        Raises:
            ShardError: some are.
        """
        missing = [source for source in part.sources if source not in stores]
        if missing and len(missing) < len(part.sources):
            raise ShardError(
                f"continues: part {part.path!r} of {self.manifest.name} was fed by {', '.join(part.sources)} together; "
                f"keep {', '.join(missing)} among the sources of a part, or leave all of them out"
            )
        return not missing

    def _holdout(self, path: str, part: PartRecord, stores: Mapping[str, SourceStore]) -> Holdout | None:
        held = self.manifest.eval.get(path)
        if held is None or held.last_key is None:
            return None
        return held_up_to([stores[source] for source in part.sources], held.last_key)

    def _must_be_as_it_was(self, part: PartRecord, stream: DocumentStream) -> None:
        if (stream.supply.tokens, stream.supply.documents) != (part.supply_tokens, part.supply_documents):
            raise ShardError(
                f"continues: part {part.path!r} had {part.supply_documents:,} documents of {part.supply_tokens:,} "
                f"tokens in {self.manifest.name}, now {stream.supply.documents:,} of {stream.supply.tokens:,}; "
                "continue with the same files, cleaning and tokenizer, and new sources behind the old"
            )

    def _prefix(self, part: PartRecord, stream: DocumentStream) -> Prefix:
        """Return what of a part's stream stands before window `at`."""
        seq_len = self.manifest.seq_len
        if self.manifest.packing == "best_fit":
            seed = window_seed(self.generation.seed, part.path)
            return fitted_prefix(BestFit(seq_len), stream, part.target_tokens, self._windows[part.path], seed)
        pieces = list(self._settled(part))
        tokens = self._tokens[part.path] - sum(tokens for _, tokens in pieces)
        ahead = [joined(list(stream.index(begin, begin + tokens))) for begin, tokens in pieces]
        return Prefix(tokens, tuple(ahead))

    def _settled(self, part: PartRecord) -> Iterator[tuple[int, int]]:
        """Yield where pieces of a part in settlement windows begin in its stream, and their tokens."""
        generation, paths = self.generation, [each.path for each in self.manifest.parts]
        position = part.windows * self.manifest.seq_len
        for window in self.manifest.settlement_windows:
            if generation.first_window <= window.window < self.at:
                for piece in window.pieces:
                    if paths[piece.part] == part.path:
                        yield position, piece.tokens
                        position += piece.tokens

    def _shards(self) -> Iterator[tuple[int, ShardRecord, bool]]:
        """Yield the generation's shards before window `at` by their number, and whether each stands whole before it."""
        first = self.generation.first_window
        for number, shard in enumerate(
            self.manifest.shards[self.generation.first_shard :], self.generation.first_shard
        ):
            if first < self.at:
                yield number, shard, first + shard.windows <= self.at
            first += shard.windows

    @cached_property
    def _tokens(self) -> Counter[str]:
        """Tokens by part before window `at`, of this generation."""
        found = Counter[str]()
        for number, shard, whole in self._shards():
            found.update(shard.tokens if whole else self._in_lineage(number)[0])
        return found

    @cached_property
    def _windows(self) -> Counter[str]:
        """Windows by part before window `at`, of this generation."""
        found = Counter[str]()
        for number, _, _ in self._shards():
            found.update(self._in_lineage(number)[1])
        return found

    def _in_lineage(self, number: int) -> tuple[Counter[str], Counter[str]]:
        """Return tokens and windows by part before window `at` in one shard."""
        table = read_lineage(self.url, self.manifest.lineage[number].file).select(["part", "window", "tokens"])
        table = table.filter(pc.less(table.column("window"), self.at))
        sums = table.group_by("part").aggregate([("tokens", "sum"), ("window", "count_distinct")]).to_pylist()
        return (
            Counter({row["part"]: row["tokens_sum"] for row in sums}),
            Counter({row["part"]: row["window_count_distinct"] for row in sums}),
        )


def served_after(stream: DocumentStream, prefix: Prefix) -> list[Served]:
    """Return what was served of every source of a stream by the end of a prefix."""
    epoch, offset = stream.locate(prefix.position)
    buckets, before = stream.buckets_before(epoch, offset)
    pieces = joined([*stream.index(prefix.position - (offset - before), prefix.position), *prefix.pieces])
    return [_after(stream, source, epoch, buckets, pieces) for source in range(len(stream.served))]


def _after(stream: DocumentStream, source: int, epoch: int, buckets: np.ndarray, pieces: Pieces) -> Served:
    """Return what was served of one source: whole buckets of an epoch of the stream, and pieces, of all its sources."""
    earlier = stream.served[source]
    whole = earlier.buckets.copy() if epoch == 0 else np.zeros_like(earlier.buckets)
    whole[buckets] = True
    mine = pieces.take(np.flatnonzero(pieces.source == source))
    both = [earlier.pieces, ServedPieces(mine.epoch, mine.bucket, mine.row, mine.first, mine.tokens)]
    found = ServedPieces(
        *(
            np.concatenate([getattr(each, name) for each in both])
            for name in ("epoch", "bucket", "row", "first", "tokens")
        )
    )
    now = earlier.epoch + epoch
    kept = (found.epoch > now) | ((found.epoch == now) & ~whole[found.bucket])
    return replace(earlier, epoch=now, buckets=whole, pieces=found.of(kept).in_order())
