"""What statistics.json tells of deduplication: clusters of documents that are alike, and items of suites that were met.

Bounded: a few clusters and documents are told one by one, the rest is counted.
"""

from pydantic import Field

from ixigen_data.shards.manifest import Count, Record


class ShownDocument(Record):
    """A document of a cluster, as cleaned."""

    source: str
    id: str
    similarity: float | None = None  # estimated, to the keeper; None for the keeper itself
    chars: Count = 0  # code points of the whole text; 0 where an index keeps none
    before: Count = 0  # code points that are left out before `text`: what all of its cluster begin with
    text: str = ""


class ShownCluster(Record):
    """One of the largest clusters."""

    documents: Count
    kept: Count
    keeper: ShownDocument
    members: tuple[ShownDocument, ...]  # a few of those dropped for the keeper, the most similar first


class SizeBin(Record):
    """Clusters of `documents_from` to less than twice as many documents."""

    documents_from: Count
    clusters: Count
    documents: Count


class NearStatistics(Record):
    """Documents that are alike; sources in order of priority."""

    clusters: Count
    documents: Count  # in clusters
    pairs: Count  # verified
    threshold: float  # of the similarity from which on two are alike
    sizes: tuple[SizeBin, ...]
    pairs_by_similarity: tuple[Count, ...]  # from 0 to 1 in equal steps
    overlap: dict[str, dict[str, Count]]  # documents dropped, by their source, then by their keeper's
    largest: tuple[ShownCluster, ...] = ()


class MetItem(Record):
    """An item of a suite and the documents that hold it."""

    suite: str
    item: str
    documents: Count


class MetDocument(Record):
    """A document that holds an item of a suite."""

    source: str
    id: str
    suite: str
    item: str
    action: str  # "dropped" or "edited"


class ContaminationStatistics(Record):
    """What evaluation suites were found in; sources in recipe order."""

    by_source: dict[str, dict[str, Count]] = Field(default_factory=dict)  # documents, by source, then by suite
    items: tuple[MetItem, ...] = ()  # those in the most documents
    hidden_items: Count = 0
    documents: tuple[MetDocument, ...] = ()
    hidden_documents: Count = 0


class FrequentLine(Record):
    """A line that many documents share, as it was counted: numbers are 0, capitals small."""

    text: str
    documents: Count


class LinesStatistics(Record):
    """The frequent lines of one source and what became of its documents."""

    documents: Count  # that lost some
    lines: Count  # taken out, as often as they stood there
    text_bytes: Count  # of them
    emptied: Count = 0  # documents that held nothing else, and were dropped
    frequent: Count  # different lines
    examples: tuple[FrequentLine, ...] = ()  # those of the most documents
