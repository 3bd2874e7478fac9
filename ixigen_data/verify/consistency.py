"""A manifest against itself: seals, sums and names, without looking at a shard."""

import posixpath
from collections.abc import Iterator
from itertools import pairwise

from ixigen_data.shards.manifest import EvalRecord, Manifest, PartRecord, ShardRecord
from ixigen_data.verify.findings import unequal


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
