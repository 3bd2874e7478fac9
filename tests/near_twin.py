"""Near-deduplication in plain Python: every pair of documents that share a band, one after another."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from ixigen_data.dedup.near.keepers_kernel import LOOKS, NEAR
from ixigen_data.dedup.near.match_kernel import EARLY, RECENT
from ixigen_data.dedup.settings import NearSettings

Pairs = dict[tuple[int, int], int]  # equal slots by two documents' numbers, the lower one first
Drops = dict[int, tuple[int, int]]  # keeper and equal slots by document


@dataclass(frozen=True)
class Document:
    """A document; its number is its place in the list of all."""

    source: int
    size: int
    id: str
    signature: tuple[int, ...]
    indexed: bool = False
    copy: bool = False  # dropped by exact deduplication


def equal_slots(one: Document, other: Document) -> int:
    return sum(a == b for a, b in zip(one.signature, other.signature, strict=True))


def buckets_of(documents: Sequence[Document], settings: NearSettings) -> list[list[int]]:
    """Documents that have a band in common; longest first within a source."""
    found: dict[tuple[int, ...], list[int]] = defaultdict(list)
    order = sorted(
        range(len(documents)), key=lambda number: (documents[number].source, -documents[number].size, number)
    )
    for number in order:
        document = documents[number]
        if document.size and not document.copy:
            for band in range(settings.bands):
                first = band * settings.rows
                found[band, *document.signature[first : first + settings.rows]].append(number)
    return [bucket for bucket in found.values() if len(bucket) > 1]


def all_pairs(documents: Sequence[Document], settings: NearSettings) -> Pairs:
    """Every pair that shares a band and is alike."""
    pairs: Pairs = {}
    for bucket in buckets_of(documents, settings):
        for place, one in enumerate(bucket):
            for other in bucket[:place]:
                _enter(pairs, documents, settings, (one, other))
    return pairs


def led_pairs(documents: Sequence[Document], settings: NearSettings) -> Pairs:
    """Those of them that are found with a bounded number of comparisons a document."""
    pairs: Pairs = {}
    for bucket in buckets_of(documents, settings):
        for place, number in enumerate(bucket[:EARLY]):
            for other in bucket[:place]:
                _enter(pairs, documents, settings, (other, number))
        recent: list[int | None] = [None] * RECENT
        met = 0
        for number in bucket[EARLY:]:
            leaders = [*bucket[:EARLY], *(leader for leader in recent if leader is not None)]
            alike = (other for other in leaders if _alike(documents, settings, (other, number)))
            if (other := next(alike, None)) is not None:
                _enter(pairs, documents, settings, (other, number))
            else:
                recent[met % RECENT] = number
                met += 1
    return pairs


def drops_by(pairs: Pairs, documents: Sequence[Document], settings: NearSettings) -> Drops:
    """Which documents go, decided one by one in order of priority."""
    order = sorted(range(len(documents)), key=lambda number: priority(documents, number))
    rank = {number: place for place, number in enumerate(order)}
    higher: dict[int, list[int]] = defaultdict(list)
    for one, other in pairs:
        low, high = sorted((one, other), key=rank.__getitem__, reverse=True)
        higher[low].append(high)
    drops: Drops = {}
    near: dict[int, list[int]] = defaultdict(list)
    for number in order:
        edges = sorted(higher[number], key=rank.__getitem__)
        kept = {other: pairs[min(number, other), max(number, other)] for other in edges if other not in drops}
        if not kept:
            looked = list(dict.fromkeys(met for other in edges for met in near[other]))[:LOOKS]
            close = {other: equal_slots(documents[number], documents[other]) for other in looked}
            found = {other: equal for other, equal in close.items() if equal / settings.slots >= settings.threshold}
        else:
            found = kept
        if found:
            keeper = min(found, key=lambda other: (-found[other], rank[other]))
            drops[number] = keeper, found[keeper]
            near[number] = [keeper, *(other for other in kept if other != keeper)][:NEAR]
        else:
            for other in edges:
                near[other] = [*near[other], number][:NEAR]
    return drops


def priority(documents: Sequence[Document], number: int) -> tuple[int, int, str, int]:
    """What orders documents: less comes first."""
    document = documents[number]
    return document.source, -document.size, "" if document.indexed else document.id, number


def _alike(documents: Sequence[Document], settings: NearSettings, pair: tuple[int, int]) -> bool:
    return equal_slots(documents[pair[0]], documents[pair[1]]) / settings.slots >= settings.threshold


def _enter(pairs: Pairs, documents: Sequence[Document], settings: NearSettings, pair: tuple[int, int]) -> None:
    known = documents[pair[0]].indexed and documents[pair[1]].indexed
    if not known and _alike(documents, settings, pair):
        pairs[min(pair), max(pair)] = equal_slots(documents[pair[0]], documents[pair[1]])
