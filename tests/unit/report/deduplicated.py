"""What deduplication adds to the sample manifest and its statistics."""

from ixigen_data.shards.dedup_statistics import (
    ContaminationStatistics,
    FrequentLine,
    LinesStatistics,
    MetDocument,
    MetItem,
    NearStatistics,
    ShownCluster,
    ShownDocument,
    SizeBin,
)
from ixigen_data.shards.manifest import (
    ContaminatedRecord,
    DuplicatesRecord,
    IndexRecord,
    Manifest,
    StageRecord,
    SuiteRecord,
)
from ixigen_data.shards.statistics import Statistics

KEEPER = ShownDocument(
    source="portone", id="결제/안내.md", chars=1_204, before=10, text="결제를 시작하기 전에 이 안내를 읽어 주세요."
)
MEMBER = ShownDocument(
    source="speeches",
    id="1948/1",
    similarity=0.8125,
    chars=1_190,
    before=10,
    text="결제를 시작하기 전에 저 안내를 읽어 주세요",
)
NEAR = NearStatistics(
    clusters=12,
    documents=37,
    pairs=55,
    threshold=0.65,
    sizes=(
        SizeBin(documents_from=2, clusters=11, documents=25),
        SizeBin(documents_from=8, clusters=1, documents=12),
    ),
    pairs_by_similarity=(0,) * 13 + (20, 10, 5, 5, 5, 5, 5),
    overlap={"portone": {"portone": 20, "telco-49/wiki": 6}, "speeches": {"portone": 5}},
    largest=(ShownCluster(documents=12, kept=2, keeper=KEEPER, members=(MEMBER,)),),
)


def deduplicated_manifest(found: Manifest) -> Manifest:
    """Return the sample manifest as it would be with near-duplicates, an index, suites and frequent lines looked for.

    Of portone, 40 documents more were read and dropped, so that every sum closes.
    """
    assert isinstance(found.recipe, dict)
    record = {"bytes": 900, "digests": {"xxh3_128": "9" * 32}, "file": "duplicates/00000.parquet"}
    dropped = {"exact_duplicate": 2, "near_duplicate": 25, "near_duplicate_of_index": 6, "contained": 4}
    documents = {
        "read": StageRecord(documents_in=588, documents_out=588),
        "clean": StageRecord(documents_in=588, documents_out=578, dropped={"length_short": 5, "contaminated": 5}),
        "dedup": StageRecord(documents_in=578, documents_out=576, dropped={"exact_duplicate": 2}),
        "near": StageRecord(
            documents_in=576, documents_out=545, dropped={"near_duplicate": 25, "near_duplicate_of_index": 6}
        ),
        "contained": StageRecord(documents_in=545, documents_out=541, dropped={"contained": 4}),
        "tokenize": StageRecord(documents_in=541, documents_out=541),
    }
    return found.model_copy(
        update={
            "documents": found.documents | {"portone": documents},
            "near_duplicates": {"clusters": 12, "documents": 37, "pairs": 55, **dropped},
            "duplicates": (DuplicatesRecord(**record, source="portone", rows=37, dropped=dropped),),
            "contamination": {"kmmlu": SuiteRecord(items=3, dropped=5), "klue-mrc": SuiteRecord(items=0)},
            "contaminated": ContaminatedRecord(
                file="contamination.parquet", bytes=700, digests={"xxh3_128": "8" * 32}, rows=5
            ),
            "indexes": (IndexRecord(name="telco-49", digest="7" * 32, documents=41_200),),
            "recipe": found.recipe
            | {"dedup": {"exact": {}, "near": {}, "lines": {}, "decontaminate": {"suites": [{"name": "kmmlu"}]}}},
        }
    ).sealed()


def deduplicated_statistics(found: Statistics) -> Statistics:
    """Return the statistics that belong to `deduplicated_manifest`."""
    contamination = ContaminationStatistics(
        by_source={"portone": {"kmmlu": 5}},
        items=(MetItem(suite="kmmlu", item="korean-history-17", documents=4),),
        hidden_items=2,
        documents=(
            MetDocument(source="portone", id="퀴즈.md", suite="kmmlu", item="korean-history-17", action="dropped"),
        ),
        hidden_documents=4,
    )
    line = FrequentLine(text="조회수 0 | 로그인", documents=390)
    lines = LinesStatistics(documents=412, lines=831, text_bytes=21_000, emptied=3, frequent=14, examples=(line,))
    update = {"near": NEAR, "contamination": contamination, "lines": {"portone": lines}}
    return found.model_copy(update=update)


def hostile_dedup(evil: str) -> dict[str, object]:
    """Return what statistics tell of deduplication, every name and text `evil`."""
    keeper = ShownDocument(source=evil, id=evil, chars=9, text=evil)
    member = keeper.model_copy(update={"similarity": 0.9, "text": f"{evil} else {evil}"})
    return {
        "near": NEAR.model_copy(
            update={
                "overlap": {evil: {evil: 3}},
                "largest": (ShownCluster(documents=3, kept=1, keeper=keeper, members=(member,)),),
            }
        ),
        "contamination": ContaminationStatistics(
            by_source={evil: {evil: 3}},
            items=(MetItem(suite=evil, item=evil, documents=3),),
            documents=(MetDocument(source=evil, id=evil, suite=evil, item=evil, action=evil),),
        ),
        "lines": {
            evil: LinesStatistics(
                documents=1, lines=1, text_bytes=1, frequent=1, examples=(FrequentLine(text=evil, documents=1),)
            )
        },
    }
