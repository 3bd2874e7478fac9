from ixigen_data.report.texts import text_rows
from ixigen_data.shards.manifest import Manifest
from ixigen_data.shards.statistics import Statistics, TextRecord


def test_texts_by_source(manifest: Manifest, statistics: Statistics) -> None:
    first = text_rows(manifest, statistics)[0]
    assert (first.source, first.language, first.documents, first.tokens) == ("portone", "ko", 541, 919_795)
    assert first.tokens_per_word == (919_795 - 541) / 306_598
    assert first.bytes_per_token == 2_759_385 / (919_795 - 541)
    assert round(first.mean) == 1_700
    assert first.median == 609  # in the middle of 512 to 724 on a log scale


def test_a_source_without_documents(manifest: Manifest, statistics: Statistics) -> None:
    nothing = TextRecord(documents=0, text_bytes=0, words=0, tokens=0, content_tokens=0, lengths={})
    (row,) = text_rows(manifest, statistics.model_copy(update={"texts": {"gone": nothing}}))
    assert (row.language, row.tokens_per_word, row.bytes_per_token, row.mean, row.median) == (None, 0, 0, 0, 0)
