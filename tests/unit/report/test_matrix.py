"""Counts by name and source."""

from ixigen_data.report.matrix import edit_rows, found_rows, matrix, reason_rows
from ixigen_data.shards.manifest import Manifest
from ixigen_data.shards.statistics import Statistics


def test_rows_are_ranked_and_hold_what_is_above_nothing() -> None:
    rows = matrix({"a": {"x": 1, "y": 5}, "b": {"x": 2, "z": 0}}, {"x": "N1"})
    assert [(row.name, row.note, row.total, row.by_source) for row in rows] == [
        ("y", "", 5, {"a": 5}),
        ("x", "N1", 3, {"a": 1, "b": 2}),
    ]
    assert rows[0].heat("a", {"a": 20}) == 0.25
    assert rows[0].heat("b", {"a": 20}) == 0


def test_edits_by_rule(statistics: Statistics) -> None:
    assert [(row.name, row.note, row.total, row.by_source) for row in edit_rows(statistics)] == [
        ("whitespace", "N15", 5_464, {"portone": 12, "speeches": 5_452}),
        ("nfc", "N7", 564, {"speeches": 564}),
    ]


def test_drops_by_reason(manifest: Manifest) -> None:
    rows = reason_rows(manifest)
    lost = sum(row.total for row in rows)
    assert lost == sum(
        sum(record.dropped.values()) + record.quarantined
        for stages in manifest.documents.values()
        for record in stages.values()
    )
    assert ("exact_duplicate", "dedup") in [(row.name, row.note) for row in rows]


def test_personal_data_by_kind(statistics: Statistics) -> None:
    assert [(row.name, row.total, row.by_source) for row in found_rows(statistics)] == [
        ("email", 12, {"portone": 12}),
        ("phone", 5, {"portone": 3, "speeches": 2}),
    ]
