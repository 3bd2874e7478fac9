"""`index.json`, what StreamingDataset reads first; so it is written last, after every shard is known to be stored."""

import json
import posixpath
from collections.abc import Sequence

from pydantic import JsonValue

from ixigen_data.core.errors import ShardError
from ixigen_data.core.files import join, size_of, without_secrets, write_bytes
from ixigen_data.core.units import format_count
from ixigen_data.shards.layout import Layout
from ixigen_data.shards.manifest import ShardRecord, StoredFile

FILE_NAME = "index.json"


def index_json(shards: Sequence[ShardRecord], layout: Layout) -> bytes:
    """Return the index of shards of one folder, byte for byte what MDSWriter writes."""
    entries = [
        {
            "samples": shard.windows,
            "raw_data": _file_info(shard),
            "zip_data": None if shard.stored is None else _file_info(shard.stored),
            **layout.config,
        }
        for shard in shards
    ]
    return json.dumps({"version": 2, "shards": entries}, sort_keys=True).encode()


def write_index(url: str, folder: str, shards: Sequence[ShardRecord], layout: Layout) -> None:
    """Write the index of one folder ("" or "eval/<part>") of the dataset at `url`.

    Raises:
        ShardError: a shard is not stored, or not with the size that its record says.
    """
    for shard in shards:
        _must_be_stored(url, shard.stored or shard)
    write_bytes(join(url, folder, FILE_NAME), index_json(shards, layout))


def _must_be_stored(url: str, file: StoredFile) -> None:
    place = join(url, file.file)
    try:
        size_bytes = size_of(place)
    except FileNotFoundError:
        raise ShardError(f"{without_secrets(place)}: not stored, so no index is written; build again") from None
    if size_bytes != file.bytes:
        expected, got = format_count(file.bytes), format_count(size_bytes)
        raise ShardError(f"{without_secrets(place)}: expected {expected} bytes, got {got}; remove it and build again")


def _file_info(file: StoredFile) -> JsonValue:
    return {"basename": posixpath.basename(file.file), "bytes": file.bytes, "hashes": dict(file.digests)}
