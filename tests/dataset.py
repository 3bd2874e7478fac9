"""A small dataset, complete in every file, made window by window in plain Python.

Three parts, two settlement windows, one hold-out, five windows a shard; tokens from a seeded generator. It stands in
for a build where a test is about shards, and it is a twin of the real packing: nothing of it is shared.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
import pyarrow as pa

from ixigen_data.packing.windows import Windows
from ixigen_data.shards.index import write_index
from ixigen_data.shards.layout import Layout
from ixigen_data.shards.lineage import Lineage, lineage_file, write_lineage
from ixigen_data.shards.manifest import (
    SETTLEMENT,
    EvalRecord,
    LineageRecord,
    Manifest,
    NodeRecord,
    PartRecord,
    Piece,
    SettlementWindow,
    ShardRecord,
    SourceRecord,
    StageRecord,
    TokenizerRecord,
)
from ixigen_data.shards.settings import ShardSettings
from ixigen_data.shards.writer import shard_file, tokens_by_part, write_shard

PATHS = ("telco", "replay/ko", "replay/en")
EOS, BOS, VOCABULARY = 0, 1, 100
DOCUMENTS = (40, 40, 2)  # of each part; the last is served more than once
# Which part each window is of; None is the next settlement window.
ORDER = (0, 1, None, 2, 0, 1, 0, 2, None, 0, 1, 0, 2, 1, 0, 0, 1, 2)


@dataclass(frozen=True)
class Token:
    """A token and where it comes from."""

    id: int
    document: str
    position: int  # in its document
    last: bool  # of its document
    epoch: int


@dataclass
class Row:
    """A window, or one being filled: its part's index and its pieces."""

    part: int
    tokens: list[Token] = field(default_factory=list)
    owners: list[int] = field(default_factory=list)  # the part of each token


def document_stream(part: int, seed: int) -> Iterator[Token]:
    """Yield the tokens of a part's documents, again and again, each opened by BOS and closed by EOS."""
    rng = random.Random(f"{seed}:{part}")
    lengths = [rng.choice([2, 3, 7, 30, 100]) for _ in range(DOCUMENTS[part])]
    content = [[BOS, *(rng.randrange(2, VOCABULARY) for _ in range(n - 2)), EOS] for n in lengths]
    epoch = 0
    while True:
        for number, ids in enumerate(content):
            for position, token in enumerate(ids):
                yield Token(token, f"{PATHS[part]}#{number}", position, position == len(ids) - 1, epoch)
        epoch += 1


def rows_of(
    seq_len: int, seed: int = 5, order: Sequence[int | None] = ORDER
) -> tuple[list[Row], list[SettlementWindow]]:
    """Return the training windows and the settlement windows among them."""
    streams = [document_stream(part, seed) for part in range(len(PATHS))]
    pieces = [[(0, seq_len // 2), (1, seq_len - seq_len // 2)], [(2, 3), (0, seq_len - 4), (1, 1)]]
    rows, settlement = [], []
    for number, part in enumerate(order):
        shares = [(part, seq_len)] if part is not None else pieces[len(settlement) % len(pieces)]
        row = Row(part if part is not None else SETTLEMENT)
        for index, count in shares:
            row.tokens += islice(streams[index], count)
            row.owners += [index] * count
        if part is None:
            shares_told = tuple(Piece(part=index, tokens=count) for index, count in shares)
            settlement.append(SettlementWindow(window=number, owner=shares[0][0], pieces=shares_told))
        rows.append(row)
    return rows, settlement


def windows_of(rows: list[Row], seq_len: int) -> Windows:
    """Return windows as arrays; a row shorter than a window is padded with EOS."""
    tokens = np.full((len(rows), seq_len), EOS, np.int32)
    bits = np.zeros((len(rows), seq_len), np.uint8)
    for number, row in enumerate(rows):
        tokens[number, : len(row.tokens)] = [token.id for token in row.tokens]
        bits[number, _borders(row)] = 1
    return Windows(
        tokens=tokens,
        ends=np.packbits(bits, axis=1, bitorder="little"),
        length=np.array([len(row.tokens) for row in rows], np.uint32),
        part=np.array([row.part for row in rows], np.uint16),
    )


def lineage_of(rows: list[Row], first: int) -> Lineage:
    """Return the pieces of documents in some windows."""
    pieces = []  # window, first token, stop, token
    for number, row in enumerate(rows):
        start = 0
        for border in _borders(row):
            pieces.append((first + number, start, border + 1, row.tokens[start], row.owners[start]))
            start = border + 1
    return Lineage(
        document=pa.array([token.document for *_, token, _ in pieces], pa.string()),
        source=pa.array([PATHS[owner].replace("/", "_") for *_, owner in pieces], pa.string()),
        file=pa.array(["a.jsonl"] * len(pieces), pa.string()),
        part=pa.array([PATHS[owner] for *_, owner in pieces], pa.string()),
        window=np.array([window for window, *_ in pieces], np.int64),
        first_token=np.array([start for _, start, *_ in pieces], np.int32),
        tokens=np.array([stop - start for _, start, stop, *_ in pieces], np.int32),
        document_token=np.array([token.position for *_, token, _ in pieces], np.int64),
        epoch=np.array([token.epoch for *_, token, _ in pieces], np.int32),
    )


def _borders(row: Row) -> list[int]:
    """Return where documents or their pieces end: at EOS, at the row's end, where the part changes."""
    stops = [i for i, token in enumerate(row.tokens) if token.last]
    changes = [i for i in range(len(row.owners) - 1) if row.owners[i] != row.owners[i + 1]]
    return sorted({*stops, *changes, len(row.tokens) - 1})


def write_rows(
    url: str, rows: list[Row], layout: Layout, settlement: list[SettlementWindow], folder: str = ""
) -> tuple[tuple[ShardRecord, ...], tuple[LineageRecord, ...]]:
    """Write windows as shards with their lineage and index."""
    shards, lineage = [], []
    for number, first in enumerate(range(0, len(rows), layout.windows_per_shard)):
        chosen = rows[first : first + layout.windows_per_shard]
        windows = windows_of(chosen, layout.seq_len)
        tokens = tokens_by_part(windows, first, PATHS, settlement)
        shards.append(write_shard(url, shard_file(number, folder), windows, layout, tokens))
        lineage.append(write_lineage(url, lineage_file(number, folder), lineage_of(chosen, first)))
    write_index(url, folder, shards, layout)
    return tuple(shards), tuple(lineage)


def write_dataset(
    url: str, settings: ShardSettings | None = None, seq_len: int = 32, order: Sequence[int | None] = ORDER
) -> Manifest:
    """Write a whole dataset and return its manifest; `size_limit` is that of five windows whatever the settings say."""
    layout = Layout(seq_len, five_windows(settings or ShardSettings(), seq_len))
    rows, settlement = rows_of(seq_len, order=order)
    shards, lineage = write_rows(url, rows, layout, settlement)
    held = [Row(1, list(islice(document_stream(1, 99), n)), [1] * n) for n in (seq_len, seq_len, seq_len - 5)]
    eval_shards, eval_lineage = write_rows(url, held, layout, [], "eval/replay/ko")
    parts = tuple(_part(index, rows) for index in range(len(PATHS)))
    manifest = Manifest(
        name="small",
        seed=5,
        seq_len=seq_len,
        total_tokens=len(rows) * seq_len,
        total_windows=len(rows),
        tokenizer=TokenizerRecord(
            fingerprint="f" * 32,
            vocab_size=VOCABULARY,
            eos="<e>",
            eos_id=EOS,
            bos="<b>",
            bos_id=BOS,
            pad="<e>",
            pad_id=EOS,
        ),
        parts=parts,
        nodes=_nodes(parts),
        settlement_windows=tuple(settlement),
        documents={"telco": {"read": StageRecord(documents_in=41, documents_out=40, dropped={"empty": 1})}},
        sources={"telco": SourceRecord(language="ko", content_digest="0" * 32, files=1, bytes=9)},
        licenses={"telco": "internal"},
        shards=shards,
        lineage=lineage,
        eval={
            "replay/ko": EvalRecord(
                windows=3, tokens=3 * seq_len - 5, documents=9, shards=eval_shards, lineage=eval_lineage
            )
        },
        recipe={"name": "small", "note": None},
    )
    manifest.write(url)
    return manifest.sealed()


def five_windows(settings: ShardSettings, seq_len: int) -> ShardSettings:
    """Return settings with a limit that five windows, and no sixth, fit."""
    limit = Layout(seq_len, settings.model_copy(update={"size_limit": 99_999})).shard_bytes(5) + 3
    return settings.model_copy(update={"size_limit": limit})


def _part(index: int, rows: list[Row]) -> PartRecord:
    tokens = [token for row in rows for token, owner in zip(row.tokens, row.owners, strict=True) if owner == index]
    eos, bos = (sum(token.id == special for token in tokens) for special in (EOS, BOS))
    unique = sum(token.epoch == 0 for token in tokens)
    return PartRecord(
        path=PATHS[index],
        weight="1",
        sources=(PATHS[index].replace("/", "_"),),
        target_tokens=len(tokens),
        tokens=len(tokens),
        content_tokens=len(tokens) - eos - bos,
        eos_tokens=eos,
        bos_tokens=bos,
        unique_tokens=unique,
        repeated_tokens=len(tokens) - unique,
        supply_tokens=len(tokens),
        supply_documents=DOCUMENTS[index],
        documents=DOCUMENTS[index],
        epochs=1.0,
        max_epochs=1.0,
        windows=sum(row.part == index for row in rows),
    )


def _nodes(parts: tuple[PartRecord, ...]) -> tuple[NodeRecord, ...]:
    total, replay = sum(part.tokens for part in parts), parts[1].tokens + parts[2].tokens
    return (
        NodeRecord(path="", weight="1", target_tokens=total, tokens=total),
        NodeRecord(path="replay", weight="2", target_tokens=replay, tokens=replay),
    )
