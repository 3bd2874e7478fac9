import json

from ixigen_data.report.json_view import report_json
from ixigen_data.shards.manifest import Manifest
from ixigen_data.shards.statistics import Statistics


def test_the_report_as_json(manifest: Manifest) -> None:
    report = json.loads(json.dumps(report_json(manifest), allow_nan=False))
    assert report["digest"] == manifest.digest
    assert report["error_tokens"] == 0
    assert [node["path"] for node in report["mixture"]] == [
        "", "finance", "replay", "replay/한국어", "replay/en", "replay/code",
    ]  # fmt: skip
    assert report["mixture"][1]["repeated_tokens"] == 895_351
    assert "epochs" not in report["mixture"][2]
    assert report["documents"]["sources"]["stdlib"][0] == {
        "stage": "read", "in": 868, "out": 865, "dropped": {"quarantined": 3},
    }  # fmt: skip
    assert report["documents"]["closes"] is True
    assert report["shards"]["shards"] == 2
    assert report["sources"]["stdlib"]["license"] == "PSF-2.0"
    assert report["holdout"]["replay/en"] == {"windows": 8, "tokens": 16_384, "documents": 6}
    assert report["settlement_windows"][1]["pieces"][0] == {"part": "replay/code", "tokens": 1121}


def test_statistics_as_json(manifest: Manifest, statistics: Statistics) -> None:
    report = json.loads(json.dumps(report_json(manifest, statistics), allow_nan=False))
    assert report["edits"]["nfc"] == {"speeches": 564}
    assert report["texts"]["portone"]["lengths"] == {"512": 540, "16384": 1}
    assert report["texts"]["portone"]["median_tokens"] == 609
    assert report["prefix_errors"]["replay/en"] == {"largest": 0.625, "bound": 0.75}
    assert report["exact_copies"] == 7
    assert report["sources"]["portone"]["license_terms"]["commercial"] == "yes"
    assert report["license_demands"] == {"To be attributed": ["portone", "speeches", "django", "stdlib"]}


def test_what_is_not_known_is_null(manifest: Manifest) -> None:
    report = json.loads(json.dumps(report_json(manifest)))
    for name in ("edits", "texts", "prefix_errors", "near_duplicates", "personal_data"):
        assert report[name] is None


def test_the_report_does_not_grow_with_the_shards(manifest: Manifest) -> None:
    many = manifest.model_copy(update={"digest": "0" * 32, "shards": manifest.shards[:1] * 10_000})
    assert len(json.dumps(report_json(many))) < 8_000


def test_what_deduplication_found_is_in_it(deduplicated: tuple[Manifest, Statistics]) -> None:
    report = report_json(*deduplicated)
    assert isinstance(report, dict)
    assert report["copies"]["portone"]["near_duplicate"] == 25
    assert report["near_duplicate_clusters"]["clusters"] == 12
    assert "largest" not in report["near_duplicate_clusters"]
    assert report["indexes"][0]["name"] == "telco-49"
    assert report["contamination"]["items"][0] == {"suite": "kmmlu", "item": "korean-history-17", "documents": 4}
    assert report["frequent_lines"]["portone"]["lines"] == 831
