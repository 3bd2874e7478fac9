"""What the keepers stage tells the report of the documents that are alike; its size does not grow with the corpus."""

from pydantic import BaseModel, ConfigDict

SIMILARITY_BINS = 20
LARGEST = 20  # clusters told one by one
MEMBERS = 4  # dropped documents told of each


class Told(BaseModel):
    """A value of the summary."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class NearDocument(Told):
    """A document, by its place; see dedup/places.py."""

    source: str
    chunk: int
    row: int


class DroppedMember(NearDocument):
    """A dropped document of a cluster."""

    similarity: float  # estimated, to the cluster's keeper


class LargeCluster(Told):
    """One of the largest clusters; of equal ones those with the earlier keeper."""

    documents: int
    kept: int  # documents of it that stay; more than one where the ends of a chain are unlike
    keeper: NearDocument  # for which most of the others go
    members: tuple[DroppedMember, ...]  # some of those dropped for the keeper, from the most to the least similar


class ClusterSizes(Told):
    """Clusters of about one size: from `documents_from` to less than twice as many documents."""

    documents_from: int  # a power of two, 2 at least
    clusters: int
    documents: int


class Overlap(Told):
    """Documents of a source that were dropped for documents of a source."""

    source: str  # of those dropped
    keeper_source: str  # the same, an earlier one, or one of an index
    documents: int


class KeepersSummary(Told):
    """All clusters: documents connected by verified pairs, indexes included. `Outcome.summary` of the stage's one task.

    Attributes:
        clusters: how many there are, of two documents or more.
        clustered: documents in them.
        dropped: documents that go.
        pairs: verified pairs, each counted once.
        sizes: by size, ascending; sizes that no cluster has are left out.
        pairs_by_similarity: (SIMILARITY_BINS,) from 0 to 1 in equal steps; 1 itself is in the last bin.
        overlap: sources in order of priority, first of the dropped, then of the keepers; only what is not 0.
        largest: clusters, largest first.
    """

    clusters: int = 0
    clustered: int = 0
    dropped: int = 0
    pairs: int = 0
    sizes: tuple[ClusterSizes, ...] = ()
    pairs_by_similarity: tuple[int, ...] = (0,) * SIMILARITY_BINS
    overlap: tuple[Overlap, ...] = ()
    largest: tuple[LargeCluster, ...] = ()
