"""A dataset without its shards: seals, sums, indexes, and the sizes of stored files. Seconds for 10^5 shards."""

import posixpath
from collections.abc import Iterator

from pydantic import BaseModel, Field

from ixigen_data.core.errors import ShardError
from ixigen_data.core.files import sizes_below
from ixigen_data.shards.manifest import FILE_NAME, Manifest, StoredFile
from ixigen_data.verify.consistency import wrong_names, wrong_seals, wrong_sums
from ixigen_data.verify.findings import Problem, unequal
from ixigen_data.verify.folder import INDEX, wrong_extras, wrong_index

# What only a recount of the shards' bytes finds.
NOT_CHECKED = (
    "digests of shards and lineage",
    "counts of tokens and windows",
    "borders of documents",
    "lists of copies",
)


class StoredCheck(BaseModel):
    """What was found without reading a shard."""

    problems: list[Problem] = Field(default_factory=list)
    files: int = 0  # that the manifest names
    bytes: int = 0  # of them, as stored
    not_checked: tuple[str, ...] = NOT_CHECKED

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def verify_stored(url: str) -> StoredCheck:
    """Return what the manifest, the indexes and one listing of the dataset at `url` say of each other."""
    try:
        manifest = Manifest.load(url)
    except ShardError as error:
        return StoredCheck(problems=[Problem(file=FILE_NAME, message=str(error).split(f"{FILE_NAME}: ", 1)[-1])])
    named = _named(manifest)
    messages = [*wrong_seals(manifest), *wrong_names(manifest), *wrong_sums(manifest)]
    problems = [
        *(Problem(file=FILE_NAME, message=message) for message in messages),
        *_wrong_sizes(named, sizes_below(url)),
        *_wrong_indexes(url, manifest),
        *wrong_extras(url, manifest),
    ]
    return StoredCheck(problems=problems, files=len(named), bytes=sum(file.bytes for file in named.values()))


def _named(manifest: Manifest) -> dict[str, StoredFile]:
    """Return the files of shards, lineage and copies by name, compressed where they are."""
    shards = [*manifest.shards, *(shard for entry in manifest.eval.values() for shard in entry.shards)]
    lineage = [*manifest.lineage, *(record for entry in manifest.eval.values() for record in entry.lineage)]
    files = [*(shard.stored or shard for shard in shards), *lineage, *(manifest.duplicates or ())]
    files += [manifest.contaminated] if manifest.contaminated else []
    return {file.file: file for file in files}


def _wrong_sizes(named: dict[str, StoredFile], found: dict[str, int]) -> Iterator[Problem]:
    for name, file in named.items():
        if name not in found:
            yield Problem(file=name, message="missing")
        for message in unequal("bytes", file.bytes, found.get(name, file.bytes)):
            yield Problem(file=name, message=message)
    for name in sorted(found.keys() - named.keys()):
        folder, _, base = name.partition("/")
        ours = folder in ("lineage", "eval") if base else ".mds" in name
        if ours and not posixpath.basename(name).startswith(".") and posixpath.basename(name) != INDEX:
            yield Problem(file=name, message="extra: not in the manifest")


def _wrong_indexes(url: str, manifest: Manifest) -> Iterator[Problem]:
    yield from wrong_index(url, "", manifest.shards, manifest.seq_len, None)
    for path, entry in manifest.eval.items():
        if entry.shards:
            yield from wrong_index(url, posixpath.join("eval", path), entry.shards, manifest.seq_len, None)
