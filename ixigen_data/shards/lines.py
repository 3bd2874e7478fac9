"""The frequent lines of a dataset's sources, as they stand beside its shards: `lines/<source>.parquet`."""

import posixpath
from collections.abc import Mapping

from ixigen_data.core.digests import digest_bytes
from ixigen_data.core.errors import ShardError
from ixigen_data.core.files import join, read_bytes, without_secrets, write_bytes
from ixigen_data.core.ledger import Account
from ixigen_data.dedup.lines.frequent import FrequentLines, nothing_frequent
from ixigen_data.dedup.lines.strip import BOILERPLATE_ONLY, RULE
from ixigen_data.shards.dedup_statistics import FrequentLine, LinesStatistics
from ixigen_data.shards.earlier import open_earlier
from ixigen_data.shards.manifest import Manifest, StoredFile
from ixigen_data.shards.settings import ContinuesSettings

FOLDER = "lines"
SHOWN = 20  # lines of a source in statistics


def lines_statistics(table: FrequentLines, account: Account) -> LinesStatistics:
    """Return what the report tells of a source's lines."""
    return LinesStatistics(
        documents=account.edited[RULE],
        lines=account.counts["lines_removed"],
        text_bytes=account.counts["line_bytes_removed"],
        emptied=account.dropped[BOILERPLATE_ONLY],
        frequent=len(table),
        examples=tuple(FrequentLine(text=line, documents=documents) for line, documents in table.top(SHOWN)),
    )


def write_lines(
    url: str, tables: Mapping[str, FrequentLines], stands: Mapping[str, StoredFile]
) -> dict[str, StoredFile]:
    """Write the frequent lines of sources below a dataset's URL, and return their records.

    Args:
        stands: records of what an earlier generation wrote, which stays.
    """
    records = {source: record for source, record in stands.items() if source in tables}
    for source, table in tables.items():
        if source not in records:
            data = table.data()
            file = posixpath.join(FOLDER, f"{source}.parquet")
            write_bytes(join(url, file), data)
            records[source] = StoredFile(file=file, bytes=len(data), digests={"xxh3_128": digest_bytes(data)})
    return records


def published_lines(url: str, manifest: Manifest) -> dict[str, FrequentLines]:
    """Return the frequent lines of the dataset at `url` by source.

    Raises:
        ShardError: a file is missing, is not the one that the manifest names, or is of another version.
    """
    return {source: _read(url, record) for source, record in manifest.lines.items()}


def earlier_lines(settings: ContinuesSettings, source: str) -> FrequentLines | None:
    """Return the frequent lines that a continued dataset cut from a source; None where it has no such source.

    They are taken over as they are: counted again over other documents, they would cut other tokens from documents of
    which a part was served.

    Raises:
        ShardError: see `open_earlier` and `FrequentLines.parse`.
    """
    manifest = open_earlier(settings)
    if source not in manifest.sources:
        return None
    return published_lines(settings.dataset, manifest).get(source, nothing_frequent())


def _read(url: str, record: StoredFile) -> FrequentLines:
    place = without_secrets(join(url, record.file))
    try:
        data = read_bytes(join(url, record.file))
    except FileNotFoundError:
        raise ShardError(f"{place}: not found, but the manifest names it") from None
    expected, got = record.digests["xxh3_128"], digest_bytes(data)
    if got != expected:
        raise ShardError(f"{place}: expected the digest {expected}, got {got}; the file was changed")
    return FrequentLines.parse(data, place)
