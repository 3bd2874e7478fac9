"""A manifest and its statistics as the demo writes them: four parts on two levels, one with a Korean name."""

import pytest
from pydantic import JsonValue

from ixigen_data.core.samples import EditedPlace, EditSample, Sample
from ixigen_data.shards.manifest import (
    EvalRecord,
    IndexRecord,
    LineageRecord,
    Manifest,
    NodeRecord,
    PartRecord,
    Piece,
    SettlementWindow,
    ShardRecord,
    SourceRecord,
    StageRecord,
    SuiteRecord,
    TokenizerRecord,
)
from ixigen_data.shards.statistics import NodeTrace, Statistics, TextRecord, TraceRecord
from tests.unit.report.deduplicated import deduplicated_manifest, deduplicated_statistics, hostile_dedup

EVIL = "<script>alert('x')</script>\"><img src=x onerror=alert(1)>|`[red]\n```\n"
WINDOW_BYTES = 2048 * 4 + 256 + 4 + 2
RECIPE: JsonValue = {
    "name": "finance-demo",
    "seed": 17,
    "tokenizer": {"path": ".demo/tokenizer/tokenizer.json", "eos": "<|endoftext|>"},
    "sources": {
        "portone": {
            "path": ".demo/corpora/portone/**/*.md",
            "format": "text",
            "language": "ko",
            "license": "Apache-2.0",
        },
        "speeches": {"path": ".demo/corpora/speeches/*.parquet", "text": "연설문", "language": "ko", "license": "MIT"},
        "django": {"path": ".demo/corpora/django/docs/**/*.txt", "language": "en", "license": "BSD-3-Clause"},
        "stdlib": {"path": ".demo/corpora/stdlib/**/*.py", "language": "code", "license": "PSF-2.0"},
    },
    "clean": [{"rule": "controls"}, {"rule": "nfc"}, {"rule": "whitespace"}, {"rule": "length", "min_chars": 200}],
    "dedup": {"exact": {}},
    "mixture": {
        "total_tokens": {"part": "finance", "epochs": 2},
        "holdout": {"tokens": 16384},
        "parts": {
            "finance": {"weight": 24.5, "from": ["portone"], "max_epochs": 2},
            "replay": {
                "weight": 28.5,
                "parts": {
                    "한국어": {"weight": 20, "from": ["speeches"]},
                    "en": {"weight": 5.5, "from": ["django"]},
                    "code": {"weight": 3, "from": ["stdlib"]},
                },
            },
        },
    },
    "packing": {"method": "concat", "seq_len": 2048},
    "shards": {"size_limit": 8388608},
}


def part(path: str, weight: str, source: str, tokens: int, supply: tuple[int, int, int]) -> PartRecord:
    """Return the record of a part from its tokens and its supply: tokens, documents, distinct documents used."""
    supply_tokens, supply_documents, documents = supply
    unique = min(tokens, supply_tokens)
    return PartRecord(
        path=path,
        weight=weight,
        sources=(source,),
        target_tokens=tokens,
        tokens=tokens,
        content_tokens=tokens - documents,
        eos_tokens=documents,
        unique_tokens=unique,
        repeated_tokens=tokens - unique,
        supply_tokens=supply_tokens,
        supply_documents=supply_documents,
        documents=documents,
        epochs=tokens / supply_tokens,
        max_epochs=2.0 if path == "finance" else 1.0,
        windows=tokens // 2048,
    )


def stages(read: int, quarantined: int, clean: dict[str, int], copies: int) -> dict[str, StageRecord]:
    """Return the records of a source's four stages."""
    cleaned = read - quarantined
    kept = cleaned - sum(clean.values())
    copied = {"exact_duplicate": copies} if copies else {}
    return {
        "read": StageRecord(documents_in=read, documents_out=cleaned, quarantined=quarantined),
        "clean": StageRecord(documents_in=cleaned, documents_out=kept, dropped=clean),
        "dedup": StageRecord(documents_in=kept, documents_out=kept - copies, dropped=copied),
        "tokenize": StageRecord(documents_in=kept - copies, documents_out=kept - copies),
    }


def shard(number: int, windows: int, digit: str, parts: dict[str, int]) -> ShardRecord:
    """Return the record of a shard."""
    size = 300 + windows * (WINDOW_BYTES + 4)
    return ShardRecord(
        file=f"shard.{number:05d}.mds", bytes=size, digests={"xxh3_128": digit * 32}, windows=windows, tokens=parts
    )


def sample_manifest() -> Manifest:
    """Return the manifest, sealed; every sum in it closes."""
    parts = (
        part("finance", "24.5", "portone", 1_798_762, (903_411, 530, 530)),
        part("replay/한국어", "20", "speeches", 1_468_377, (14_177_052, 8_741, 903)),
        part("replay/en", "5.5", "django", 403_804, (1_396_310, 633, 187)),
        part("replay/code", "3", "stdlib", 220_257, (3_318_907, 839, 61)),
    )
    paths = [entry.path for entry in parts]
    return Manifest(
        name="finance-demo",
        seed=17,
        seq_len=2048,
        total_tokens=3_891_200,
        total_windows=1_900,
        tokenizer=TokenizerRecord(
            fingerprint="5d0c7f6f6d0e4f7c8d7e2b7a9c1f3e55",
            vocab_size=151_665,
            eos="<|endoftext|>",
            eos_id=151_643,
            pad="<|endoftext|>",
            pad_id=151_643,
            backends={"portone": "fast", "speeches": "fast", "django": "fast", "stdlib": "fast"},
            literal_specials={"<|endoftext|>": 3, "<tool_call>": 1},
        ),
        parts=parts,
        nodes=(
            NodeRecord(path="", weight="1", target_tokens=3_891_200, tokens=3_891_200),
            NodeRecord(path="replay", weight="28.5", target_tokens=2_092_438, tokens=2_092_438),
        ),
        settlement_windows=(
            SettlementWindow(window=871, owner=1, pieces=(Piece(part=1, tokens=2009), Piece(part=2, tokens=39))),
            SettlementWindow(
                window=1893,
                owner=3,
                pieces=(Piece(part=3, tokens=1121), Piece(part=0, tokens=618), Piece(part=2, tokens=309)),
            ),
        ),
        documents={
            "portone": stages(548, 0, {"length_short": 5}, 2),
            "speeches": stages(8_771, 0, {"length_short": 12, "empty": 1}, 3),
            "django": stages(643, 0, {"length_short": 4}, 0),
            "stdlib": stages(868, 3, {"length_short": 9, "empty": 7}, 2),
        },
        unused_documents=dict(zip(paths, (0, 7_838, 446, 778), strict=True)),
        unused_tokens={entry.path: entry.supply_tokens - entry.unique_tokens for entry in parts},
        sources={
            "portone": SourceRecord(
                language="ko", license="Apache-2.0", content_digest="1" * 32, files=548, bytes=3_921_004
            ),
            "speeches": SourceRecord(language="ko", license="MIT", content_digest="2" * 32, files=1, bytes=73_611_208),
            "django": SourceRecord(
                language="en", license="BSD-3-Clause", content_digest="3" * 32, files=643, bytes=5_702_114
            ),
            "stdlib": SourceRecord(
                language="code", license="PSF-2.0", content_digest="4" * 32, files=868, bytes=13_310_442
            ),
        },
        licenses={"portone": "Apache-2.0", "speeches": "MIT", "django": "BSD-3-Clause", "stdlib": "PSF-2.0"},
        shards=(
            shard(0, 950, "a", dict(zip(paths, (899_072, 735_273, 202_791, 108_464), strict=True))),
            shard(1, 950, "b", dict(zip(paths, (899_690, 733_104, 201_013, 111_793), strict=True))),
        ),
        lineage=(
            LineageRecord(file="lineage/shard.00000.parquet", bytes=41_220, digests={"xxh3_128": "c" * 32}, rows=4_102),
            LineageRecord(file="lineage/shard.00001.parquet", bytes=40_915, digests={"xxh3_128": "d" * 32}, rows=4_087),
        ),
        eval={
            path: EvalRecord(windows=8, tokens=16_384, documents=documents, shards=(shard(0, 8, "e", {path: 16_384}),))
            for path, documents in zip(paths, (11, 14, 6, 8), strict=True)
        },
        fingerprints={
            "clean/portone": "0f6f8c11d2b34c5e9b1d5a7e83f2c901",
            "clean/speeches": "ab10c29e7f5d4d60b0f0c2a45be37711",
            "dedup": "77e1b0a9c2d84f31a5f09d6c0e4b8a23",
            "tokenize/portone": "3c9d2e51f0a74b7f8e21c4d6a97b0512",
            "mix": "e2f7a1c05b9d4c3882d1f6e07a4b9c35",
        },
        versions={"numpy": "2.4.6", "pyarrow": "26.0.0", "tokenizers": "0.23.0"},
        recipe=RECIPE,
    ).sealed()


@pytest.fixture(scope="session")
def manifest() -> Manifest:
    """The sample manifest."""
    return sample_manifest()


def sample_statistics() -> Statistics:
    """Return the statistics of the sample manifest; documents and tokens agree with it."""
    kept = {"portone": 541, "speeches": 8_755, "django": 639, "stdlib": 847}
    tokens = {"portone": 919_795, "speeches": 14_193_436, "django": 1_412_694, "stdlib": 3_335_291}
    return Statistics(
        text_bytes={
            name: {"read": 4 * count, "clean": 3 * count, "tokenize": 3 * count} for name, count in tokens.items()
        },
        edited={
            "portone": {"whitespace": 12},
            "speeches": {"nfc": 564, "whitespace": 5_452},
            "django": {},
            "stdlib": {},
        },
        texts={
            name: TextRecord(
                documents=kept[name],
                text_bytes=3 * count,
                words=count // 3,
                tokens=count,
                content_tokens=count - kept[name],
                lengths={512: kept[name] - 1, 16_384: 1},
            )
            for name, count in tokens.items()
        },
        trace=TraceRecord(
            borders=(0, 950, 1_900),
            nodes=(
                NodeTrace(path="finance", bound=0.5, windows=(439, 439), lowest=(-0.4, -0.5), highest=(0.5, 0.4)),
                NodeTrace(path="replay", bound=0.5, windows=(511, 511), lowest=(-0.5, -0.4), highest=(0.4, 0.5)),
                NodeTrace(path="replay/한국어", bound=0.75, windows=(358, 359), lowest=(-0.7, 0), highest=(0.3, 0.2)),
                NodeTrace(path="replay/en", bound=0.75, windows=(99, 98), lowest=(-0.1, 0), highest=(0.625, 0.2)),
                NodeTrace(path="replay/code", bound=0.75, windows=(54, 54), lowest=(-0.1, 0), highest=(0.1, 0.2)),
            ),
        ),
        samples=(
            Sample(
                source="portone",
                key="1" * 32,
                id="결제/안내.md",
                chars=1_204,
                text="결제를 시작하기 전에\n읽어 주세요.",
            ),
            Sample(
                source="stdlib",
                rule="length",
                reason="length_short",
                key="2" * 32,
                id="lib/this.py",
                chars=9,
                text="pass  # 1",
            ),
        ),
        edit_samples=(
            EditSample(
                source="speeches",
                rule="nfc",
                number="N7",
                key="3" * 32,
                id="1948/1",
                places=(EditedPlace(left="국회 ", before="\u1112\u1161\u11ab", after="한", right="국"),),
            ),
            EditSample(
                source="portone",
                rule="whitespace",
                number="N15",
                key="4" * 32,
                id="결제/안내.md",
                places=(EditedPlace(left="가맹점", before=" ", after="", right="\n문의"),),
            ),
        ),
        personal_data={"portone": {"email": 12, "phone": 3}, "speeches": {"phone": 2}},
    )


@pytest.fixture(scope="session")
def statistics() -> Statistics:
    """The sample statistics."""
    return sample_statistics()


@pytest.fixture(scope="session")
def deduplicated() -> tuple[Manifest, Statistics]:
    """A manifest and statistics with everything that deduplication can look for."""
    return deduplicated_manifest(sample_manifest()), deduplicated_statistics(sample_statistics())


@pytest.fixture(scope="session")
def hostile_statistics() -> Statistics:
    """Statistics whose every name and text tries to get out of where it is shown."""
    found = sample_statistics()
    assert found.trace is not None
    nodes = (found.trace.nodes[0].model_copy(update={"path": EVIL}), *found.trace.nodes[1:])
    kept = Sample(source=EVIL, key="1" * 32, id=EVIL, chars=9, text=EVIL)
    dropped = kept.model_copy(update={"rule": EVIL, "reason": EVIL})
    place = EditedPlace(left=EVIL, before=EVIL, after=EVIL, right=EVIL)
    return found.model_copy(
        update={
            "edited": {EVIL: {EVIL: 3}},
            "text_bytes": {EVIL: {EVIL: 3}},
            "texts": {EVIL: found.texts["portone"]},
            "trace": found.trace.model_copy(update={"nodes": nodes}),
            "samples": (kept, dropped),
            "edit_samples": (EditSample(source=EVIL, rule=EVIL, number=EVIL, key="1" * 32, id=EVIL, places=(place,)),),
            "personal_data": {EVIL: {EVIL: 3}},
            **hostile_dedup(EVIL),
        }
    )


@pytest.fixture(scope="session")
def hostile() -> Manifest:
    """A manifest whose every name tries to get out of where it is shown."""
    return _renamed(sample_manifest(), EVIL)


def _renamed(manifest: Manifest, evil: str) -> Manifest:
    first = manifest.parts[0].model_copy(update={"path": evil, "weight": evil, "sources": (evil,)})
    source = manifest.sources["portone"].model_copy(update={"license": evil, "language": evil})
    documents = manifest.documents | {evil: {evil: StageRecord(documents_in=1, documents_out=0, dropped={evil: 1})}}
    return manifest.model_copy(
        update={
            "name": evil,
            "parts": (first, *manifest.parts[1:]),
            "sources": manifest.sources | {evil: source},
            "licenses": {evil: evil},
            "documents": documents,
            "tokenizer": manifest.tokenizer.model_copy(
                update={"eos": evil, "backends": {evil: evil}, "literal_specials": {evil: 1}}
            ),
            "fingerprints": {evil: evil},
            "versions": {evil: evil},
            "quarantine": ({evil: evil},),
            "pii": {evil: 1},
            "near_duplicates": {evil: 1},
            "contamination": {evil: SuiteRecord(items=1, dropped=1)},
            "indexes": (IndexRecord(name=evil, digest="1" * 32, documents=1),),
            "recipe": {evil: [evil, {"clean": evil}], "clean": [{"rule": evil}]},
        }
    ).sealed()
