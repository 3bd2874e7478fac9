"""Both backends give the same ids; text is text; memory stays bounded."""

import json
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from ixigen_data.core.errors import TokenizerError
from ixigen_data.tokens.backend import Backend
from ixigen_data.tokens.battery import battery, failed_cases
from ixigen_data.tokens.compare import differing_rows
from ixigen_data.tokens.fast import FastBackend
from ixigen_data.tokens.reference import ReferenceBackend, open_decoder
from ixigen_data.tokens.settings import TokenizerSettings
from ixigen_data.tokens.tokenizer import Tokenizer, open_tokenizer
from tests.tiny import EOS, tiny_tokenizer
from tests.unit.tokens.source import TEXTS


@pytest.fixture(params=["reference", "fast"])
def backend(request: pytest.FixtureRequest) -> Backend:
    chosen: Backend = request.getfixturevalue(request.param)
    return chosen


def column(texts: list[str]) -> pa.LargeStringArray:
    return pa.array(texts, pa.large_string())


def test_ids_spell_the_text(backend: Backend, tokenizer: Tokenizer) -> None:
    ids, counts = backend.encode(column(TEXTS))
    assert (ids.dtype, counts.dtype) == (np.uint32, np.int64)
    decode = open_decoder(tokenizer)
    rows = np.split(ids, np.cumsum(counts)[:-1])
    assert [decode(row.tolist()) for row in rows] == TEXTS  # all of them are NFC


def test_literal_special_tokens_are_text(backend: Backend, tokenizer: Tokenizer) -> None:
    ids, _ = backend.encode(column([f"a{special}b" for special in tokenizer.specials]))
    assert ids.max() < tokenizer.eos_id


def test_no_document_and_empty_documents(backend: Backend) -> None:
    ids, counts = backend.encode(column([]))
    assert (ids.tolist(), counts.tolist()) == ([], [])
    ids, counts = backend.encode(column(["", "x", ""]))
    assert counts.tolist() == [0, 1, 0]
    assert len(ids) == 1


def test_a_slice_of_a_column(backend: Backend) -> None:
    whole, counts = backend.encode(column(TEXTS))
    part, part_counts = backend.encode(column(TEXTS).slice(2, 3))
    assert part_counts.tolist() == counts[2:5].tolist()
    assert part.tolist() == whole[counts[:2].sum() : counts[:5].sum()].tolist()


def test_truncation_in_the_file_cuts_nothing(backend: Backend) -> None:
    _, counts = backend.encode(column(["x y " * 500]))
    assert counts[0] > 500  # the tiny tokenizer's file asks for 8


def test_the_battery_passes(tokenizer: Tokenizer, reference: ReferenceBackend, fast: FastBackend) -> None:
    assert failed_cases(tokenizer, reference, fast) == []


def test_the_battery_holds_what_it_promises() -> None:
    cases = battery([EOS])
    assert 1_000_000 < len(cases["line of 1 MB"].encode()) < 2_000_000
    assert "\n" not in cases["line of 1 MB"]
    assert cases["literal special tokens"].count(EOS) == 2


def test_a_difference_names_its_document(reference: ReferenceBackend) -> None:
    class Wrong(ReferenceBackend):
        def encode(self, text: pa.LargeStringArray) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
            return super().encode(column([one.replace("10", "11") for one in text.to_pylist()]))

    wrong = Wrong.__new__(Wrong)
    wrong.__dict__ = reference.__dict__
    assert differing_rows(column(TEXTS), reference, wrong) == [3, 6]


def test_a_full_cache_is_renewed_and_ids_stay(
    tokenizer: Tokenizer, reference: ReferenceBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = FastBackend(tokenizer, cache_bytes=1 << 20)
    sizes = count(0, 4 << 20)  # the process may grow by nothing, where earlier tests left it memory
    monkeypatch.setattr(small, "_process", SimpleNamespace(memory_info=lambda: SimpleNamespace(rss=next(sizes))))
    random = np.random.default_rng(0)
    for _ in range(6):
        letters = random.integers(97, 123, (200, 2_000), np.uint8)
        letters[:, ::7] = ord(" ")
        text = column([row.tobytes().decode() for row in letters])
        assert differing_rows(text, reference, small) == []
    assert small.renewals > 0


def test_what_gigatoken_refuses(tmp_path: Path) -> None:
    path = tiny_tokenizer(tmp_path)
    document = json.loads(path.read_text())
    document["model"] = {"type": "WordLevel", "vocab": document["model"]["vocab"], "unk_token": "a"}
    path.write_text(json.dumps(document))
    with pytest.raises(TokenizerError, match="gigatoken cannot read this tokenizer: "):
        FastBackend(open_tokenizer(TokenizerSettings(path=str(path), eos=EOS)))


def test_what_tokenizers_refuses(tmp_path: Path) -> None:
    path = tiny_tokenizer(tmp_path)
    document = json.loads(path.read_text())
    path.write_text(json.dumps(document | {"pre_tokenizer": {"type": "Nonsense"}}))
    with pytest.raises(TokenizerError, match=r"tokenizer.path: .* is refused by the tokenizers library: "):
        ReferenceBackend(open_tokenizer(TokenizerSettings(path=str(path), eos=EOS)))
