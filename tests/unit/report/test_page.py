import re

import pytest

from ixigen_data.report.page import html_page
from ixigen_data.shards.dedup_statistics import ContaminationStatistics, LinesStatistics, NearStatistics
from ixigen_data.shards.manifest import (
    ContinuesRecord,
    GenerationRecord,
    Manifest,
    ScheduleRecord,
    StoredFile,
    StretchRecord,
)
from ixigen_data.shards.statistics import Statistics
from tests.page import Page

SECTIONS = [
    "mixture",
    "course",
    "supply",
    "documents",
    "cleaning",
    "texts",
    "copies",
    "lines",
    "contamination",
    "safety",
    "licences",
    "samples",
    "identity",
    "recipe",
]


def test_the_page_is_well_formed_and_needs_nothing_else(manifest: Manifest, statistics: Statistics) -> None:
    source = html_page(manifest, statistics)
    page = Page(source)
    assert not {"script", "link", "img", "iframe", "object", "base", "form"} & set(page.tags)
    assert not {"src", "srcset", "action", "data"} & {name for name, _ in page.attributes}
    assert not re.search(r"url\(|@import|@font-face", source)
    places = {value for name, value in page.attributes if name == "id"}
    links = {value for name, value in page.attributes if name == "href"}
    assert links
    assert links <= {f"#{place}" for place in places}


def test_both_colour_schemes_and_print(manifest: Manifest) -> None:
    source = html_page(manifest)
    assert "@media screen and (prefers-color-scheme: dark)" in source
    assert "@media print" in source


@pytest.mark.parametrize(
    "text",
    [
        "3,891,200",
        "replay/한국어",
        "Apache-2.0",
        "xxh3_128",
        "151,665",
        "length short 12, empty 1",
        "min_chars: 200",
        "연설문",
    ],
)
def test_the_page_says(manifest: Manifest, text: str) -> None:
    assert text in Page(html_page(manifest)).text


def test_names_cannot_get_out(hostile: Manifest, hostile_statistics: Statistics) -> None:
    page = Page(html_page(hostile, hostile_statistics))
    assert not {"script", "img"} & set(page.tags)
    assert not any(name.startswith("on") for name, _ in page.attributes)
    assert page.text.count("<script>alert('x')</script>") > 20


def section(source: str, name: str) -> str:
    """Return the text of one section of a page."""
    return Page(source.partition(f'<section id="{name}">')[2].partition("</section>")[0]).text


def test_every_section_is_there_whatever_is_known(manifest: Manifest, statistics: Statistics) -> None:
    for source in (html_page(manifest, statistics), html_page(manifest)):
        assert re.findall(r'<section id="(\w+)">', source) == SECTIONS


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("course", "replay/한국어"),
        ("course", "Every node stays within it."),
        ("documents", "19,861,216 tokens encoded"),
        ("cleaning", "5,464"),  # documents that a rule changed, over two sources
        ("texts", "14,193,436"),
        ("texts", "half below 609, mean 3,938"),
        ("copies", "7 documents with the same text"),
        ("cleaning", "국회 U+1112 U+1161 U+11AB한국"),
        ("cleaning", "가맹점·\\n문의"),
        ("cleaning", "nfc N7"),
        ("safety", "Personal data by kind and source"),
        ("licences", "PSF-2.0"),
        ("licences", "To be attributed"),
        ("samples", "결제를 시작하기 전에\n읽어 주세요."),
        ("samples", "Dropped: 1 for length short"),
    ],
)
def test_a_section_says(name: str, text: str, manifest: Manifest, statistics: Statistics) -> None:
    assert text in section(html_page(manifest, statistics), name)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("course", "The order was not followed"),
        ("cleaning", "built without statistics, so edits were not recorded"),
        ("texts", "words and lengths of its documents were not counted"),
        ("safety", "Not looked for: no such step ran in this build. Names"),
        ("samples", "built without statistics"),
    ],
)
def test_what_was_not_measured_is_said(name: str, text: str, manifest: Manifest) -> None:
    assert text in section(html_page(manifest), name)


def test_what_later_steps_count_is_shown(manifest: Manifest, statistics: Statistics) -> None:
    more = manifest.model_copy(update={"near_duplicates": {"clusters": 4_711}, "pii": {"phone_number": 815}})
    source = html_page(more, statistics)
    assert "the manifest counts 4,711 clusters." in section(source, "copies")
    assert "Not looked for" not in section(source, "safety")
    assert re.search(r"phone number\s*815", section(source, "safety"))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("copies", "Not looked for: the recipe does not ask for dedup: {near: {}}."),
        ("lines", "Not looked for: the recipe does not ask for dedup: {lines: {}}."),
        ("contamination", "Not looked for: the recipe names no suites under dedup: {decontaminate: …}."),
    ],
)
def test_what_was_not_asked_for_is_said(name: str, text: str, manifest: Manifest, statistics: Statistics) -> None:
    assert text in section(html_page(manifest, statistics), name)


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("documents", r"near\s+545 documents go on.*\s545\s+31\s+near duplicate 25"),
        ("documents", r"contained\s+541 documents go on.*\s541\s+2\.6 MiB\s+4\s"),
        ("copies", r"7 documents with the same text as an earlier one"),
        ("copies", r"near duplicate of index6\s*61.0 %"),
        ("copies", r"telco-49 777777777777, 41,200 documents"),
        ("copies", r"0\.65 or more"),
        ("copies", r"8 to 15\s*1\s*12"),
        ("copies", r"telco-49/wiki\s*6\s*61\.0 %"),
        ("copies", r"12 documents, 2 of them stay: 결제를 시작하기 전에 이 안내를"),
        ("copies", r"결제/안내\.md"),
        ("copies", r"0\.81speeches1948/11,190 chars"),
        ("copies", r"duplicates/\*\.parquet, 37 rows"),
        ("lines", r"portone\s*412\s*831\s*20\.5 KiB\s*3"),
        ("lines", r"조회수 0 \| 로그인\s*390"),
        ("contamination", r"kmmlu\s*3\s*5\s*–"),
        ("contamination", r"klue-mrc\s*0\s*–\s*–"),
        ("contamination", r"korean-history-17\s*4"),
        ("contamination", r"and 2 more items"),
        ("contamination", r"퀴즈\.md portone\s*korean-history-17 kmmlu\s*dropped"),
        ("contamination", r"and 4 more in contamination\.parquet"),
    ],
)
def test_what_deduplication_found_is_shown(name: str, pattern: str, deduplicated: tuple[Manifest, Statistics]) -> None:
    text = section(html_page(*deduplicated), name)
    assert re.search(pattern, text), text


def test_what_was_looked_for_and_not_found_is_said(deduplicated: tuple[Manifest, Statistics]) -> None:
    manifest, statistics = deduplicated
    near = NearStatistics(
        clusters=0, documents=0, pairs=0, threshold=0.65, sizes=(), pairs_by_similarity=(0,) * 20, overlap={}
    )
    lines = LinesStatistics(documents=0, lines=0, text_bytes=0, frequent=0)
    update = {"near": near, "contamination": ContaminationStatistics(), "lines": {"portone": lines}}
    source = html_page(manifest, statistics.model_copy(update=update))
    assert re.search(r"Clusters\s*0", section(source, "copies"))
    assert "No source has lines that so many of its documents share." in section(source, "lines")
    assert "No document holds an item of these suites." in section(source, "contamination")


def test_a_bound_that_is_broken_and_a_licence_that_is_missing_are_said(
    manifest: Manifest, statistics: Statistics
) -> None:
    assert statistics.trace is not None
    first, *rest = statistics.trace.nodes
    off = first.model_copy(update={"highest": (0.5, 0.61)})
    trace = statistics.trace.model_copy(update={"nodes": (off, *rest)})
    sources = manifest.sources | {"django": manifest.sources["django"].model_copy(update={"license": None})}
    source = html_page(
        manifest.model_copy(update={"sources": sources, "licenses": {}}), statistics.model_copy(update={"trace": trace})
    )
    assert "finance leaves it." in section(source, "course")
    assert "that cannot be taken for granted" in section(source, "licences")
    assert re.search(r"No licence given\s*django", section(source, "licences"))


def test_stages_are_named_where_they_begin(manifest: Manifest, statistics: Statistics) -> None:
    named = (StretchRecord(name="broad", start=0, stop=1_425), StretchRecord(name="<last>", start=1_425, stop=1_900))
    schedule = ScheduleRecord(stages=named, borders=(0, 1_425, 1_900), ratios={})
    source = html_page(manifest.model_copy(update={"schedule": schedule}), statistics)
    assert '<i style="left: 75.000%; width: 25.000%"><b>&lt;last&gt;</b></i>' in source
    assert "Its weights change on the way" in section(source, "course")


def test_an_earlier_dataset_and_generations_are_shown(manifest: Manifest, statistics: Statistics) -> None:
    served = StoredFile(file="served.parquet", bytes=1, digests={"xxh3_128": "a" * 32})
    earlier = ContinuesRecord(name="telco-49", digest="b" * 32, window=1_234, served=served)
    parts = {part.path: part for part in manifest.parts}
    generations = tuple(
        GenerationRecord(name=name, seed=1, first_window=first, windows=950, first_shard=0, parts=parts)
        for name, first in (("spring", 0), ("autumn", 950))
    )
    source = html_page(manifest.model_copy(update={"continues": earlier, "generations": generations}), statistics)
    assert "Goes on from telco-49 bbbbbbbbbbbb, after its window 1,234." in Page(source).text
    assert re.search(r"autumn\s*950\s*950\s*3,891,200", section(source, "mixture"))
    assert "of the last generation" in section(source, "course")


def test_a_mixture_that_is_off_and_an_account_that_does_not_close_are_said(manifest: Manifest) -> None:
    first = manifest.parts[0].model_copy(update={"tokens": manifest.parts[0].tokens + 2})
    off = manifest.model_copy(update={"parts": (first, *manifest.parts[1:]), "unused_documents": {}})
    text = Page(html_page(off)).text
    assert "Not as planned. A node of the mixture is 2 tokens off its target." in text
    assert "The documents do not add up" in text


def test_what_is_optional_may_be_missing(manifest: Manifest) -> None:
    tokenizer = manifest.tokenizer.model_copy(
        update={"bos": "<s>", "bos_id": 1, "backends": {}, "literal_specials": {}}
    )
    update: dict[str, object] = {
        "eval": {}, "settlement_windows": (), "recipe": None, "documents": {}, "shards": (), "versions": {},
        "unused_tokens": {}, "tokenizer": tokenizer, "quarantine": tuple({"task": number} for number in range(25)),
    }  # fmt: skip
    text = Page(html_page(manifest.model_copy(update=update))).text
    assert "Begin of document" in text
    assert "and 1 more in manifest.json" in text
    assert "None: the recipe asks for no hold-out" in text


def test_the_same_dataset_gives_the_same_page_whatever_the_shards(manifest: Manifest, statistics: Statistics) -> None:
    many = manifest.model_copy(update={"digest": "0" * 32, "shards": manifest.shards * 20_000})
    assert html_page(many, statistics) == html_page(many, statistics)
    assert len(html_page(many, statistics)) < 80_000


def test_many_samples_do_not_make_the_page_long(manifest: Manifest, statistics: Statistics) -> None:
    sample = statistics.samples[0].model_copy(update={"text": "가" * 600})
    source = html_page(manifest, statistics.model_copy(update={"samples": (sample,) * 1_000}))
    assert len(source.encode()) < 600_000
    assert "and 834 more in statistics.json" in Page(source).text
