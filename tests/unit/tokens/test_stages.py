"""From cleaned chunks to the token store, through the stages as a build runs them."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from ixigen_data.clean.keys import document_keys
from ixigen_data.engine.completion import read_outcomes
from ixigen_data.tokens import audit, backends, encode, store_stage
from ixigen_data.tokens.audit import AuditSummary, backend_of
from ixigen_data.tokens.encode_stage import TokenizeSummary
from ixigen_data.tokens.fast import FastBackend
from ixigen_data.tokens.reference import open_decoder
from ixigen_data.tokens.settings import TokenizerSettings
from ixigen_data.tokens.store import TokenStore
from ixigen_data.tokens.tokenizer import open_tokenizer
from tests.tiny import BOS, EOS, tiny_tokenizer
from tests.unit.tokens.source import TEXTS, Source

GROUPS = [TEXTS[:3], TEXTS[3:7], TEXTS[7:]]


def texts_of(store: TokenStore, settings: TokenizerSettings) -> list[str]:
    """Return the text of every document of a store, BOS and EOS included, in its order."""
    decode = open_decoder(open_tokenizer(settings))
    (index,) = store.indices()
    tokens = store.read_tokens(0, 4096)
    return [decode(row.tolist()) for row in np.split(tokens, index.start[1:])]


def by_key(texts: list[str]) -> list[str]:
    keys = document_keys(pa.array(texts, pa.large_string()))
    return [texts[row] for row in np.lexsort((keys[:, 1], keys[:, 0]))]


def test_every_document_once_by_key_closed_by_eos(folder: str, settings: TokenizerSettings) -> None:
    store = Source(folder, settings, GROUPS).stored()
    assert texts_of(store, settings) == [text + EOS for text in by_key(TEXTS)]
    assert (store.bucket_documents.sum(), store.bucket_tokens.sum()) == (8, len(store.read_tokens(0, 4096)))


def test_bos_opens_every_document(folder: str, settings: TokenizerSettings) -> None:
    with_bos = settings.model_copy(update={"bos": BOS})
    source = Source(folder, with_bos, GROUPS)
    assert texts_of(source.stored(), with_bos) == [BOS + text + EOS for text in by_key(TEXTS)]
    outcomes = read_outcomes(source.done["tokenize/wiki"])
    assert sum(outcome.ledger.account("tokenize", "wiki").counts["bos_tokens"] for outcome in outcomes) == 8


def test_dropped_rows_are_left_out(folder: str, settings: TokenizerSettings) -> None:
    drops = {0: [1], 1: [0, 3], 2: [0]}
    source = Source(folder, settings, GROUPS, drops=lambda chunk: np.array(drops[chunk], np.uint32))
    kept = [TEXTS[0], TEXTS[2], TEXTS[4], TEXTS[5]]
    assert texts_of(source.stored(), settings) == [text + EOS for text in by_key(kept)]


def test_a_source_of_which_nothing_is_left(folder: str, settings: TokenizerSettings) -> None:
    store = Source(folder, settings, [["x"]], drops=lambda _: np.zeros(1, np.uint32)).stored()
    assert store.bucket_tokens.sum() == 0
    assert len(store.index(7)) == 0
    assert len(Source(f"{folder}/none", settings, []).stored().read_tokens(0, 4096)) == 0


def test_the_ledger_counts_tokens_by_kind(folder: str, settings: TokenizerSettings) -> None:
    source = Source(folder, settings, GROUPS)
    source.tokenized()
    outcomes = read_outcomes(source.done["tokenize/wiki"])
    account = outcomes[0].ledger.account("tokenize", "wiki")
    assert account.closes()
    assert account.documents_in == 3
    counts = account.counts
    assert counts["tokens"] == counts["content_tokens"] + counts["eos_tokens"] + counts["bos_tokens"]
    assert (counts["eos_tokens"], counts["literal_specials"]) == (3, 2)
    assert counts["text_bytes"] == sum(len(text.encode()) for text in TEXTS[:3])
    summary = TokenizeSummary.model_validate(outcomes[0].summary)
    assert summary.literal_specials == {"<tool>": 1, EOS: 1}


def test_the_index_says_where_a_document_comes_from(folder: str, settings: TokenizerSettings) -> None:
    store = Source(folder, settings, GROUPS).stored()
    (index,) = store.indices()
    rows = index.table.select(["id", "file", "offset"]).to_pylist()
    assert sorted((row["id"], row["file"], row["offset"]) for row in rows)[3] == ("1-0", 1, 0)
    assert [(row["id"]) for row in rows] == [f"{row['file']}-{row['offset']}" for row in rows]


def test_buckets_are_read_alone(folder: str, settings: TokenizerSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_stage, "TOKENS_PER_FILE", 16)
    source = Source(folder, settings, GROUPS)
    store = source.stored()
    assert len(list(store.indices())) == 16
    whole, tokens = store.index(0, 4096), store.read_tokens(0, 4096)
    for bucket in np.flatnonzero(store.bucket_documents).tolist():
        rows = whole.hi >> np.uint64(52) == bucket
        index = store.index(bucket)
        assert index.hi.tolist() == whole.hi[rows].tolist()
        assert index.lo.tolist() == whole.lo[rows].tolist()
        start = int(whole.start[rows][0])
        expected = tokens[start : start + int(store.bucket_tokens[bucket])].tolist()
        assert store.read_tokens(bucket).tolist() == expected
        assert store.read_piece(bucket, 1, len(expected)).tolist() == expected[1:]
    assert (
        store.read_tokens(100, 3000).tolist()
        == tokens[store.bucket_tokens[:100].sum() : store.bucket_tokens[:3000].sum()].tolist()
    )


def test_the_store_does_not_depend_on_chunks(folder: str, settings: TokenizerSettings) -> None:
    one = Source(f"{folder}/one", settings, [TEXTS]).stored()
    many = Source(f"{folder}/many", settings, [[text] for text in TEXTS]).stored()
    assert one.read_tokens(0, 4096).tolist() == many.read_tokens(0, 4096).tolist()
    assert one.bucket_tokens.tolist() == many.bucket_tokens.tolist()


def test_equal_texts_keep_their_order(folder: str, settings: TokenizerSettings) -> None:
    store = Source(folder, settings, [["same", "x", "same"], ["same"]]).stored()
    ids = store.index(0, 4096).table.column("id").to_pylist()
    assert [one for one in ids if one != "0-1"] == ["0-0", "0-2", "1-0"]


def test_text_is_encoded_piece_by_piece(
    folder: str, settings: TokenizerSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Source(f"{folder}/whole", settings, GROUPS).stored().read_tokens(0, 4096)
    monkeypatch.setattr(encode, "_PIECE_BYTES", 30)
    pieces = Source(f"{folder}/pieces", settings, GROUPS).stored().read_tokens(0, 4096)
    assert whole.tolist() == pieces.tolist()


def test_the_audit_chooses_the_fast_backend(folder: str, settings: TokenizerSettings) -> None:
    source = Source(folder, settings, GROUPS)
    found = source.audited()
    assert backend_of(found) == "fast"
    summary = AuditSummary.model_validate(read_outcomes(found)[0].summary)
    assert summary.documents == 8  # at least the lowest keys of every chunk
    assert summary.different == 0


def test_the_recipe_may_ask_for_the_reference(folder: str, settings: TokenizerSettings) -> None:
    fast = Source(f"{folder}/fast", settings, GROUPS).stored().read_tokens(0, 4096)
    slow = Source(f"{folder}/slow", settings.model_copy(update={"backend": "reference"}), GROUPS)
    assert slow.stored().read_tokens(0, 4096).tolist() == fast.tolist()
    summary = AuditSummary.model_validate(read_outcomes(slow.done["audit/wiki"])[0].summary)
    assert (summary.backend, summary.reason) == ("reference", "the recipe asks for it")


@pytest.fixture
def differing(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Put a fast backend in place that takes one word for another."""
    monkeypatch.setattr(backends, "FastBackend", Differing)
    for cache in (audit._refusal, backends.open_fast):
        cache.cache_clear()
    yield monkeypatch
    for cache in (audit._refusal, backends.open_fast):
        cache.cache_clear()


class Differing(FastBackend):
    """A fast backend that takes one word for another."""

    word = "king"

    def encode(self, text: pa.LargeStringArray) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
        wrong = [one.replace(self.word, self.word[::-1]) for one in text.to_pylist()]
        return super().encode(pa.array(wrong, pa.large_string()))


@pytest.mark.usefixtures("differing")
def test_a_difference_in_the_sample_chooses_the_reference(folder: str, settings: TokenizerSettings) -> None:
    found = Source(folder, settings, GROUPS).audited()
    summary = AuditSummary.model_validate(read_outcomes(found)[0].summary)
    assert (summary.backend, summary.differences) == ("reference", ["1-3"])
    assert summary.reason == "ids differ on 1 of 8 documents, such as 1-3"
    assert backend_of(found) == "reference"


def test_a_difference_on_the_battery_chooses_the_reference(
    folder: str, settings: TokenizerSettings, differing: pytest.MonkeyPatch
) -> None:
    differing.setattr(backends, "FastBackend", type("Battered", (Differing,), {"word": "<br/>"}))
    summary = AuditSummary.model_validate(read_outcomes(Source(folder, settings, GROUPS).audited())[0].summary)
    assert (summary.backend, summary.reason) == ("reference", "ids differ on the battery: punctuation")


def test_a_tokenizer_that_gigatoken_refuses(folder: str, tmp_path: Path) -> None:
    path = tiny_tokenizer(tmp_path)
    document = json.loads(path.read_text())
    document["model"] = {"type": "WordLevel", "vocab": document["model"]["vocab"], "unk_token": "a"}
    path.write_text(json.dumps(document))
    found = Source(folder, TokenizerSettings(path=str(path), eos=EOS), GROUPS).audited()
    summary = AuditSummary.model_validate(read_outcomes(found)[0].summary)
    assert summary.reason.startswith("gigatoken cannot read this tokenizer: ")


def test_one_task_of_the_audit_is_enough_to_doubt(
    folder: str, settings: TokenizerSettings, differing: pytest.MonkeyPatch
) -> None:
    differing.setattr(audit, "_TASK_BYTES", 1)
    found = Source(folder, settings, GROUPS).audited()
    backends = [AuditSummary.model_validate(outcome.summary).backend for outcome in read_outcomes(found)]
    assert backends == ["fast", "reference", "fast"]
    assert backend_of(found) == "reference"
