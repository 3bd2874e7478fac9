"""The shard stage: planned windows to MDS shards and their lineage, in the dataset's own folder."""

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import BaseModel, JsonValue

from ixigen_data.clean.source_files import source_files
from ixigen_data.core.digests import digest_value
from ixigen_data.engine.stage import Outcome, Task
from ixigen_data.mixture.plan import Mix, MixPlan, holdout_streams, training_streams
from ixigen_data.mixture.shuffle import DocumentStream
from ixigen_data.mixture.stage import read_mix
from ixigen_data.packing.concat import pack_stream
from ixigen_data.packing.lineage import Lineage as Pieces
from ixigen_data.packing.pack import pack_windows
from ixigen_data.shards.generations import Placement
from ixigen_data.shards.layout import Layout
from ixigen_data.shards.lineage import Lineage, lineage_file, write_lineage
from ixigen_data.shards.manifest import LineageRecord, Piece, SettlementWindow, ShardRecord
from ixigen_data.shards.settings import ShardSettings
from ixigen_data.shards.special_counts import count_special
from ixigen_data.shards.writer import shard_file, tokens_by_part, write_shard
from ixigen_data.tokens.bucket_cache import BucketReader, open_stores
from ixigen_data.tokens.tokenizer import Tokenizer

BYTES = 1
SHARDS_PER_TASK = 4


class ShardTask(BaseModel):
    """The payload of a task: consecutive shards of the training windows (`held` is None) or of one part's hold-out."""

    held: int | None = None  # index of the part
    first_shard: int
    first_window: int
    windows: int


class WrittenShard(BaseModel):
    """A shard as it was written, with what only its tokens tell."""

    shard: ShardRecord
    lineage: LineageRecord
    eos_tokens: dict[str, int]  # by path of the part
    bos_tokens: dict[str, int]


@dataclass(frozen=True)
class ShardInputs:
    """Where the plan and the tokens of a dataset lie."""

    mix_folder: str
    store_folders: Mapping[str, str]  # by source
    clean_folders: Mapping[str, str]  # by source; their plans know the files
    placement: Placement = Placement()


class ShardStage:
    """Writes a dataset's shards below `out`. Any shard can be written alone: its windows follow from the plan."""

    name = "shards"
    unit = "windows"

    def __init__(
        self, settings: ShardSettings, tokenizer: Tokenizer, inputs: ShardInputs, out: str, upstream: Sequence[str]
    ) -> None:
        """`upstream`: the fingerprint of the mix stage."""
        self._settings = settings
        self._tokenizer = tokenizer
        self._inputs = inputs
        self._out = out
        # Another output folder has other shards to write, so it has records of its own.
        place: list[JsonValue] = [inputs.placement.first_window, inputs.placement.first_shard, *inputs.placement.paths]
        self.fingerprint = digest_value(["shards", BYTES, settings.model_dump(mode="json"), out, place, *upstream])

    def tasks(self) -> Sequence[Task]:
        """Return tasks of a few shards each, those of the hold-outs last."""
        plan = self._mix.plan
        spans: list[tuple[int | None, int]] = [(None, plan.total_windows)]
        held = [(number, part.holdout) for number, part in enumerate(plan.parts) if part.path not in self._place.held]
        spans += [(number, holdout.windows) for number, holdout in held if holdout is not None]
        chunks = [chunk for held, windows in spans for chunk in self._chunks(held, windows)]
        return [
            Task(index=index, name=_title(chunk, plan), work=chunk.windows, payload=chunk.model_dump())
            for index, chunk in enumerate(chunks)
        ]

    def outputs(self, folder: str) -> str:  # noqa: ARG002 - shards lie in the dataset
        """Return the dataset's URL."""
        return self._out

    def run(self, task: Task, folder: str) -> Outcome:  # noqa: ARG002 - shards lie in the dataset
        """Write a task's shards and their lineage."""
        chunk = ShardTask.model_validate(task.payload)
        shards = -(-chunk.windows // self._layout.windows_per_shard)
        written = [self._write(chunk, number) for number in range(shards)]
        stored = [file for entry in written for file in (entry.shard.stored or entry.shard, entry.lineage)]
        summary = [entry.model_dump(mode="json") for entry in written]
        return Outcome(files={file.file: file.bytes for file in stored}, summary=list(summary))

    @property
    def _place(self) -> Placement:
        return self._inputs.placement

    @cached_property
    def _mix(self) -> Mix:
        return read_mix(self._inputs.mix_folder)

    @cached_property
    def _stores(self) -> dict[str, BucketReader]:
        return open_stores(self._inputs.store_folders, self._tokenizer.dtype)

    @cached_property
    def _files(self) -> dict[str, list[str]]:
        """The files of every source, without secrets, by their number."""
        return {source: source_files(folder) for source, folder in self._inputs.clean_folders.items()}

    @cached_property
    def _training(self) -> list[DocumentStream]:
        return training_streams(self._mix, self._stores)

    @cached_property
    def _held(self) -> list[DocumentStream | None]:
        return holdout_streams(self._mix.plan, self._stores)

    @cached_property
    def _layout(self) -> Layout:
        return Layout(self._mix.plan.seq_len, self._settings)

    def _chunks(self, held: int | None, windows: int) -> Iterator[ShardTask]:
        step = self._layout.windows_per_shard * SHARDS_PER_TASK
        for number, first in enumerate(range(0, windows, step)):
            shard = number * SHARDS_PER_TASK + (self._place.first_shard if held is None else 0)
            yield ShardTask(held=held, first_shard=shard, first_window=first, windows=min(step, windows - first))

    def _write(self, chunk: ShardTask, number: int) -> WrittenShard:
        """Write shard `number` of a task, counted from 0."""
        plan = self._mix.plan
        first = chunk.first_window + number * self._layout.windows_per_shard
        stop = min(first + self._layout.windows_per_shard, chunk.first_window + chunk.windows)
        if chunk.held is None:
            folder, settlement = "", settlement_records(plan)
            windows, pieces = pack_windows(self._mix, self._training, first, stop, self._tokenizer.pad_id)
        else:
            folder, settlement = eval_folder(plan.parts[chunk.held].path), ()
            stream = self._held[chunk.held]
            assert stream is not None, "a task for a hold-out that the plan does not have"
            windows, pieces = pack_stream(stream, chunk.held, first, stop, plan.seq_len)
        paths = [part.path for part in plan.parts]
        records = [window for window in settlement if first <= window.window < stop]
        number += chunk.first_shard
        tokens = tokens_by_part(windows, first, paths, records)
        specials = [
            count_special(windows, first, paths, records, token)
            for token in (self._tokenizer.eos_id, self._tokenizer.bos_id)
        ]
        windows = replace(windows, part=self._place.numbered(windows.part, paths))
        moved = self._place.first_window if chunk.held is None else 0
        return WrittenShard(
            shard=write_shard(self._out, shard_file(number, folder), windows, self._layout, tokens),
            lineage=write_lineage(self._out, lineage_file(number, folder), self._lineage(pieces, moved)),
            eos_tokens=specials[0],
            bos_tokens=specials[1],
        )

    def _lineage(self, pieces: Pieces, moved: int) -> Lineage:
        """Return pieces with the names of their documents, files, sources and parts; windows count from `moved` on."""
        plan = self._mix.plan
        sources = list(self._inputs.store_folders)
        place = {source: number for number, source in enumerate(sources)}
        files = {
            url: number
            for number, url in enumerate(dict.fromkeys(url for urls in self._files.values() for url in urls))
        }
        # Sources and files as numbers among all, (pieces,); documents' ids are gathered source by source and put in
        # order at the end.
        source, file = np.empty(len(pieces), np.int32), np.empty(len(pieces), np.int32)
        ids, rows = [], []
        for number, part in enumerate(plan.parts):
            for nth, name in enumerate(part.sources):
                mine = np.flatnonzero((pieces.part == number) & (pieces.source == nth))
                if len(mine) == 0:
                    continue
                found, numbers = self._stores[name].look_up(pieces.bucket[mine], pieces.row[mine])
                source[mine] = place[name]
                file[mine] = np.array([files[url] for url in self._files[name]], np.int32)[numbers]
                ids.append(found)
                rows.append(mine)
        document = pa.chunked_array([chunk for column in ids for chunk in column.chunks], pa.large_string())
        if len(ids) > 1:
            document = document.take(pa.array(np.argsort(np.concatenate(rows))))
        return Lineage(
            document=document.cast(pa.string()),
            source=_dictionary(source, sources),
            file=_dictionary(file, list(files)),
            part=_dictionary(pieces.part.astype(np.int32), [part.path for part in plan.parts]),
            window=pieces.window + moved,
            first_token=pieces.first_token.astype(np.int32),
            tokens=pieces.tokens.astype(np.int32),
            document_token=pieces.document_token,
            epoch=pieces.epoch.astype(np.int32),
        )


def settlement_records(plan: MixPlan) -> tuple[SettlementWindow, ...]:
    """Return a plan's settlement windows as a manifest has them."""
    return tuple(
        SettlementWindow(
            window=window.window,
            owner=window.owner,
            pieces=tuple(Piece(part=piece.part, tokens=piece.tokens) for piece in window.pieces),
        )
        for window in plan.settlement_windows
    )


def eval_folder(path: str) -> str:
    """Return the folder of a part's hold-out, below its dataset's URL."""
    return posixpath.join("eval", path)


def _dictionary(numbers: npt.NDArray[np.int32], names: Sequence[str]) -> pa.DictionaryArray:
    """Return names by number; those that no number means are left out, for of 10^6 files a shard has a few."""
    used, places = np.unique(numbers, return_inverse=True)
    kept = pa.array([names[number] for number in used.tolist()], pa.string())
    return pa.DictionaryArray.from_arrays(pa.array(places.astype(np.int32)), kept)


def _title(chunk: ShardTask, plan: MixPlan) -> str:
    where = "training" if chunk.held is None else eval_folder(plan.parts[chunk.held].path)
    return f"{where}, windows from {chunk.first_window:,}"
