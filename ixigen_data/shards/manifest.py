"""The manifest of a dataset: the seam between the data side and the training side.

`manifest.json` says what every shard holds and where it came from. Two digests stand in it: `digest` names the data
(same recipe, same digest, on any machine), `checksum` covers the file itself, so that an edit by hand does not pass.
"""

import json
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, AliasChoices, BaseModel, ConfigDict, Field, JsonValue, ValidationError

from ixigen_data.core.digests import digest_value
from ixigen_data.core.errors import ShardError
from ixigen_data.core.files import join, read_bytes, without_secrets, write_bytes
from ixigen_data.core.ledger import Account
from ixigen_data.core.settings import first_mistake

FILE_NAME = "manifest.json"
SCHEMA_VERSION = 1
SETTLEMENT = 65535  # the value of the column `part` in a window that several parts share

_HISTORY = {"served_tokens", "served_documents"}

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Count = Annotated[int, Field(ge=0)]


def _known(digests: dict[str, str]) -> dict[str, str]:
    if "xxh3_128" not in digests or not digests.keys() <= {"xxh3_128", "sha256"}:
        raise ValueError(f"expected xxh3_128 and perhaps sha256, got {', '.join(digests) or 'nothing'}")
    return digests


Digests = Annotated[dict[str, str], AfterValidator(_known)]


class Record(BaseModel):
    """One record of a manifest: frozen, and strict about keys, so that a misspelt key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class TokenizerRecord(Record):
    """The tokenizer, and how it was used."""

    fingerprint: str
    vocab_size: int
    eos: str
    eos_id: int
    bos: str | None = None
    bos_id: int | None = None
    pad: str
    pad_id: int
    backends: dict[str, str] = {}  # by source: "fast" or "reference"
    literal_specials: dict[str, Count] = {}  # special-token strings met in text and encoded as plain text, by token


class PartRecord(Record):
    """A leaf of the mixture. Token counts are over the training windows, settlement pieces included.

    `tokens` = content + EOS + BOS = unique + repeated; pad is apart.
    """

    path: str  # "replay/ko"
    weight: str  # as in the recipe, exact
    sources: tuple[str, ...]
    target_tokens: Count
    tokens: Count
    content_tokens: Count
    eos_tokens: Count
    bos_tokens: Count = 0
    pad_tokens: Count = 0
    unique_tokens: Count
    repeated_tokens: Count
    supply_tokens: Count  # what its sources hold for training, once, without the hold-out
    supply_documents: Count
    documents: Count  # distinct documents that have a token in a window, those of `served_documents` left out
    served_tokens: Count = 0  # by the datasets that this one continues, over all epochs
    served_documents: Count = 0  # that have a token there and none here, in the first generation
    epochs: float  # tokens / supply_tokens
    max_epochs: float
    windows: Count  # windows of this part alone: those with its index in the column `part`


class NodeRecord(Record):
    """Planned and written tokens of a node of the mixture, inner nodes and the root ("") included."""

    path: str
    weight: str
    target_tokens: Count
    tokens: Count


class Piece(Record):
    """A run of tokens of one part within a settlement window."""

    part: Count  # index into `parts`
    tokens: Annotated[int, Field(gt=0)]


class SettlementWindow(Record):
    """A window that several parts share: remainders of parts, less than a window each. Pieces stand in their order."""

    window: Count
    owner: Count  # index into `parts`
    pieces: tuple[Piece, ...]


class SourceRecord(Record):
    """One source as it was read."""

    language: str | None = None
    license: str | None = None
    content_digest: Digest  # of the set of its cleaned documents
    kept_digest: Digest | None = None  # of the set of those that deduplication kept
    files: Count
    bytes: Count


class StageRecord(Record):
    """Documents of one source at one stage: in = out + dropped + quarantined."""

    documents_in: Count = Field(validation_alias=AliasChoices("in", "documents_in"), serialization_alias="in")
    documents_out: Count = Field(validation_alias=AliasChoices("out", "documents_out"), serialization_alias="out")
    dropped: dict[str, Count] = {}
    quarantined: Count = 0

    @classmethod
    def of(cls, account: Account) -> Self:
        """Return the record of a ledger's account."""
        return cls(
            documents_in=account.documents_in,
            documents_out=account.documents_out,
            dropped=dict(sorted(account.dropped.items())),
            quarantined=account.quarantined,
        )


class StoredFile(Record):
    """A file of the dataset, by its path below the dataset's URL."""

    file: str
    bytes: Count
    digests: Digests  # by algorithm: "xxh3_128", and "sha256" where the recipe asks for it


class ShardRecord(StoredFile):
    """One MDS shard; bytes and digests are those of the raw shard, whether it is stored compressed or not."""

    windows: Annotated[int, Field(gt=0)]
    tokens: dict[str, Count]  # by path of the part, settlement pieces included, pad left out
    stored: StoredFile | None = None  # the compressed file, where there is one


class LineageRecord(StoredFile):
    """One parquet file of lineage: the pieces of documents in the windows of one shard."""

    rows: Count


class DuplicatesRecord(StoredFile):
    """One parquet file of the copies of one source that were dropped, one row each."""

    source: str
    rows: Count
    dropped: dict[str, Count]  # by reason, as in `documents`


class SuiteRecord(Record):
    """What one evaluation suite found in the documents of all sources."""

    items: Count  # of the suite, found at least once
    dropped: Count = 0  # documents
    edited: Count = 0  # documents that stayed without the spans


class ContaminatedRecord(StoredFile):
    """The parquet file of the documents that hold an item of an evaluation suite."""

    rows: Count


class IndexRecord(Record):
    """An index of an earlier dataset, whose documents were kept out of this one."""

    name: str
    digest: Digest
    documents: Count


class EvalRecord(Record):
    """The hold-out of one part, in `eval/<path>/`."""

    windows: Count
    tokens: Count
    unused_tokens: Count = 0  # of its last document, beyond the last window
    documents: Count
    last_key: str | None = None  # the highest of the keys of its documents; the part trains on none up to it
    shards: tuple[ShardRecord, ...]
    lineage: tuple[LineageRecord, ...] = ()


class StretchRecord(Record):
    """Windows start … stop - 1: a stage of the recipe."""

    name: str
    start: Count
    stop: Count


class ScheduleRecord(Record):
    """Planned shares along the dataset, where weights change; windows count from the first of the last generation."""

    stages: tuple[StretchRecord, ...] = ()
    borders: tuple[Count, ...]  # of at most 64 stretches
    ratios: dict[str, tuple[float, ...]]  # by path of the part: its share of the windows of each stretch


class ContinuesRecord(Record):
    """The dataset that another one went on from, after `window` of its windows."""

    name: str
    digest: Digest
    window: Count
    served: StoredFile  # what had been served by then, by source, bucket and document


class GenerationRecord(Record):
    """What one build added to a dataset; generations stand one behind the other."""

    name: str
    digest: Digest | None = None  # of the dataset up to here; None for the last generation, where it is the dataset's
    seed: int
    first_window: Count
    windows: Count
    first_shard: Count
    parts: dict[str, PartRecord]  # of this generation alone, by path
    continues: ContinuesRecord | None = None
    recipe: JsonValue = None  # None for the last generation, whose recipe is the dataset's


class Manifest(Record):
    """Everything that is known of a dataset. `digest` and `checksum` are filled in by `sealed`."""

    schema_version: int = SCHEMA_VERSION
    name: str
    digest: Digest | None = None  # of the data: the digest of digests
    checksum: Digest | None = None  # of this file: everything else that stands in it
    seed: int
    seq_len: Annotated[int, Field(gt=0, multiple_of=8)]
    total_tokens: Count
    total_windows: Count
    tokenizer: TokenizerRecord
    parts: tuple[PartRecord, ...]
    nodes: tuple[NodeRecord, ...] = ()
    settlement_windows: tuple[SettlementWindow, ...] = ()
    documents: dict[str, dict[str, StageRecord]] = {}  # by source, then by stage
    unused_documents: dict[str, Count] = {}  # by path of the part
    unused_tokens: dict[str, Count] = {}
    sources: dict[str, SourceRecord]
    licenses: dict[str, str] = {}  # by source
    pii: dict[str, Count] = {}  # by kind
    near_duplicates: dict[str, Count] = {}  # "clusters", "documents" in them, "pairs", and those dropped, by reason
    duplicates: tuple[DuplicatesRecord, ...] | None = None  # None where nobody wrote them down
    contamination: dict[str, SuiteRecord] | None = None  # by suite; None where nothing was looked for
    contaminated: ContaminatedRecord | None = None
    indexes: tuple[IndexRecord, ...] | None = None
    quarantine: tuple[JsonValue, ...] = ()  # decisions on what a machine's fault kept from being processed
    shards: tuple[ShardRecord, ...]
    lineage: tuple[LineageRecord, ...] = ()
    eval: dict[str, EvalRecord] = {}  # by path of the part
    packing: Literal["concat", "best_fit"] = "concat"
    schedule: ScheduleRecord | None = None
    continues: ContinuesRecord | None = None
    generations: tuple[GenerationRecord, ...] = ()  # none where one build made the whole
    fingerprints: dict[str, str] = {}  # by stage
    versions: dict[str, str] = {}  # of libraries that had a hand in the bytes
    recipe: JsonValue = None  # resolved, without secrets
    lines: dict[str, StoredFile] = {}  # by source: the frequent lines that were cut from its documents; shards/lines.py
    statistics: StoredFile | None = None  # what the report shows beyond this manifest: shards/statistics.py

    @classmethod
    def load(cls, url: str) -> Self:
        """Return the manifest of the dataset at `url`.

        Raises:
            ShardError: there is none, it is not a manifest, or a later version of ixigen wrote it.
        """
        place = without_secrets(join(url, FILE_NAME))
        try:
            return cls.parse(read_bytes(join(url, FILE_NAME)))
        except FileNotFoundError:
            raise ShardError(
                f"{place}: not found; a dataset's manifest is written last, when its build is complete"
            ) from None
        except ShardError as error:
            raise ShardError(f"{place}: {error}") from None

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Return the manifest that a file's bytes hold.

        Raises:
            ShardError: the bytes are not a manifest of a version known here.
        """
        # Straight from the bytes: by way of Python's own dicts, the 112 MB of 10^5 shards take 3.2 s instead of 2.2.
        version: JsonValue
        try:
            manifest = cls.model_validate_json(data)
            fault, version = "", manifest.schema_version
        except ValidationError as error:
            fault, version = first_mistake(error), _version_of(data)
        if version != SCHEMA_VERSION:
            raise ShardError(f"schema_version: expected {SCHEMA_VERSION}, got {version!r}")
        if fault:
            raise ShardError(fault)
        return manifest

    def each_generation(self) -> tuple[GenerationRecord, ...]:
        """Return the generations, one of them where one build made the whole."""
        return self.generations or (
            GenerationRecord(
                name=self.name,
                seed=self.seed,
                first_window=0,
                windows=self.total_windows,
                first_shard=0,
                parts={part.path: part for part in self.parts},
                continues=self.continues,
            ),
        )

    def write(self, url: str) -> None:
        """Write the manifest of the dataset at `url`, sealed."""
        data = self.sealed().model_dump_json(indent=1, exclude_none=True, by_alias=True)
        write_bytes(join(url, FILE_NAME), f"{data}\n".encode())

    def sealed(self) -> Self:
        """Return the manifest with the `digest` and `checksum` that belong to it."""
        named = self.model_copy(update={"digest": self.digest_of(), "checksum": None})
        # As it will be read: every value that is written counts as set.
        named = self.model_validate_json(named.model_dump_json(exclude_none=True, by_alias=True))
        return named.model_copy(update={"checksum": named.checksum_of()})

    def digest_of(self) -> str:
        """Return the digest of the data, computed anew.

        It covers raw shard bytes, parts, settlement, the tokenizer and the sources' content; not names of files, host,
        time, versions of libraries, parquet or compressed bytes, nor which backend encoded the text.
        """
        return digest_value(
            {
                "schema_version": self.schema_version,
                "seq_len": self.seq_len,
                "tokenizer": self.tokenizer.model_dump(mode="json", exclude={"backends", "literal_specials"}),
                "parts": [part.model_dump(mode="json", exclude=_HISTORY) for part in self.parts],
                "settlement_windows": [window.model_dump(mode="json") for window in self.settlement_windows],
                "sources": {name: source.content_digest for name, source in self.sources.items()},
                "shards": _digests(self.shards),
                "eval": {path: _digests(entry.shards) for path, entry in self.eval.items()},
            }
        )

    def checksum_of(self) -> str:
        """Return the checksum of the file, computed anew: of every value in it but the checksum itself.

        Values that a later version of ixigen knows and the file does not hold are left out.
        """
        text = self.model_dump_json(exclude={"checksum"}, exclude_none=True, exclude_unset=True, by_alias=True)
        return digest_value(json.loads(text))


def _version_of(data: bytes) -> JsonValue:
    """Return what a file that is no manifest says of its version; None where it says nothing."""
    try:
        value = json.loads(data)
    except ValueError as error:  # UnicodeDecodeError included
        raise ShardError(f"not JSON: {error}") from None
    return value.get("schema_version") if isinstance(value, dict) else None


def _digests(shards: tuple[ShardRecord, ...]) -> list[JsonValue]:
    return [shard.digests["xxh3_128"] for shard in shards]
