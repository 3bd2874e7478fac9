"""Bytes of text behind each token id, so that a loss can be told in bits per byte, whatever the vocabulary."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
import orjson
from huggingface_hub import hf_hub_download
from pydantic import BaseModel, JsonValue

from ixigen_data.core.tokenizer_file import FILE_NAME, fingerprint_of
from ixigen_data.shards.manifest import TokenizerRecord

Int64s: TypeAlias = npt.NDArray[np.int64]

_SPACE: Final = "▁"  # what SentencePiece writes for a space
_BYTE: Final = re.compile(r"<0x[0-9A-F]{2}>")


class _AddedToken(BaseModel):
    id: int
    content: str
    special: bool = False


class _Model(BaseModel):
    type: str = "BPE"
    vocab: dict[str, int] | list[tuple[str, float]]
    byte_fallback: bool = False
    end_of_word_suffix: str | None = None
    continuing_subword_prefix: str | None = None


class _File(BaseModel):
    model: _Model
    added_tokens: list[_AddedToken] = []
    normalizer: JsonValue = None
    pre_tokenizer: JsonValue = None
    decoder: JsonValue = None


def model_token_bytes(model: str, tokenizer: TokenizerRecord) -> tuple[Int64s | None, str]:
    """Return the bytes behind each id, from the tokenizer.json that lies with a model, and why there are none.

    Args:
        model: a folder, or an id on the hub.
        tokenizer: of the dataset; another one's file is not taken.

    Returns:
        (vocabulary,) as `token_bytes`, or None; and then a sentence, else "".
    """
    try:
        folder = Path(model)
        data = (folder / FILE_NAME if folder.is_dir() else Path(hf_hub_download(model, FILE_NAME))).read_bytes()
        raw = orjson.loads(data)
        found = fingerprint_of(raw)
        sizes = token_bytes(data, tokenizer.vocab_size)
    except (OSError, ValueError, KeyError, TypeError) as error:
        return None, f"no bits per byte: {FILE_NAME} of {model}: {type(error).__name__}: {str(error).splitlines()[0]}"
    if found != tokenizer.fingerprint:
        told = f"is tokenizer {found}, the dataset was tokenized with {tokenizer.fingerprint}"
        return None, f"no bits per byte: {FILE_NAME} of {model} {told}"
    if sizes is None:
        return None, f"no bits per byte: {FILE_NAME} of {model} is of a kind that does not tell the bytes of its tokens"
    return sizes, ""


def token_bytes(tokenizer_json: bytes, vocab_size: int) -> Int64s | None:
    """Return how many bytes of UTF-8 each id stands for: (at least vocab_size,), 0 for ids that no token has.

    Over the ids of an encoded text they sum to the bytes of the text, as the tokenizer has normalized it; a tokenizer
    that puts a space before each document (SentencePiece's dummy prefix) counts that space too. Special tokens
    stand for no text.

    Returns:
        None for a kind of vocabulary that does not say so: WordPiece, word level, word-end marks.

    Raises:
        ValidationError: the bytes are no tokenizer.json.
    """
    file = _File.model_validate_json(tokenizer_json)
    model, kinds = file.model, set(_kinds([file.normalizer, file.pre_tokenizer, file.decoder]))
    if model.type not in ("BPE", "Unigram") or model.end_of_word_suffix or model.continuing_subword_prefix:
        return None
    vocab = model.vocab
    ids = vocab if isinstance(vocab, dict) else {piece: number for number, (piece, _) in enumerate(vocab)}
    if "ByteLevel" in kinds:
        # Each byte is written as one letter (GPT-2, 2019).
        sizes = {number: len(token) for token, number in ids.items()}
    elif "Metaspace" in kinds or _SPACE in kinds:
        sizes = {number: _piece_bytes(token) for token, number in ids.items()}
    else:
        return None
    for token in file.added_tokens:
        sizes[token.id] = 0 if token.special else len(token.content.encode())
    found = np.zeros(max([vocab_size, *(number + 1 for number in sizes)]), np.int64)
    found[list(sizes)] = list(sizes.values())
    return found


def _piece_bytes(piece: str) -> int:
    return 1 if _BYTE.fullmatch(piece) else len(piece.replace(_SPACE, " ").encode())


def _kinds(steps: list[JsonValue]) -> Iterator[str]:
    """Yield the type of each step, and what it replaces a space with."""
    for step in steps:
        if not isinstance(step, dict):
            continue
        yield str(step.get("type"))
        yield str(step.get("content"))
        for key in ("normalizers", "pretokenizers", "decoders"):
            inner = step.get(key)
            if isinstance(inner, list):
                yield from _kinds(inner)
