"""A manifest against itself: seals, sums and names, without looking at a shard."""

import posixpath
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from ixigen_data.shards.manifest import EvalRecord, Manifest, PartRecord, ShardRecord
from ixigen_data.verify.findings import unequal

COPYING_STAGES = {"dedup", "near", "contained"}  # each document that they drop is a copy of one that stays
CONTAMINATED = "contaminated"  # why documents are dropped that hold items of suites
CLUSTERS = ("clusters", "documents", "pairs")  # in `near_duplicates`, beside the reasons


def wrong_seals(manifest: Manifest) -> Iterator[str]:
    """Yield what the manifest's own digests say of it."""
    yield from unequal("checksum (the file was edited)", manifest.checksum, manifest.checksum_of())
    yield from unequal("digest", manifest.digest, manifest.digest_of())


def wrong_sums(manifest: Manifest) -> Iterator[str]:
    """Yield the sums in a manifest that do not come out."""
    settlement = len(manifest.settlement_windows)
    yield from unequal("total_tokens", sum(part.tokens for part in manifest.parts), manifest.total_tokens)
    yield from unequal("total_windows", sum(shard.windows for shard in manifest.shards), manifest.total_windows)
    windows = sum(part.windows for part in manifest.parts) + settlement
    yield from unequal("windows of parts and settlement windows", manifest.total_windows, windows)
    for part in manifest.parts:
        yield from (f"parts.{part.path}.{message}" for message in _wrong_part(part))
    yield from _wrong_nodes(manifest)
    yield from _wrong_settlement(manifest)
    yield from _wrong_documents(manifest)
    yield from _wrong_copies(manifest)
    yield from _wrong_contamination(manifest)
    for path, entry in manifest.eval.items():
        yield from (f"eval.{path}.{message}" for message in _wrong_eval(manifest, path, entry))


def wrong_names(manifest: Manifest) -> Iterator[str]:
    """Yield the shards and lineage files that are not named by their place."""
    yield from _wrong_files("", manifest.shards, [record.file for record in manifest.lineage])
    for path, entry in manifest.eval.items():
        folder = posixpath.join("eval", path)
        yield from _wrong_files(folder, entry.shards, [record.file for record in entry.lineage])


def _wrong_part(part: PartRecord) -> Iterator[str]:
    yield from unequal("tokens", part.target_tokens, part.tokens)
    yield from unequal("content + EOS + BOS", part.tokens, part.content_tokens + part.eos_tokens + part.bos_tokens)
    yield from unequal("unique + repeated", part.tokens, part.unique_tokens + part.repeated_tokens)


def _wrong_nodes(manifest: Manifest) -> Iterator[str]:
    for node in manifest.nodes:
        below = [part for part in manifest.parts if _is_below(part.path, node.path)]
        name = f"nodes.{node.path or 'the root'}"
        yield from unequal(f"{name}.tokens", node.target_tokens, node.tokens)
        yield from unequal(f"{name}.tokens, of its parts", node.tokens, sum(part.tokens for part in below))


def _is_below(path: str, node: str) -> bool:
    return not node or path == node or path.startswith(f"{node}/")


def _wrong_settlement(manifest: Manifest) -> Iterator[str]:
    positions = [window.window for window in manifest.settlement_windows]
    if positions != sorted(set(positions)) or (positions and positions[-1] >= manifest.total_windows):
        yield f"settlement_windows: expected rising positions below {manifest.total_windows:,}, got {positions[:20]}"
    for window in manifest.settlement_windows:
        used = [window.owner, *(piece.part for piece in window.pieces)]
        if max(used) >= len(manifest.parts):
            yield f"settlement window {window.window:,}: expected parts below {len(manifest.parts)}, got {max(used)}"
        tokens = sum(piece.tokens for piece in window.pieces)
        yield from unequal(f"settlement window {window.window:,}: tokens", manifest.seq_len, tokens)


def _wrong_documents(manifest: Manifest) -> Iterator[str]:
    for source, stages in manifest.documents.items():
        for stage, account in stages.items():
            accounted = account.documents_out + account.quarantined + sum(account.dropped.values())
            what = f"documents.{source}.{stage}: out + dropped + quarantined"
            yield from unequal(what, account.documents_in, accounted)
        for (before, given), (after, taken) in pairwise(stages.items()):
            what = f"documents.{source}: {after} takes in what {before} gives out"
            yield from unequal(what, given.documents_out, taken.documents_in)
    for part in manifest.parts:
        held = manifest.eval[part.path].documents if part.path in manifest.eval else 0
        last = [
            list(manifest.documents[source].values())[-1:] for source in part.sources if source in manifest.documents
        ]
        if last and all(last):
            kept = sum(account[0].documents_out for account in last)
            told = f"parts.{part.path}: supply and hold-out are the documents that its sources kept"
            yield from unequal(told, kept, part.supply_documents + held)
        told = f"parts.{part.path}: documents in windows, served before and unused are the supply"
        unused = manifest.unused_documents.get(part.path, 0)
        yield from unequal(told, part.supply_documents, part.documents + part.served_documents + unused)


def _wrong_copies(manifest: Manifest) -> Iterator[str]:
    """Yield where the lists of copies and the counts of near-duplicates differ from the documents dropped."""
    if manifest.duplicates is not None:
        listed: dict[str, Counter[str]] = {}
        for record in manifest.duplicates:
            listed.setdefault(record.source, Counter()).update(record.dropped)
            yield from unequal(f"{record.file}: rows, by reason", record.rows, sum(record.dropped.values()))
        for source, dropped in _dropped_copies(manifest).items():
            what = f"documents.{source}: copies dropped, as duplicates lists them"
            yield from unequal(what, dict(sorted(dropped.items())), dict(sorted(listed.pop(source, Counter()).items())))
        for source in listed:
            yield f"duplicates: expected a source that dropped copies, got {source!r}"
    if manifest.near_duplicates:
        told = {name: n for name, n in manifest.near_duplicates.items() if n and name not in CLUSTERS}
        found = sum(_dropped_copies(manifest).values(), Counter[str]())
        alike = {reason: n for reason, n in found.items() if not reason.startswith("exact")}
        yield from unequal(
            "near_duplicates: dropped, by reason", dict(sorted(alike.items())), dict(sorted(told.items()))
        )


def _wrong_contamination(manifest: Manifest) -> Iterator[str]:
    """Yield where the documents that suites dropped cannot be those that the rule dropped; one may hold several."""
    if manifest.contamination is None or manifest.generations:  # the rule may not have run in every generation
        return
    suites = [suite.dropped for suite in manifest.contamination.values()]
    dropped = sum(
        record.dropped.get(CONTAMINATED, 0) for stages in manifest.documents.values() for record in stages.values()
    )
    if not max(suites, default=0) <= dropped <= sum(suites):
        told = f"expected {max(suites, default=0):,} to {sum(suites):,}, as suites dropped"
        yield f"documents dropped as {CONTAMINATED}: {told}, got {dropped:,}"


def _dropped_copies(manifest: Manifest) -> dict[str, Counter[str]]:
    """Return how many documents of each source were dropped as copies, by reason; of those sources that lost some."""
    found: dict[str, Counter[str]] = {}
    for source, stages in manifest.documents.items():
        for name in COPYING_STAGES & stages.keys():
            found.setdefault(source, Counter()).update(stages[name].dropped)
    return {source: dropped for source, dropped in found.items() if dropped}


def _wrong_eval(manifest: Manifest, path: str, entry: EvalRecord) -> Iterator[str]:
    if path not in [part.path for part in manifest.parts]:
        yield f"expected a part of the manifest, got {path!r}"
    yield from unequal("windows", sum(shard.windows for shard in entry.shards), entry.windows)
    yield from unequal("tokens", sum(sum(shard.tokens.values()) for shard in entry.shards), entry.tokens)


def _wrong_files(folder: str, shards: tuple[ShardRecord, ...], lineage: list[str]) -> Iterator[str]:
    for number, shard in enumerate(shards):
        name = posixpath.join(folder, f"shard.{number:05}.mds")
        yield from unequal(f"shard {number:,}", name, shard.file)
        if shard.stored is not None:
            yield from unequal(f"shard {number:,}", f"{name}.zstd", shard.stored.file)
    if lineage:
        expected = [posixpath.join(folder, "lineage", f"{number:05}.parquet") for number in range(len(shards))]
        yield from unequal(f"lineage of {folder or 'the shards'}", expected, lineage)
