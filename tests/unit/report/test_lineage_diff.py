"""Documents that joined, left and stayed, by lineage."""

from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from ixigen_data.core.progress import Silent
from ixigen_data.report import lineage_diff
from ixigen_data.report.diff import diff_manifests
from ixigen_data.report.lineage_diff import HELD_OUT, TRAINING, Side, diff_documents
from ixigen_data.shards.lineage import SCHEMA
from ixigen_data.shards.manifest import Manifest
from tests.dataset import write_dataset

Row = dict[str, object]


def side(folder: Path) -> Side:
    return Side(str(folder), Manifest.load(str(folder)))


def edit_lineage(folder: Path, renamed: dict[tuple[str, str], str], moved: str = "") -> Counter[str]:
    """Rename documents by source and id in every lineage file, and move files to another folder."""
    ids: Counter[str] = Counter()
    for path in folder.rglob("*.parquet"):
        rows = pq.read_table(path).to_pylist()
        for row in rows:
            row["document"] = renamed.get((row["source"], row["document"]), row["document"])
            row["file"] = moved + row["file"]
            ids[row["source"]] += 1
        pq.write_table(pq.read_table(path).from_pylist(rows, SCHEMA), path)
    return ids


def plain_counts(before: Path, after: Path) -> dict[tuple[str, str], tuple[int, int, int]]:
    """Return joined, left and stayed by source and place, with sets."""
    known: list[dict[tuple[str, str], set[str]]] = []
    for folder in (before, after):
        found: dict[tuple[str, str], set[str]] = {}
        for path in folder.rglob("*.parquet"):
            place = HELD_OUT if "eval" in path.parts else TRAINING
            for row in pq.read_table(path).to_pylist():
                found.setdefault((row["source"], place), set()).add(row["document"])
        known.append(found)
    old, new = known
    return {
        group: (len(new[group] - old[group]), len(old[group] - new[group]), len(new[group] & old[group]))
        for group in sorted(old.keys() | new.keys())
    }


@pytest.mark.parametrize("rows_at_once", [1_000_000, 7])
def test_documents_are_counted_as_sets_do(rows_at_once: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lineage_diff, "_ROWS", rows_at_once)  # 7: dozens of partitions
    for name in ("a", "b"):
        write_dataset(str(tmp_path / name))
    edit_lineage(tmp_path / "b", {("telco", "telco#0"): "new", ("replay_en", "replay/en#1"): "neu"}, "moved/")
    found = diff_documents(side(tmp_path / "a"), side(tmp_path / "b"), Silent(), workers=2)
    counts = {(row.source, row.place): (row.joined, row.left, row.stayed) for row in found}
    assert counts == plain_counts(tmp_path / "a", tmp_path / "b")
    by_group = {(row.source, row.place): row for row in found}
    assert by_group["telco", TRAINING].joined_examples == ["new"]
    assert by_group["telco", TRAINING].left_examples == ["telco#0"]
    assert by_group["replay_ko", HELD_OUT].stayed > 0


def test_a_dataset_against_itself_has_not_changed(tmp_path: Path) -> None:
    write_dataset(str(tmp_path))
    found = diff_documents(side(tmp_path), side(tmp_path), Silent())
    assert all((row.joined, row.left) == (0, 0) for row in found)
    manifest = Manifest.load(str(tmp_path))
    told = diff_manifests(manifest, manifest)
    assert told.same_data
    assert told.facts == ()
    assert told.recipe.same


def test_manifests_tell_amounts_by_part_and_facts(tmp_path: Path) -> None:
    manifest = write_dataset(str(tmp_path))
    telco = manifest.parts[0].model_copy(update={"tokens": 7})
    other = manifest.model_copy(update={"parts": (telco, *manifest.parts[2:]), "total_tokens": 9}).sealed()
    found = diff_manifests(manifest, other)
    assert not found.same_data
    assert {change.path for change in found.facts} == {"digest", "total_tokens"}
    by_path = {part.path: part for part in found.parts}
    assert by_path["telco"].after is not None
    assert by_path["telco"].after.tokens == 7
    assert by_path["replay/ko"].after is None
