"""The recipe keys of a source."""

import posixpath
from typing import Literal, Self

from pydantic import field_validator, model_validator

from ixigen_data.core.files import without_secrets
from ixigen_data.core.settings import Settings

Format = Literal[
    "jsonl", "json", "parquet", "arrow", "csv", "tsv", "text", "html", "warc", "nikl", "aihub", "kspon"
]  # fmt: skip
Encoding = Literal["auto", "utf-8", "cp949"]
Extraction = Literal["balanced", "precision"]
Speakers = Literal["keep", "drop"]
Form = Literal["form", "original"]

COMPRESSIONS = {".gz": "gz", ".zst": "zst", ".zstd": "zst"}
ARCHIVE = ".zip"
MEMBER = f"{ARCHIVE}!/"  # between an archive's URL and a name inside it: "corp/a.zip!/calls/1.jsonl"
_FORMATS: dict[str, Format] = {
    **dict.fromkeys((".jsonl", ".ndjson", ".jsonlines"), "jsonl"),
    **dict.fromkeys((".parquet", ".pq"), "parquet"),
    **dict.fromkeys((".arrow", ".ipc", ".arrows", ".feather"), "arrow"),
    **dict.fromkeys((".html", ".htm", ".xhtml"), "html"),
    ".json": "json",
    ".csv": "csv",
    ".tsv": "tsv",
    ".warc": "warc",
}
# Suffixes that are certainly one document a file; anything else needs `format: text`, so that a typing mistake is not
# read as prose.
_TEXTS = frozenset(
    ".txt .text .md .markdown .rst .adoc .org .tex .xml .yaml .yml .toml .ini .cfg .sql .sh .bash"
    " .py .pyi .js .jsx .ts .tsx .java .kt .scala .c .h .cc .cpp .hpp .cs .go .rs .rb .php .swift .lua .r .pl".split()
)
_WITHOUT_KEYS = {"text", "html", "kspon"}
_LAYOUTS = {"nikl", "aihub"}  # where the text stands is known
# Archives of corpora hold sound and text beside the JSON files, or beside the texts.
_MEMBERS: dict[Format, tuple[str, ...]] = {
    "nikl": ("**/*.json", "**/*.JSON"),
    "aihub": ("**/*.json", "**/*.JSON"),
    "kspon": ("**/*.txt", "**/*.trn"),
}
_WARC_KEYS = ("id", "url", "date")


class SourceSettings(Settings):
    """A corpus: where its files lie and what they hold.

    `path` is one pattern or several (`*`, `?`, `[abc]` within a name, `**` for any depth; names that begin with a dot
    are matched only by a pattern that does so too). `text`, `id` and `metadata` name keys of a record or columns of a
    table; `a.b` reaches into an object, unless a key of that very name is there. `encoding: auto` is strict UTF-8, with
    or without a byte order mark, else strict cp949. `members` matches names inside zip archives, `quotes: false` takes
    the quotes of a csv or tsv file as they stand, and `extraction: precision` keeps less of a web page, but surer text.
    The keys of a WARC record are `id`, `url` and `date`.

    Of `format: json`, `records` leads to the list whose objects are the records. `nikl` and `aihub` know where text and
    id stand; `form: original` takes the transcription with its marks where a corpus has both, and `speakers: drop`
    leaves out who speaks.
    """

    path: str | tuple[str, ...]
    format: Format | None = None  # None: from the file name
    text: str = "text"
    id: str | None = None  # None: the file's name and the record's place in it
    metadata: tuple[str, ...] = ()
    language: str | None = None
    license: str | None = None
    encoding: Encoding = "auto"
    members: str | tuple[str, ...] | None = None  # None: every member whose name does not begin with a dot
    quotes: bool = True
    extraction: Extraction = "balanced"
    records: str | None = None  # None: the file is a list of records, or one
    speakers: Speakers = "keep"
    form: Form = "form"

    @property
    def patterns(self) -> tuple[str, ...]:
        """The patterns as a tuple, however many were written."""
        return (self.path,) if isinstance(self.path, str) else self.path

    @property
    def member_patterns(self) -> tuple[str, ...]:
        """The patterns of names inside archives."""
        if self.members is None:
            return _MEMBERS.get(self.format, ("**",)) if self.format else ("**",)
        return (self.members,) if isinstance(self.members, str) else self.members

    @field_validator("path")
    @classmethod
    def _names_something(cls, path: str | tuple[str, ...]) -> str | tuple[str, ...]:
        patterns = (path,) if isinstance(path, str) else path
        if not patterns or not all(pattern.strip() for pattern in patterns):
            raise ValueError("names no file; write a file or a pattern such as corpora/wiki/*.jsonl.zst")
        return path

    @field_validator("text", "id")
    @classmethod
    def _key_has_a_name(cls, key: str | None) -> str | None:
        if key == "":
            raise ValueError("is empty; name a key of the records, such as text")
        return key

    @field_validator("records")
    @classmethod
    def _list_has_a_name(cls, records: str | None) -> str | None:
        if records is not None and not all(records.split(".")):
            raise ValueError(f"{records!r} leads nowhere; name the key of a list, such as data or data.items")
        return records

    @field_validator("metadata")
    @classmethod
    def _keys_differ(cls, keys: tuple[str, ...]) -> tuple[str, ...]:
        for key in keys:
            if not key or keys.count(key) > 1:
                raise ValueError(f"{key!r} is empty or written twice; name each key once, such as [title, date]")
        return keys

    @model_validator(mode="after")
    def _texts_have_no_keys(self) -> Self:
        if self.format in _WITHOUT_KEYS and (self.id is not None or self.metadata):
            told = "leave out id and metadata, or set format: jsonl or parquet"
            raise ValueError(f"a {self.format} file has no keys; {told}")
        if self.format == "warc":
            for key in (*((self.id,) if self.id else ()), *self.metadata):
                if key not in _WARC_KEYS:
                    raise ValueError(f"{key!r} is no key of a WARC record; use {', '.join(_WARC_KEYS)}")
        return self

    @model_validator(mode="after")
    def _keys_fit_the_format(self) -> Self:
        if self.format in _LAYOUTS and (self.text != "text" or self.id is not None):
            told = "leave out text and id, or set format: json"
            raise ValueError(f"format: {self.format} knows where text and id stand; {told}")
        if self.records is not None and self.format != "json":
            raise ValueError("records needs format: json; set it, or leave out records")
        if self.format not in _LAYOUTS and (self.speakers, self.form) != ("keep", "form"):
            raise ValueError("speakers and form need format: nikl or aihub; set one of them, or leave both out")
        return self

    @field_validator("members")
    @classmethod
    def _matches_something(cls, members: str | tuple[str, ...] | None) -> str | tuple[str, ...] | None:
        patterns = (members,) if isinstance(members, str) else members
        if patterns is not None and not (patterns and all(pattern.strip("/ ") for pattern in patterns)):
            raise ValueError("matches no member; write a pattern such as **/*.jsonl, or leave it out")
        return members


def compression_of(url: str) -> str | None:
    """Return how a file is compressed, by its name: "gz", "zst" or None."""
    return COMPRESSIONS.get(posixpath.splitext(url.lower())[1])


def untold_format(url: str) -> str:
    """Return the message for a file whose name does not tell its format."""
    return f"{without_secrets(url)}: the name does not tell the format; set format: jsonl, parquet or text"


def format_of(url: str, settings: SourceSettings) -> Format | None:
    """Return a file's format: the recipe's, else by the file's name; None where that does not tell.

    >>> format_of("a/b.jsonl.zst", SourceSettings(path="x")), format_of("a/b.bin", SourceSettings(path="x"))
    ('jsonl', None)
    """
    if settings.format is not None:
        return settings.format
    stem, suffix = posixpath.splitext(url.lower())
    if suffix in COMPRESSIONS:
        suffix = posixpath.splitext(stem)[1]
    return _FORMATS.get(suffix, "text" if suffix in _TEXTS else None)


def archive_of(url: str) -> str | None:
    """Return the archive that a URL leads into, or that it names; None for any other file.

    >>> archive_of("a/b.zip!/c/d.jsonl"), archive_of("a/b.zip"), archive_of("a/b.jsonl")
    ('a/b.zip', 'a/b.zip', None)
    """
    place = url.lower().find(MEMBER)
    if place >= 0:
        return url[: place + len(ARCHIVE)]
    return url if url.lower().endswith(ARCHIVE) else None


def is_plain(url: str) -> bool:
    """Return whether a file's bytes are read as they lie: neither compressed nor inside an archive."""
    return compression_of(url) is None and archive_of(url) is None
