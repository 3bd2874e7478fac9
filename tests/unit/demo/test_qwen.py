import base64
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from ixigen_data.core.errors import TokenizerError
from ixigen_data.demo.qwen import ADDED_TOKENS, SPECIAL_TOKENS, parse_ranks, recover_merges, tokenizer_json

# Every byte, then merges in the order of their ranks; the syllable 가 is EA B0 80.
MERGED = (b"th", b"the", b" the", b"\xea\xb0", b"\xea\xb0\x80")
TOKENS = [bytes([byte]) for byte in range(256)] + list(MERGED)


def vocabulary(tokens: list[bytes]) -> bytes:
    return b"".join(base64.b64encode(token) + b" %d\n" % rank for rank, token in enumerate(tokens))


TOKENIZER = Tokenizer.from_str(tokenizer_json(vocabulary(TOKENS)))


def test_merges_follow_from_ranks() -> None:
    merges = list(recover_merges(parse_ranks(vocabulary(TOKENS))))
    assert merges == [(b"t", b"h"), (b"th", b"e"), (b" ", b"the"), (b"\xea", b"\xb0"), (b"\xea\xb0", b"\x80")]


def test_ids_are_the_ranks() -> None:
    assert TOKENIZER.encode(" the가").ids == [258, 260]


def test_decomposed_hangul_is_composed_first() -> None:
    assert TOKENIZER.encode("\u1100\u1161").ids == [260]


def test_added_tokens_come_last_in_order() -> None:
    names = [*SPECIAL_TOKENS, *ADDED_TOKENS]
    assert [TOKENIZER.token_to_id(name) for name in names] == [*range(len(TOKENS), len(TOKENS) + 22)]
    added = TOKENIZER.get_added_tokens_decoder()
    assert [added[TOKENIZER.token_to_id(name)].special for name in names] == [True] * 14 + [False] * 8


@given(st.text())
def test_text_comes_back(text: str) -> None:
    ids = TOKENIZER.encode(text, add_special_tokens=False).ids
    assert TOKENIZER.decode(ids, skip_special_tokens=False) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (b"!!! 0\n", r"line 1 of the vocabulary is not base64, a space, a rank: b'!!! 0'"),
        (b"QQ==\n", r"line 1 of the vocabulary is not base64, a space, a rank"),
        (b"QQ== 0\nQg== 5\n", r"line 2 of the vocabulary: a token twice, or rank 5 where 1 should stand"),
        (b"QQ== 0\nQQ== 1\n", r"line 2 of the vocabulary: a token twice"),
    ],
)
def test_a_broken_vocabulary_is_named(broken: bytes, message: str) -> None:
    with pytest.raises(TokenizerError, match=message):
        parse_ranks(broken)


@pytest.mark.parametrize("token", [b"BB", b"ABA", b"AB"])
def test_a_token_out_of_reach_is_named(token: bytes) -> None:
    with pytest.raises(TokenizerError, match=rf"rank 1 of the vocabulary, {token!r}, is no merge of two tokens"):
        list(recover_merges({b"A": 0, token: 1}))
