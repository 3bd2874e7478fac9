"""Natural near-duplicates: every committed version of telecom laws, and reviews that follow templates."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import orjson
import zstandard

from benchmarks.exact_jaccard import exact_similarity
from benchmarks.harness import CORPORA
from benchmarks.near_contenders import PEER, Drop, name_of, run_all, write_texts
from benchmarks.rule_runs import texts_of
from ixigen_data.dedup.settings import NearSettings

VERSIONS = CORPORA / "ko_near_dup" / "law_versions_telecom.jsonl.zst"
REVIEWS = CORPORA / "ko_general" / "nsmc_reviews.jsonl.zst"
SHOWN = 8  # clusters, and texts of each


@dataclass(frozen=True)
class Natural:
    """What a contender made of natural copies, against the exact similarity at a threshold.

    Clusters are a keeper with what goes in its favour; the pairs are those of documents in one cluster.
    """

    contender: str
    threshold: float
    documents: int
    dropped: int
    right: float  # of the dropped: those as alike to their keeper as the threshold
    missed: int  # documents kept that are as alike to another kept one
    pairs: int
    precision: float  # of pairs of a cluster: those as alike as the threshold
    recall: float  # of pairs as alike as the threshold: those that are one document at most after it
    of_chain: float  # of pairs of versions of one law (`dup_group`): likewise
    across: float  # of pairs of a cluster: those of versions of two laws


@dataclass(frozen=True)
class Cluster:
    """Documents that became one."""

    size: int
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Templates:
    """Clusters found among reviews."""

    contender: str
    documents: int
    dropped: int
    clusters: int
    largest: tuple[Cluster, ...]


def compare_versions(folder: str, tried: Sequence[NearSettings], size: int) -> list[Natural]:
    """Return what both contenders made of versions of laws; the peer judged at every threshold."""
    with VERSIONS.open("rb") as stream:
        lines = zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(stream).read().splitlines()
    records = [orjson.loads(line) for line in lines]
    texts: list[str] = [record["text"] for record in records]
    chains = np.unique([record["dup_group"] for record in records], return_inverse=True)[1]
    fitting = int((np.cumsum([len(text.encode()) for text in texts]) <= size).sum())
    texts, chains = texts[:fitting], chains[:fitting]
    exact = exact_similarity(texts)
    path = Path(folder, "versions.jsonl")
    write_texts(path, texts)
    found = run_all(path, "ko", tried)
    thresholds = sorted({each.threshold for each in tried})
    runs = [(PEER, each) for each in thresholds] + [(name_of(each), each.threshold) for each in tried]
    return [_judged(name, threshold, found[name], exact, chains) for name, threshold in runs]


def _judged(
    contender: str,
    threshold: float,
    drops: Sequence[Drop],
    exact: npt.NDArray[np.float64],
    chains: npt.NDArray[np.int64],
) -> Natural:
    keeper = np.arange(len(exact))
    rows = np.array([drop["row"] for drop in drops], np.int64)
    keeper[rows] = [drop["keeper"] for drop in drops]
    kept = keeper == np.arange(len(exact))
    upper = np.triu(np.ones(exact.shape, np.bool_), 1)
    alike, together = upper & (exact >= threshold), upper & (keeper[:, None] == keeper)
    settled, same_chain = ~(kept[:, None] & kept), chains[:, None] == chains
    kept_alike = (exact[kept][:, kept] >= threshold).sum(axis=1) > 1  # itself, and another
    return Natural(
        contender,
        threshold,
        len(exact),
        len(rows),
        _share(exact[rows, keeper[rows]] >= threshold),
        int(kept_alike.sum()),
        int(together.sum()),
        _share(alike[together]),
        _share(settled[alike]),
        _share(settled[upper & same_chain]),
        _share(~same_chain[together]),
    )


def _share(found: npt.NDArray[np.bool_]) -> float:
    return float(found.mean()) if len(found) else 1.0


def find_templates(folder: str, settings: NearSettings, size: int) -> list[Templates]:
    """Return the clusters that both contenders find among reviews, without those of equal texts."""
    texts = list(dict.fromkeys(texts_of(REVIEWS, size)))
    path = Path(folder, "reviews.jsonl")
    write_texts(path, texts)
    return [_templates(name, drops, texts) for name, drops in run_all(path, "ko", [settings]).items()]


def _templates(contender: str, drops: Sequence[Drop], texts: Sequence[str]) -> Templates:
    sizes = Counter(drop["keeper"] for drop in drops)
    largest = []
    for keeper, dropped in sizes.most_common(SHOWN):
        rows = [keeper, *(drop["row"] for drop in drops if drop["keeper"] == keeper)]
        largest.append(Cluster(dropped + 1, tuple(texts[row][:60] for row in rows[:3])))
    return Templates(contender, len(texts), len(drops), len(sizes), tuple(largest))
