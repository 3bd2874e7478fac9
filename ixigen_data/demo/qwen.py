"""Qwen2.5's tokenizer from its vocabulary file, with the `tokenizers` library alone.

`qwen.tiktoken` lists every token's bytes and rank. A `tokenizer.json` also wants the merges; they follow from the
ranks: a token is the merge of the two pieces that byte-pair encoding leaves when only lower ranks may be formed.
"""

import base64
from collections.abc import Iterator
from itertools import pairwise

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from ixigen_data.core.errors import TokenizerError

# Ids 151643-151664, in order; agrees with the published tokenizer.json, which differs from Qwen-1's specials.
SPECIAL_TOKENS = tuple(
    "<|endoftext|> <|im_start|> <|im_end|> <|object_ref_start|> <|object_ref_end|> <|box_start|> <|box_end|>"
    " <|quad_start|> <|quad_end|> <|vision_start|> <|vision_end|> <|vision_pad|> <|image_pad|> <|video_pad|>".split()
)
ADDED_TOKENS = tuple(
    "<tool_call> </tool_call> <|fim_prefix|> <|fim_middle|> <|fim_suffix|> <|fim_pad|>"
    " <|repo_name|> <|file_sep|>".split()
)

_WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def tokenizer_json(vocabulary: bytes) -> str:
    """Return the `tokenizer.json` of a tiktoken vocabulary: a line a token, base64 of its bytes, a space, its rank.

    Raises:
        TokenizerError: a line is not of that form, or ranks do not count up from 0.
    """
    ranks = parse_ranks(vocabulary)
    letters = byte_letters()
    names = {token: "".join([letters[byte] for byte in token]) for token in ranks}
    merges = [(names[left], names[right]) for left, right in recover_merges(ranks)]
    tokenizer = Tokenizer(models.BPE(vocab={names[token]: rank for token, rank in ranks.items()}, merges=merges))
    tokenizer.normalizer = normalizers.NFC()
    words = pre_tokenizers.Split(Regex(_WORDS), behavior="isolated")
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, trim_offsets=False, use_regex=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([words, byte_level])
    tokenizer.post_processor = processors.ByteLevel(add_prefix_space=False, trim_offsets=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(name, normalized=False, special=True) for name in SPECIAL_TOKENS])
    tokenizer.add_tokens([AddedToken(name, normalized=False, special=False) for name in ADDED_TOKENS])
    return tokenizer.to_str()


def parse_ranks(vocabulary: bytes) -> dict[bytes, int]:
    """Return each token's rank, in order of rank.

    Raises:
        TokenizerError: see `tokenizer_json`.
    """
    ranks: dict[bytes, int] = {}
    for number, line in enumerate(vocabulary.splitlines()):
        encoded, _, rank = line.partition(b" ")
        try:
            ranks[base64.b64decode(encoded, validate=True)] = int(rank)
        except ValueError:
            raise TokenizerError(
                f"line {number + 1} of the vocabulary is not base64, a space, a rank: {line[:40]!r}"
            ) from None
        if int(rank) != number or len(ranks) != number + 1:
            raise TokenizerError(
                f"line {number + 1} of the vocabulary: a token twice, or rank {int(rank)} where {number} should stand"
            )
    return ranks


def recover_merges(ranks: dict[bytes, int]) -> Iterator[tuple[bytes, bytes]]:
    """Yield the two halves of every token of more than one byte, in order of rank.

    Raises:
        TokenizerError: a token cannot be reached from tokens of lower rank.
    """
    for token, rank in ranks.items():
        if len(token) > 1:
            pieces = _encode_below(token, rank, ranks)
            if len(pieces) != 2 or any(ranks.get(piece, rank) >= rank for piece in pieces):
                raise TokenizerError(
                    f"rank {rank} of the vocabulary, {token!r}, is no merge of two tokens of lower rank"
                )
            yield pieces[0], pieces[1]


def byte_letters() -> list[str]:
    """Return the printable letter that stands for each byte in byte-level vocabularies (GPT-2, 2019).

    >>> byte_letters()[ord("a")], byte_letters()[ord(" ")]
    ('a', 'Ġ')
    """
    printable = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    others = iter(range(0x100, 0x200))
    return [chr(byte) if byte in printable else chr(next(others)) for byte in range(256)]


def _encode_below(token: bytes, limit: int, ranks: dict[bytes, int]) -> list[bytes]:
    """Return the byte-pair encoding of `token` with the ranks below `limit` only."""
    pieces = [token[place : place + 1] for place in range(len(token))]
    while len(pieces) > 2:
        pair_ranks = [ranks.get(left + right, limit) for left, right in pairwise(pieces)]
        lowest = min(pair_ranks)
        if lowest >= limit:
            break
        place = pair_ranks.index(lowest)
        pieces[place : place + 2] = [pieces[place] + pieces[place + 1]]
    return pieces
