"""The figures of a mixture, taken from its manifest once: what tables, card, page and JSON show."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ixigen_data.shards.manifest import Manifest, NodeRecord, PartRecord


@dataclass(frozen=True)
class MixtureRow:
    """One node of the mixture; `part` is there for a leaf. Inner nodes carry the sums of their parts."""

    path: str  # "" for the whole, "replay", "replay/ko"
    weight: str  # as in the recipe, relative to its siblings; empty for the whole
    share: float  # planned tokens as a ratio of the whole
    target_tokens: int
    tokens: int
    windows: int  # of its parts alone; those of the whole include the settlement windows
    unused_tokens: int
    part: PartRecord | None = None

    @property
    def name(self) -> str:
        """The last step of the path."""
        return self.path.rpartition("/")[2] or "all"

    @property
    def depth(self) -> int:
        """Steps below the whole, which is 0."""
        return self.path.count("/") + 1 if self.path else 0

    @property
    def error(self) -> int:
        """Written less planned tokens."""
        return self.tokens - self.target_tokens


@dataclass(frozen=True)
class ShardFigures:
    """The shards of a dataset together; sizes in bytes. A dataset may have 10^5 of them, so they are not listed."""

    shards: int
    size_bytes: int
    stored_bytes: int  # as stored: less where shards are compressed
    smallest_bytes: int
    largest_bytes: int
    first: str
    last: str
    hashes: tuple[str, ...]


@dataclass(frozen=True)
class SettlementRow:
    """A settlement window by the paths of its parts, its owner first."""

    window: int
    owner: str
    pieces: tuple[tuple[str, int], ...]  # path of the part, tokens


def mixture_rows(manifest: Manifest) -> list[MixtureRow]:
    """Return every node of the mixture as a tree is read: the whole, then each child with what is below it."""
    children: dict[str, list[str]] = {}
    for part in manifest.parts:
        for parent, child in _steps(part.path):
            if child not in children.setdefault(parent, []):
                children[parent].append(child)
    nodes = {node.path: node for node in manifest.nodes}
    return [_row(manifest, path, nodes.get(path)) for path in _walk("", children)]


def total_error(manifest: Manifest) -> int:
    """Return the largest difference of written and planned tokens at any node, without its sign; 0 is the promise."""
    return max(abs(row.error) for row in mixture_rows(manifest))


def shard_figures(manifest: Manifest) -> ShardFigures:
    """Return the figures of the training shards."""
    sizes = [shard.bytes for shard in manifest.shards]
    stored = sum(shard.bytes if shard.stored is None else shard.stored.bytes for shard in manifest.shards)
    return ShardFigures(
        shards=len(sizes),
        size_bytes=sum(sizes),
        stored_bytes=stored,
        smallest_bytes=min(sizes, default=0),
        largest_bytes=max(sizes, default=0),
        first=manifest.shards[0].file if sizes else "",
        last=manifest.shards[-1].file if sizes else "",
        hashes=tuple(sorted(manifest.shards[0].digests)) if sizes else (),
    )


def settlement_rows(manifest: Manifest) -> list[SettlementRow]:
    """Return the settlement windows in order."""
    paths = [part.path for part in manifest.parts]
    return [
        SettlementRow(
            window=window.window,
            owner=paths[window.owner],
            pieces=tuple((paths[piece.part], piece.tokens) for piece in window.pieces),
        )
        for window in manifest.settlement_windows
    ]


def license_of(manifest: Manifest, source: str) -> str | None:
    """Return the licence of a source, None where the recipe gives none."""
    return manifest.sources[source].license or manifest.licenses.get(source)


def _steps(path: str) -> Iterator[tuple[str, str]]:
    """Yield (parent, child) from the whole down to `path`."""
    parent = ""
    for name in path.split("/"):
        child = f"{parent}/{name}" if parent else name
        yield parent, child
        parent = child


def _walk(path: str, children: dict[str, list[str]]) -> Iterator[str]:
    yield path
    for child in children.get(path, ()):
        yield from _walk(child, children)


def _row(manifest: Manifest, path: str, node: NodeRecord | None) -> MixtureRow:
    below = [part for part in manifest.parts if not path or part.path == path or part.path.startswith(f"{path}/")]
    leaf = below[0] if below and below[0].path == path else None
    planned = sum(part.target_tokens for part in below) if node is None else node.target_tokens
    shared = 0 if path else len(manifest.settlement_windows)
    return MixtureRow(
        path=path,
        weight=leaf.weight if leaf else node.weight if node and path else "",
        share=planned / manifest.total_tokens if manifest.total_tokens else 0.0,
        target_tokens=planned,
        tokens=sum(part.tokens for part in below) if node is None else node.tokens,
        windows=sum(part.windows for part in below) + shared,
        unused_tokens=sum(manifest.unused_tokens.get(part.path, 0) for part in below),
        part=leaf,
    )


def colour_of_source(manifest: Manifest, colours: Mapping[str, str]) -> dict[str, str]:
    """Return the colour of every source: that of the first part that it feeds, by path in `colours`."""
    found: dict[str, str] = {}
    for part in manifest.parts:
        for source in part.sources:
            found.setdefault(source, colours[part.path])
    return {source: found.get(source, "k0") for source in manifest.sources} | found
