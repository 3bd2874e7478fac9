import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from ixigen_data.core.tokenizer_file import fingerprint_of
from ixigen_data.shards.manifest import TokenizerRecord
from ixigen_train.metering.vocabulary import model_token_bytes, token_bytes
from tests.tiny import EOS, TOOL, tiny_tokenizer

GOLDEN = Path("tests/golden/tokenizer.json").read_bytes()
TEXTS = [
    "요금제를 변경하고 싶은데요, ㅋㅋ 10만 원이요?",
    "the thing  and\n\nthe other\r\n",
    "def f(x):\n\treturn x ** 2  # 제곱",
    "🦊e\u0301",
]


def plain(tokenizer_json: bytes) -> Tokenizer:
    return Tokenizer.from_str(json.dumps(json.loads(tokenizer_json) | {"added_tokens": [], "truncation": None}))


def composed(text: str) -> int:
    return len(unicodedata.normalize("NFC", text).encode())


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_ids_of_a_text_sum_to_its_bytes(text: str) -> None:
    sizes = token_bytes(GOLDEN, 0)
    ids = plain(GOLDEN).encode(text, add_special_tokens=False).ids
    assert sizes is not None
    assert int(sizes[ids].sum()) == composed(text)


def test_special_tokens_stand_for_nothing_and_others_for_their_text(tmp_path: Path) -> None:
    described = tiny_tokenizer(tmp_path).read_bytes()
    added = {token["content"]: token["id"] for token in json.loads(described)["added_tokens"]}
    sizes = token_bytes(described, 400)
    assert sizes is not None
    assert (sizes[added[EOS]], sizes[added[TOOL]], sizes[-1], len(sizes)) == (0, len(TOOL), 0, 400)


@pytest.mark.parametrize("text", TEXTS)
def test_pieces_of_sentencepiece_and_bytes_it_falls_back_to(text: str) -> None:
    sizes = token_bytes(pieces().to_str().encode(), 0)
    ids = pieces().encode(text, add_special_tokens=False).ids
    assert sizes is not None
    assert int(sizes[ids].sum()) == composed(text)


def pieces() -> Tokenizer:
    """Pieces of Llama 2's kind: ▁ for a space, `<0xE5>` for a byte of what no piece covers."""
    names = ["<unk>", *(f"<0x{byte:02X}>" for byte in range(256)), *"▁theand요금제", "th", "the", "▁the", "요금"]
    merges = [("t", "h"), ("th", "e"), ("▁", "the"), ("요", "금")]
    vocab = {name: number for number, name in enumerate(names)}
    tokenizer = Tokenizer(models.BPE(vocab, merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Replace(" ", "▁")])
    tokenizer.add_special_tokens(["<unk>"])
    return tokenizer


def test_unigram_pieces_count_the_space_put_before_a_text() -> None:
    tokenizer = Tokenizer(models.Unigram([("<unk>", 0.0), ("▁", -2.0), ("▁요", -1.0), ("금", -1.0), ("a", -1.0)], 0))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    sizes = token_bytes(tokenizer.to_str().encode(), 0)
    assert sizes is not None
    assert int(sizes[tokenizer.encode("요금 a").ids].sum()) == len(" 요금 a".encode())


@pytest.mark.parametrize(
    "model",
    [
        models.WordPiece({"[UNK]": 0, "##a": 1}, unk_token="[UNK]"),
        models.WordLevel({"a": 0}, unk_token="a"),
        models.BPE({"a</w>": 0}, [], end_of_word_suffix="</w>"),
        models.BPE({"a": 0}, []),
    ],
)
def test_vocabularies_that_do_not_tell_their_bytes(model: models.Model) -> None:
    assert token_bytes(Tokenizer(model).to_str().encode(), 10) is None


def test_what_is_no_tokenizer() -> None:
    with pytest.raises(ValidationError, match="model"):
        token_bytes(b'{"architectures": ["LlamaForCausalLM"]}', 10)


def record(fingerprint: str) -> TokenizerRecord:
    return TokenizerRecord(fingerprint=fingerprint, vocab_size=300, eos=EOS, eos_id=0, pad=EOS, pad_id=0)


def test_the_tokenizer_that_lies_with_a_model(tmp_path: Path) -> None:
    described = tiny_tokenizer(tmp_path).read_bytes()
    sizes, told = model_token_bytes(str(tmp_path), record(fingerprint_of(json.loads(described))))
    expected = token_bytes(described, 300)
    assert sizes is not None
    assert expected is not None
    assert (sizes.tolist(), told) == (expected.tolist(), "")


def test_a_model_without_the_dataset_s_tokenizer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    sizes, told = model_token_bytes(str(tmp_path), record("f" * 32))
    assert sizes is None
    assert f"no bits per byte: tokenizer.json of {tmp_path}: FileNotFoundError" in told
    sizes, told = model_token_bytes("nobody/nothing", record("f" * 32))
    assert sizes is None
    assert "tokenizer.json of nobody/nothing: LocalEntryNotFoundError" in told
    tiny_tokenizer(tmp_path)
    sizes, told = model_token_bytes(str(tmp_path), record("f" * 32))
    assert sizes is None
    assert f"the dataset was tokenized with {'f' * 32}" in told


def test_a_tokenizer_that_does_not_tell_its_bytes(tmp_path: Path) -> None:
    described = Tokenizer(models.WordLevel({"a": 0}, unk_token="a")).to_str()
    (tmp_path / "tokenizer.json").write_text(described)
    sizes, told = model_token_bytes(str(tmp_path), record(fingerprint_of(json.loads(described))))
    assert sizes is None
    assert "is of a kind that does not tell" in told
