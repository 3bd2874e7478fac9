"""Datasets packed by best fit: the targets to the token, documents whole, the same bytes however work is split."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from ixigen_data.shards import stage as shard_stage
from ixigen_data.shards.manifest import Manifest
from ixigen_data.verify.dataset import verify
from tests.e2e.builds import build, data_digests
from tests.e2e.corpora import write_recipe

SEQ_LEN = 256


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A recipe and the folder of its dataset."""
    folder = tmp_path_factory.mktemp("best_fit")
    recipe = write_recipe(folder, documents=400)
    recipe.write_text(recipe.read_text().replace("method: concat", "method: best_fit"))
    build(recipe, folder, workers=2)
    return recipe, folder / "out"


def test_targets_are_met_and_pad_is_counted_apart(built: tuple[Path, Path]) -> None:
    manifest = Manifest.load(str(built[1]))
    assert manifest.total_tokens == sum(part.tokens for part in manifest.parts)
    assert manifest.total_tokens % SEQ_LEN != 0
    assert all(part.tokens == part.target_tokens for part in manifest.parts)
    assert all(part.windows * SEQ_LEN == part.tokens + part.pad_tokens for part in manifest.parts)
    assert manifest.settlement_windows == ()
    assert 0.97 < manifest.total_tokens / (manifest.total_windows * SEQ_LEN) < 1
    verify(str(built[1])).raise_if_wrong()


def test_a_document_is_cut_only_where_it_must_be(built: tuple[Path, Path]) -> None:
    manifest = Manifest.load(str(built[1]))
    tables = [pq.read_table(built[1] / record.file).to_pydict() for record in manifest.lineage]
    pieces: dict[tuple[str, str, int], list[tuple[int, int]]] = {}
    for table in tables:
        keys = zip(table["part"], table["document"], table["epoch"], strict=True)
        spans = zip(table["document_token"], table["tokens"], strict=True)
        for key, span in zip(keys, spans, strict=True):
            pieces.setdefault(key, []).append(span)
    assert len({epoch for _, _, epoch in pieces}) > 1
    for spans in pieces.values():
        starts, tokens = np.array(sorted(spans)).T
        assert starts.tolist() == (np.cumsum(tokens) - tokens).tolist()  # nothing is missing, nothing twice
        assert len(spans) == -(-tokens.sum() // SEQ_LEN)


@pytest.mark.parametrize("workers", [1, 7])
def test_the_same_bytes_however_work_is_split(
    workers: int, built: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shard_stage, "SHARDS_PER_TASK", workers)
    build(built[0], tmp_path, workers=workers)
    assert data_digests(tmp_path / "out") == data_digests(built[1])
