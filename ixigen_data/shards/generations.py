"""Generations of a dataset: what a build adds to shards that stand, and where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from ixigen_data.core.errors import ShardError
from ixigen_data.shards.manifest import (
    SETTLEMENT,
    DuplicatesRecord,
    EvalRecord,
    IndexRecord,
    Manifest,
    NodeRecord,
    PartRecord,
    SettlementWindow,
)
from ixigen_data.shards.settings import ShardSettings

_SUMS = (
    *("target_tokens", "tokens", "content_tokens", "eos_tokens", "bos_tokens", "pad_tokens"),
    *("unique_tokens", "repeated_tokens", "windows"),
)


@dataclass(frozen=True)
class Placement:
    """Where the windows of a build stand in its dataset: behind those of earlier generations, if there are any."""

    first_window: int = 0
    first_shard: int = 0
    paths: tuple[str, ...] = ()  # of the parts that stand, by index
    held: tuple[str, ...] = ()  # paths of the parts whose hold-out stands

    @classmethod
    def behind(cls, manifest: Manifest) -> Self:
        """Return the place behind a dataset."""
        paths = tuple(part.path for part in manifest.parts)
        held = tuple(sorted(path for path, record in manifest.eval.items() if record.shards))
        return cls(manifest.total_windows, len(manifest.shards), paths, held)

    def all_paths(self, paths: Sequence[str]) -> list[str]:
        """Return the paths of the whole dataset's parts by index, when a generation with parts `paths` is added."""
        return list(dict.fromkeys([*self.paths, *paths]))

    def numbered(self, part: npt.NDArray[np.uint16], paths: Sequence[str]) -> npt.NDArray[np.uint16]:
        """Return the column `part` of a generation as the dataset numbers its parts.

        Args:
            part: (windows,) by index of `paths`, or 65535.
        """
        everything = self.all_paths(paths)
        number = np.full(SETTLEMENT + 1, SETTLEMENT, np.uint16)
        number[: len(paths)] = [everything.index(path) for path in paths]
        return number[part]


def must_match(base: Manifest, seq_len: int, packing: str, settings: ShardSettings, pad_id: int) -> None:
    """Check that a generation's windows and shards are of the kind that stands.

    Raises:
        ShardError: they are not.
    """
    for name, stands, new in (
        ("packing.seq_len", base.seq_len, seq_len),
        ("packing.method", base.packing, packing),
        ("shards", _shards_of(base), settings),
        ("tokenizer.pad", base.tokenizer.pad_id, pad_id),
    ):
        if stands != new:
            raise ShardError(f"{name}: {new} is not the dataset's {stands}; a generation keeps it")


def must_keep_parts(base: Manifest, parts: Mapping[str, Sequence[str]]) -> None:
    """Check that every source stays in the part that it feeds, so that a part is one thing in all generations.

    Args:
        parts: the generation's sources, by path of the part.

    Raises:
        ShardError: a part has lost a source, or a source has moved.
    """
    for part in base.parts:
        lost = sorted({*part.sources} - {*parts.get(part.path, part.sources)})
        if lost:
            raise ShardError(
                f"part {part.path!r}: {lost[0]!r} fed it in {base.name}; keep {lost[0]!r} among its sources, or give "
                "the part another name"
            )
        for path, sources in parts.items():
            moved = sorted({*part.sources} & {*sources})
            if moved and path != part.path:
                raise ShardError(
                    f"part {path!r}: its source {moved[0]!r} feeds part {part.path!r} of {base.name}; a generation "
                    "keeps a source in its part, a dataset of its own that continues this one need not"
                )


def _shards_of(base: Manifest) -> ShardSettings:
    recipe = base.recipe if isinstance(base.recipe, dict) else {}
    return ShardSettings.model_validate(recipe.get("shards", {}))


def with_generation(base: Manifest, new: Manifest) -> Manifest:
    """Return the manifest of a dataset with one more generation, not yet sealed.

    Args:
        base: what stands.
        new: the generation alone: its own windows counted from 0, its shards and lineage named as they are stored.
    """
    place = Placement.behind(base)
    ours = {part.path: part for part in new.parts}
    paths = place.all_paths([part.path for part in new.parts])
    before = {part.path: part for part in base.parts}
    earlier = base.each_generation()
    last = earlier[-1].model_copy(update={"digest": base.digest, "recipe": base.recipe})
    alone = new.each_generation()[-1]
    added = alone.model_copy(update={"first_window": place.first_window, "first_shard": place.first_shard})
    return new.model_copy(
        update={
            "total_tokens": base.total_tokens + new.total_tokens,
            "total_windows": base.total_windows + new.total_windows,
            "parts": tuple(_part(before.get(path), ours.get(path)) for path in paths),
            "nodes": _nodes(base.nodes, new.nodes),
            "settlement_windows": (*base.settlement_windows, *_moved(new, place)),
            "documents": base.documents | new.documents,
            "unused_documents": base.unused_documents | new.unused_documents,
            "unused_tokens": base.unused_tokens | new.unused_tokens,
            "sources": base.sources | new.sources,
            "licenses": base.licenses | new.licenses,
            "lines": base.lines | new.lines,
            "duplicates": _duplicates(base, new),
            "contamination": base.contamination if new.contamination is None else new.contamination,
            "contaminated": new.contaminated or base.contaminated,
            "indexes": _indexes(base, new),
            "quarantine": (*base.quarantine, *(each for each in new.quarantine if each not in base.quarantine)),
            "shards": base.shards + new.shards,
            "lineage": base.lineage + new.lineage,
            "eval": _evals(base.eval, new.eval),
            "continues": base.continues,
            "generations": (*earlier[:-1], last, added),
        }
    )


def _part(before: PartRecord | None, new: PartRecord | None) -> PartRecord:
    """Return a part over all generations: what was written adds up, supply and its rest are the latest."""
    if before is None or new is None:
        found = before or new
        assert found is not None
        return found
    added = {name: getattr(before, name) + getattr(new, name) for name in _SUMS}
    unused = new.supply_documents - new.documents - new.served_documents
    history = {"served_tokens": before.served_tokens, "served_documents": before.served_documents}
    documents = new.supply_documents - unused - before.served_documents
    epochs = added["tokens"] / new.supply_tokens if new.supply_tokens else 0.0
    return new.model_copy(update=added | history | {"documents": documents, "epochs": epochs})


def _nodes(before: Sequence[NodeRecord], new: Sequence[NodeRecord]) -> tuple[NodeRecord, ...]:
    found = {node.path: node for node in before}
    for node in new:
        old = found.get(node.path)
        if old is not None:
            target, tokens = old.target_tokens + node.target_tokens, old.tokens + node.tokens
            node = node.model_copy(update={"target_tokens": target, "tokens": tokens})
        found[node.path] = node
    return tuple(found.values())


def _moved(new: Manifest, place: Placement) -> list[SettlementWindow]:
    """Return a generation's settlement windows as the dataset counts windows and parts."""
    local = [part.path for part in new.parts]
    everything = place.all_paths(local)
    number = [everything.index(path) for path in local]
    return [
        SettlementWindow(
            window=window.window + place.first_window,
            owner=number[window.owner],
            pieces=tuple(piece.model_copy(update={"part": number[piece.part]}) for piece in window.pieces),
        )
        for window in new.settlement_windows
    ]


def _duplicates(base: Manifest, new: Manifest) -> tuple[DuplicatesRecord, ...]:
    """Return the files of copies: those of sources that were read again are replaced."""
    left = tuple(record for record in base.duplicates or () if record.source not in new.sources)
    return (*left, *(new.duplicates or ()))


def _indexes(base: Manifest, new: Manifest) -> tuple[IndexRecord, ...] | None:
    found = {index.digest: index for index in (*(base.indexes or ()), *(new.indexes or ()))}
    return tuple(found.values()) or None


def _evals(before: Mapping[str, EvalRecord], new: Mapping[str, EvalRecord]) -> dict[str, EvalRecord]:
    """Return the hold-outs: those that stand keep their windows, though new sources may have added to what is held."""
    found = dict(before)
    for path, record in new.items():
        old = found.get(path)
        if old is not None and old.shards:
            unused = record.tokens + record.unused_tokens - old.tokens
            record = old.model_copy(update={"documents": record.documents, "unused_tokens": unused})
        found[path] = record
    return found
