"""How much is found of copies, and what is lost of texts that are none, on real speeches with the defaults."""

from pathlib import Path

import pytest

from benchmarks.bench_near import BLOCKS, EDITS, MARKS, score
from benchmarks.near_contenders import Drop, drops_of, write_texts
from benchmarks.near_pools import KOREAN, Passages, Pool, edited, read_passages, sharing
from ixigen_data.dedup.settings import NearSettings
from ixigen_data.sources.settings import SourceSettings

MOST_LOST = {
    "block 50%, 2 texts": 0.0,
    "block 70%, 2 texts": 0.03,
    "block 50%, 10 texts": 0.01,
    "block 70%, 10 texts": 0.2,
}


@pytest.fixture(scope="module")
def speeches(corpora: Path) -> Passages:
    return read_passages(KOREAN[1], 60)


def drops(pool: Pool, folder: Path) -> list[Drop]:
    write_texts(folder / "texts.jsonl", list(pool.texts))
    source = SourceSettings(path=str(folder / "texts.jsonl"), id="id", language=pool.language)
    return drops_of(source, NearSettings(), str(folder / "work"))


@pytest.mark.parametrize("place", range(len(MARKS)), ids=list(MARKS))
def test_copies_are_found(place: int, speeches: Passages, tmp_path: Path) -> None:
    name, edit, share = EDITS["ko"][place]
    pool = edited([speeches], name, edit, share)
    found = score(pool, "ixigen", drops(pool, tmp_path))
    assert found.recall is not None
    assert found.recall >= MARKS[name]
    assert found.lost == 0


@pytest.mark.parametrize(("ratio", "per_block"), BLOCKS)
def test_what_shares_a_block_only_mostly_stays(
    ratio: float, per_block: int, speeches: Passages, tmp_path: Path
) -> None:
    pool = sharing([speeches], f"block {ratio:.0%}, {per_block} texts", ratio, per_block)
    assert len(pool.texts) >= 50
    assert score(pool, "ixigen", drops(pool, tmp_path)).lost <= MOST_LOST[pool.name]
