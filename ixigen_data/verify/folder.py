"""The files of one folder against the manifest: the index that readers trust, and files that should not be there."""

import json
import posixpath
from collections.abc import Iterator, Sequence

from pydantic import JsonValue

from ixigen_data.core.digests import digest_bytes
from ixigen_data.core.files import join, names_in, read_bytes
from ixigen_data.shards.manifest import Manifest, ShardRecord, StoredFile
from ixigen_data.verify.findings import Problem, unequal
from ixigen_data.verify.mds import expected_config

INDEX = "index.json"
CLAIM = ".building.json"  # stands while a build writes here


def wrong_index(
    url: str, folder: str, shards: Sequence[ShardRecord], seq_len: int, size_limit: int | None
) -> Iterator[Problem]:
    """Yield where `index.json` of a folder differs from what the manifest and the shards' own heads ask for.

    Args:
        size_limit: of shards, as their heads say; None where no head was read: the index's own is taken then.
    """
    file = posixpath.join(folder, INDEX)
    try:
        index = json.loads(read_bytes(join(url, file)))
    except FileNotFoundError:
        yield Problem(file=file, message="missing")
        return
    except (ValueError, OSError) as error:
        yield Problem(file=file, message=f"not JSON: {error}")
        return
    size_limit = _size_limit(index) if size_limit is None else size_limit
    for message in _differences([_entry(shard, seq_len, size_limit) for shard in shards], index):
        yield Problem(file=file, message=message)


def wrong_extras(url: str, manifest: Manifest) -> Iterator[Problem]:
    """Yield which of the smaller files of the manifest are not what it says: statistics, what was served, lines."""
    served = [generation.continues.served for generation in manifest.each_generation() if generation.continues]
    for record in [*([manifest.statistics] if manifest.statistics else []), *served, *manifest.lines.values()]:
        try:
            data = read_bytes(join(url, record.file))
        except FileNotFoundError:
            yield Problem(file=record.file, message="missing")
            continue
        for message in (
            *unequal("bytes", record.bytes, len(data)),
            *unequal("xxh3_128", record.digests["xxh3_128"], digest_bytes(data)),
        ):
            yield Problem(file=record.file, message=message)


def extra_files(url: str, manifest: Manifest) -> Iterator[Problem]:
    """Yield shards, lineage files and hold-outs that the manifest does not name."""
    stored = {(shard.stored or shard).file for shard in manifest.shards}
    lineage = {record.file for record in manifest.lineage}
    known = stored | lineage
    names = names_in(url)
    # A build that adds a generation has claimed the folder; what it wrote so far does no harm to readers.
    told = "of a generation that is not finished; run its build again" if CLAIM in names else "not in the manifest"
    for name in names:
        if ".mds" in name and not name.startswith(".") and name not in known:
            yield Problem(file=name, message=f"extra: {told}")
    known |= {record.file for record in manifest.lines.values()}
    yield from _extra_below(url, "lineage", known, told)
    yield from _extra_below(url, "lines", known, told)
    for entry in manifest.eval.values():
        known |= {(shard.stored or shard).file for shard in entry.shards} | {record.file for record in entry.lineage}
    known |= {posixpath.join("eval", path, INDEX) for path in manifest.eval}
    yield from _extra_below(url, "eval", known, told)


def _extra_below(url: str, folder: str, known: set[str], told: str) -> Iterator[Problem]:
    """Yield what stands below a folder and is neither known nor on the way to something known."""
    for name in names_in(join(url, folder)):
        file = posixpath.join(folder, name)
        if any(other.startswith(f"{file}/") for other in known):
            yield from _extra_below(url, file, known, told)
        elif file not in known and not name.startswith("."):
            yield Problem(file=file, message=f"extra: {told}")


def _entry(shard: ShardRecord, seq_len: int, size_limit: int | None) -> dict[str, JsonValue]:
    return {
        "samples": shard.windows,
        "raw_data": _file_info(shard),
        "zip_data": None if shard.stored is None else _file_info(shard.stored),
        "size_limit": size_limit,
        **expected_config(seq_len, sorted(shard.digests), compressed=shard.stored is not None),
    }


def _size_limit(index: JsonValue) -> int | None:
    """Return the limit that the first entry of an index names."""
    entries = index.get("shards") if isinstance(index, dict) else None
    limit = (
        entries[0].get("size_limit") if isinstance(entries, list) and entries and isinstance(entries[0], dict) else None
    )
    return limit if isinstance(limit, int) else None


def _file_info(file: StoredFile) -> JsonValue:
    return {"basename": posixpath.basename(file.file), "bytes": file.bytes, "hashes": dict(file.digests)}


def _differences(entries: Sequence[dict[str, JsonValue]], index: JsonValue) -> Iterator[str]:
    """Yield what differs, the first shard's difference first and no more than one a shard."""
    if not isinstance(index, dict) or sorted(index) != ["shards", "version"] or not isinstance(index["shards"], list):
        yield "expected an object with a version and a list of shards"
        return
    yield from unequal("version", 2, index["version"])
    yield from unequal("number of shards", len(entries), len(index["shards"]))
    for number, (expected, got) in enumerate(zip(entries, index["shards"], strict=False)):
        if expected != got:
            yield f"shard.{number:05}.mds: {_difference(expected, got, 'entry')}"


def _difference(expected: JsonValue, got: JsonValue, path: str) -> str:
    """Return the first difference between two values, with its path."""
    if isinstance(expected, dict) and isinstance(got, dict):
        if expected.keys() != got.keys():
            return f"{path}: expected the keys {sorted(expected)}, got {sorted(got)}"
        for key, value in expected.items():
            if value != got[key]:
                return _difference(value, got[key], f"{path}.{key}")
    return next(iter(unequal(path, expected, got)))
