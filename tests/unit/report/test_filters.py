"""Limits and their fit."""

from pydantic import JsonValue

from ixigen_data.report.filters import filter_rows
from ixigen_data.report.page import html_page
from ixigen_data.shards.manifest import Manifest, StageRecord


def with_rules(manifest: Manifest, *rules: JsonValue) -> Manifest:
    recipe = manifest.recipe
    assert isinstance(recipe, dict)
    return manifest.model_copy(update={"recipe": {**recipe, "clean": list(rules)}})


def test_only_filters_with_a_fit_are_shown(manifest: Manifest) -> None:
    found = filter_rows(with_rules(manifest, {"rule": "nfc"}, {"rule": "korean_quality", "only": ["speeches"]}))
    assert [(each.rule, each.only) for each in found] == [("korean_quality", ("speeches",))]
    assert filter_rows(manifest) == []


def test_the_recipes_limits_stand_beside_the_fitted_ones(manifest: Manifest) -> None:
    rules = with_rules(manifest, {"rule": "language", "min_hangul": 0.05}, {"rule": "korean_repetition"})
    language, repetition = filter_rows(rules)
    assert [(row.setting, row.limit, row.fitted) for row in language.limits] == [("min_hangul", 0.05, 0.25)]
    limits = {row.setting: (row.limit, row.fitted) for row in repetition.limits}
    assert all(limit == fitted for limit, fitted in limits.values()), limits


def test_a_limit_that_is_off_is_off(manifest: Manifest) -> None:
    (rows,) = filter_rows(with_rules(manifest, {"rule": "korean_quality", "max_marks": None}))
    assert {row.setting: row.limit for row in rows.limits}["max_marks"] is None


def test_what_was_dropped_is_counted_by_its_reason(manifest: Manifest) -> None:
    lost = StageRecord(documents_in=5, documents_out=2, dropped={"korean_marks": 3})
    changed = with_rules(manifest, {"rule": "korean_quality"}).model_copy(
        update={"documents": manifest.documents | {"speeches": {"clean": lost}}}
    )
    (rows,) = filter_rows(changed)
    (marks,) = [row for row in rows.limits if row.setting == "max_marks"]
    assert marks.dropped == 3
    assert "mojibake" in marks.caught
    page = html_page(changed)
    assert "what they were fitted on" in page
    assert "korean_quality" in page
