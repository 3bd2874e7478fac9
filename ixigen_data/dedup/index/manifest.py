"""`index.json` of an index: what it was made of, what its signatures are, its chunks; a folder that has it is complete.

An index holds what deduplication knows of the documents that its recipe kept, and no text. Beside `index.json`, for
each chunk, rows counted anew over the documents that were kept:

- `00003.keys.npy`, and with near-duplicates `.signatures.npy`, `.bands.npy`, `.sizes.npy` and, with containment,
  `.sketch.npy`: as beside a chunk of cleaned documents
- `00003.ids.arrow`: the documents' ids
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from ixigen_data.core.digests import digest_value
from ixigen_data.core.errors import DedupError
from ixigen_data.core.files import exists, join, read_bytes, without_secrets, write_model
from ixigen_data.core.units import format_count
from ixigen_data.dedup.settings import Unit

FILE_NAME = "index.json"
VERSION = 1
_ADVICE = "write one with `ixigen-data index RECIPE --out URL`"


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class IndexFile(_Record):
    """A file as it was written."""

    bytes: int
    digest: str  # of its bytes


class IndexChunk(_Record):
    """Documents of one source, in its order."""

    stem: str
    source: str
    documents: int
    keys_digest: str  # digest_set of the documents' keys
    ids_digest: str  # of the ids themselves: compressed bytes may change with the library
    files: dict[str, IndexFile]  # by name

    def content(self) -> JsonValue:
        """Return what decides an index's digest."""
        arrays = {name: file.digest for name, file in self.files.items() if name.endswith(".npy")}
        return [self.stem, self.source, self.documents, self.ids_digest, {**arrays}]


class IndexSource(_Record):
    """A source of the recipe that the index was made from."""

    documents: int
    kept_digest: str  # digest_set of their keys, as a dataset's manifest has it
    language: str | None = None
    unit: Unit | None = None  # of its shingles, where there are signatures


class IndexNear(_Record):
    """What decides signatures; they can be compared only where all of it is the same."""

    version: int
    bands: int
    rows: int
    sizes: dict[Unit, int]  # of a shingle, by the units of the sources
    containment: bool


class IndexManifest(_Record):
    """An index. `digest` covers all but the name, so it pins what is dropped and by whose side."""

    kind: Literal["ixigen_dedup_index"] = "ixigen_dedup_index"
    version: int = VERSION
    name: str  # of the recipe
    key: Literal["xxh3_128"] = "xxh3_128"  # of the cleaned text
    near: IndexNear | None = None
    sources: dict[str, IndexSource]
    documents: int
    chunks: tuple[IndexChunk, ...]
    digest: str = ""

    def sealed(self) -> Self:
        """Return the index with its digest."""
        return self.model_copy(update={"digest": self.digest_of()})

    def digest_of(self) -> str:
        """Return the digest of what stands here: stored sizes and the bytes of compressed files are left out."""
        value = self.model_dump(mode="json", exclude={"name", "digest", "chunks"})
        return digest_value([value, [chunk.content() for chunk in self.chunks]])

    @property
    def sizes(self) -> dict[str, int]:
        """The size in bytes of every file but `index.json`, by name."""
        return {name: file.bytes for chunk in self.chunks for name, file in chunk.files.items()}

    def write(self, url: str) -> None:
        """Write `index.json`; last of all."""
        write_model(join(url, FILE_NAME), self)

    @classmethod
    def load(cls, url: str) -> Self:
        """Return the index that stands in a folder.

        Raises:
            DedupError: there is none, it is damaged, or it is of another version.
        """
        shown, place = without_secrets(url), join(url, FILE_NAME)
        if not exists(place):
            found = "holds no index.json" if exists(url) else "there is nothing"
            raise DedupError(f"{shown}: {found}; {_ADVICE}, and name that folder")
        data = read_bytes(place)
        _must_be_index(data, shown)
        try:
            manifest = cls.model_validate_json(data)
        except ValidationError as fault:
            raise DedupError(f"{shown}: its index.json is damaged ({_told(fault)}); {_ADVICE} again") from None
        if manifest.digest != manifest.digest_of():
            raise DedupError(f"{shown}: its index.json was edited or damaged: its digest is wrong; {_ADVICE} again")
        return manifest


class _Head(BaseModel):
    """What every version of `index.json` begins with."""

    kind: str = ""
    version: int = 0


def _must_be_index(data: bytes, shown: str) -> None:
    """Raise unless `index.json` is that of an index of this version."""
    try:
        head = _Head.model_validate_json(data)
    except ValidationError as fault:
        raise DedupError(f"{shown}: its index.json is damaged ({_told(fault)}); {_ADVICE} again") from None
    if head.kind != "ixigen_dedup_index":
        raise DedupError(f"{shown}: is a dataset, or something else, not an index; {_ADVICE} from the dataset's recipe")
    if head.version != VERSION:
        raise DedupError(
            f"{shown}: an index of version {head.version}, this program reads version {VERSION}; {_ADVICE} again"
        )


def _told(fault: ValidationError) -> str:
    first = fault.errors(include_url=False)[0]
    return f"{'.'.join(map(str, first['loc'])) or 'JSON'}: {first['msg']}"


class KnownIndex(BaseModel):
    """An index as a build was planned with it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str
    digest: str

    def load(self) -> IndexManifest:
        """Return the index.

        Raises:
            DedupError: it has become another one, or see `IndexManifest.load`.
        """
        return _load(self.url, self.digest)

    def must_be_whole(self, sizes: Mapping[str, int]) -> None:
        """Check the files that stand there, sizes in bytes by name.

        Raises:
            DedupError: names the first that is missing or of another size.
        """
        for name, expected in self.load().sizes.items():
            if sizes.get(name) != expected:
                found = "is missing" if name not in sizes else f"holds {format_count(sizes[name])} bytes"
                raise DedupError(
                    f"{without_secrets(self.url)}: damaged: {name} {found}, index.json says {format_count(expected)}; "
                    "fetch the index once more, or write it again with `ixigen-data index`"
                )


@lru_cache(maxsize=16)
def _load(url: str, digest: str) -> IndexManifest:
    manifest = IndexManifest.load(url)
    if manifest.digest != digest:
        raise DedupError(
            f"{without_secrets(url)}: has become another index since this build was planned: digest "
            f"{manifest.digest}, not {digest}; run the build again"
        )
    return manifest
