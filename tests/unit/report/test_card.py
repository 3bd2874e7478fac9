import re

import pytest
import yaml
from huggingface_hub import DatasetCard, DatasetCardData
from pydantic import JsonValue

from ixigen_data.report.card import card_header, data_card, size_category
from ixigen_data.report.license_names import hub_license
from ixigen_data.shards.manifest import Manifest
from ixigen_data.shards.statistics import Statistics


def header_of(card: str) -> dict[str, JsonValue]:
    match = re.match(r"---\n(.*?)\n---\n", card, re.DOTALL)
    assert match is not None
    header = yaml.safe_load(match[1])
    assert isinstance(header, dict)
    return header


def test_the_header_is_what_the_hub_reads(manifest: Manifest) -> None:
    header = header_of(data_card(manifest))
    assert header == card_header(manifest)
    data = DatasetCard(data_card(manifest)).data
    assert isinstance(data, DatasetCardData)
    assert data.license == ["apache-2.0", "mit", "bsd-3-clause", "other"]
    assert data.language == ["ko", "en", "code"]
    assert data.size_categories == ["1K<n<10K"]
    assert header["configs"] == [
        {"config_name": "lineage", "data_files": [{"split": "train", "path": "lineage/*.parquet"}], "default": True}
    ]


def test_a_single_licence_of_ones_own_is_named(manifest: Manifest) -> None:
    source = manifest.sources["portone"].model_copy(update={"license": "internal", "language": "Korean"})
    header = card_header(manifest.model_copy(update={"sources": {"portone": source}, "lineage": ()}))
    assert (header["license"], header["license_name"]) == ("other", "internal")
    assert "language" not in header
    assert "configs" not in header


def test_a_source_without_a_licence_is_unknown(manifest: Manifest) -> None:
    source = manifest.sources["portone"].model_copy(update={"license": None})
    bare = manifest.model_copy(update={"sources": {"portone": source}, "licenses": {}})
    assert card_header(bare)["license"] == "unknown"
    assert "| portone | ko | not given |" in data_card(bare)


@pytest.mark.parametrize(
    "line",
    [
        "| &nbsp;&nbsp;&nbsp;한국어 | 20 | 37.74 % | 1,468,377 | 1,468,377 | 0 | 0.10 | 716 |",
        "| stdlib | code | PSF-2.0 | 868 | 12.7 MiB | 868 | 847 |",
        "| stdlib | clean | 865 | 849 | length short 9, empty 7 |",
        "| replay/한국어 | eval/replay/한국어 | 8 | 16,384 | 14 |",
        "    max_seq_len: 2048",
        "1. `length` (min\\_chars: 200)",
        "- seed: 17",
        "**Exact.** Every node of the mixture holds the tokens that were planned; the error is 0.",
    ],
)
def test_the_card_says(manifest: Manifest, line: str) -> None:
    assert line in data_card(manifest).splitlines()


def test_every_table_row_has_the_cells_of_its_head(manifest: Manifest, hostile: Manifest) -> None:
    for card in (data_card(manifest), data_card(hostile)):
        body = card.partition("<summary>")[0]
        for table in re.findall(r"(?:^\|.*\n)+", body, re.MULTILINE):
            assert len({len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}) == 1


def test_names_cannot_get_out(hostile: Manifest) -> None:
    card = data_card(hostile)
    body, _, recipe = card.partition("<summary>")
    body = body.split("\n---\n")[1]
    assert "<script" not in re.sub(r"`[^`\n]*`", "", body)
    assert header_of(card)["pretty_name"] == hostile.name
    fence = re.search(r"^(`{4,})yaml\n(.*?)^\1$", recipe, re.MULTILINE | re.DOTALL)
    assert fence is not None
    assert yaml.safe_load(fence[2]) == hostile.recipe


def test_an_inexact_mixture_is_said(manifest: Manifest) -> None:
    first = manifest.parts[0].model_copy(update={"tokens": manifest.parts[0].tokens + 2})
    off = manifest.model_copy(update={"parts": (first, *manifest.parts[1:]), "unused_documents": {}})
    assert "**Not as planned.** A node of the mixture is 2 tokens off its target." in data_card(off)
    assert "**These figures do not add up.**" in data_card(off)


def test_what_is_not_there_is_not_said(manifest: Manifest) -> None:
    update: dict[str, object] = {
        "eval": {},
        "settlement_windows": (),
        "recipe": None,
        "documents": {},
        "lineage": (),
    }
    card = data_card(manifest.model_copy(update=update))
    for word in ("Hold-out", "settlement windows:", "Rules, in order", "lineage/"):
        assert word not in card


@pytest.mark.parametrize(
    ("rows", "name"), [(1_000, "1K<n<10K"), (9_999, "1K<n<10K"), (10**9, "1B<n<10B"), (10**12, "100B<n<1T")]
)
def test_sizes(rows: int, name: str) -> None:
    assert size_category(rows) == name


@pytest.mark.parametrize(
    ("name", "known"), [("CC-BY-SA-3.0", "cc-by-sa-3.0"), ("permissive", "other"), ("LGPL-3.0-only", "lgpl-3.0")]
)
def test_licences(name: str, known: str) -> None:
    assert hub_license(name) == known


def test_texts_and_demands_of_licences_are_told(manifest: Manifest, statistics: Statistics) -> None:
    card = data_card(manifest, statistics)
    assert "| speeches | 8,755 | 14,193,436 | 609 | 3.00 | 3.00 |" in card
    assert "- To be attributed: portone, speeches, django, stdlib\n" in card
    assert "## Texts" not in data_card(manifest)


def test_the_card_tells_what_deduplication_did(deduplicated: tuple[Manifest, Statistics]) -> None:
    card = data_card(*deduplicated)
    assert "Near-duplicates: clusters 12, documents 37, pairs 55, exact duplicate 2, near duplicate 25" in card
    assert "`duplicates/*.parquet` says of every copy" in card
    assert "Kept out: 41,200 documents of telco-49 (index `" in card
    assert "Decontaminated against kmmlu (3 items met, 5 documents dropped, 0 edited), klue-mrc (0 items met" in card
    assert "portone 831 in 412 documents." in card
