"""A tokenizer as plain data: what its file says, checked, and a fingerprint of all that decides ids."""

import difflib
import logging
import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import orjson
from pydantic import BaseModel, JsonValue, ValidationError

from ixigen_data.core.errors import TokenizerError
from ixigen_data.core.files import is_local, join, local_path, read_bytes, without_secrets
from ixigen_data.core.tokenizer_file import FILE_NAME, fingerprint_of
from ixigen_data.tokens.settings import TokenizerSettings

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?")
_PLAIN: dict[str, JsonValue] = {"added_tokens": [], "truncation": None, "padding": None, "post_processor": None}
_ADVICE = f"give a folder or a file with a Hugging Face {FILE_NAME}, or a model of the hub such as Qwen/Qwen2.5-3B"


class _AddedToken(BaseModel):
    id: int
    content: str


class _Model(BaseModel):
    type: str = "BPE"
    vocab: dict[str, int] | list[tuple[str, float]]
    dropout: float | None = None


class _TokenizerFile(BaseModel):
    """What of a tokenizer.json must be there; the rest is the backends' business."""

    model: _Model
    added_tokens: list[_AddedToken] = []


@dataclass(frozen=True)
class Tokenizer:
    """An opened tokenizer.json. Ids lie in [0, vocab_size); files keep them as `dtype`."""

    path: str
    fingerprint: str  # of model, normalizer, pre-tokenizer and added tokens: 32 hexadecimal digits
    vocab_size: int  # one more than the largest id, added tokens included
    eos_id: int
    bos_id: int | None
    pad_id: int
    specials: tuple[str, ...]  # the text of every added token, special or not, in the order of ids
    json: bytes  # the tokenizer.json as it is
    plain_json: bytes  # without added tokens, truncation, padding and post-processing: text is text

    @property
    def dtype(self) -> np.dtype[np.uint16] | np.dtype[np.uint32]:
        """The narrowest type that holds every id, little-endian."""
        return np.dtype("<u2") if self.vocab_size <= 2**16 else np.dtype("<u4")


@lru_cache(maxsize=2)
def open_tokenizer(settings: TokenizerSettings) -> Tokenizer:
    """Read and check a tokenizer.

    Raises:
        TokenizerError: there is none at the path, it is not one, or it lacks a token that the recipe names.
    """
    data = _read(settings)
    file, raw = _parse(data, settings.path)
    ids = _ids(file)
    eos_id = _id_of("eos", settings.eos, ids, file, settings.path)
    return Tokenizer(
        path=settings.path,
        fingerprint=fingerprint_of(raw),
        vocab_size=max(ids.values()) + 1,
        eos_id=eos_id,
        bos_id=None if settings.bos is None else _id_of("bos", settings.bos, ids, file, settings.path),
        pad_id=eos_id if settings.pad is None else _id_of("pad", settings.pad, ids, file, settings.path),
        specials=tuple(token.content for token in sorted(file.added_tokens, key=lambda token: token.id)),
        json=data,
        plain_json=orjson.dumps(raw | _PLAIN),
    )


def _read(settings: TokenizerSettings) -> bytes:
    """Return the bytes of the tokenizer.json; a path on the disk goes before a hub id."""
    url = settings.path
    if not is_local(url):
        return _read_url(url if url.endswith(".json") else join(url, FILE_NAME))
    path = local_path(url)
    if path.is_dir():
        if not (path / FILE_NAME).is_file():
            raise TokenizerError(f"tokenizer.path: the folder {path.absolute()} holds no {FILE_NAME}; {_ADVICE}")
        return (path / FILE_NAME).read_bytes()
    if path.is_file():
        return path.read_bytes()
    if not _HUB_ID.fullmatch(url) or url.endswith(".json"):
        raise TokenizerError(f"tokenizer.path: there is no {path.absolute()}; {_ADVICE}")
    return _read_hub(url, settings.revision)


def _read_url(url: str) -> bytes:
    try:
        return read_bytes(url)
    except OSError as fault:
        told = f"cannot read {without_secrets(url)} ({type(fault).__name__})"
        raise TokenizerError(f"tokenizer.path: {told}; {_ADVICE}") from None


def _read_hub(name: str, revision: str | None) -> bytes:
    # Start-up: the hub's client takes 0.4 s, and most tokenizers lie on the disk.
    from huggingface_hub import hf_hub_download  # noqa: PLC0415
    from huggingface_hub.errors import (  # noqa: PLC0415
        HfHubHTTPError,
        HFValidationError,
        LocalEntryNotFoundError,
    )

    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)  # it writes two lines a retry; ours is one in all
    try:
        return local_path(hf_hub_download(name, FILE_NAME, revision=revision)).read_bytes()
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as fault:
        here = local_path(name).absolute()
        told = f"there is no {here}, and the hub gives no {FILE_NAME} of {name!r} ({type(fault).__name__})"
        raise TokenizerError(f"tokenizer.path: {told}; {_ADVICE}") from None


def _parse(data: bytes, path: str) -> tuple[_TokenizerFile, dict[str, JsonValue]]:
    shown = without_secrets(path)
    try:
        raw = orjson.loads(data)
        file = _TokenizerFile.model_validate(raw)
    except orjson.JSONDecodeError as fault:
        raise TokenizerError(f"tokenizer.path: {shown} is not JSON ({fault}); {_ADVICE}") from None
    except ValidationError as fault:
        first = fault.errors()[0]
        where = ".".join(map(str, first["loc"])) or "it"
        told = f"{shown} is not a tokenizer ({where}: {first['msg']})"
        raise TokenizerError(f"tokenizer.path: {told}; {_ADVICE}") from None
    if file.model.dropout:
        told = f"drops merges at random (model.dropout is {file.model.dropout}), so its ids cannot be repeated"
        raise TokenizerError(f"tokenizer.path: {shown} {told}; set model.dropout to null")
    if not file.model.vocab and not file.added_tokens:
        raise TokenizerError(f"tokenizer.path: {shown} has an empty vocabulary; {_ADVICE}")
    return file, raw


def _ids(file: _TokenizerFile) -> dict[str, int]:
    vocab = file.model.vocab
    ids = dict(vocab) if isinstance(vocab, dict) else {piece: number for number, (piece, _) in enumerate(vocab)}
    return ids | {token.content: token.id for token in file.added_tokens}


def _id_of(key: str, token: str, ids: dict[str, int], file: _TokenizerFile, path: str) -> int:
    if token in ids:
        return ids[token]
    added = [entry.content for entry in file.added_tokens]
    near = difflib.get_close_matches(token, added, n=3, cutoff=0.3) or added[:3]
    use = f"; use one of its own, such as {' or '.join(near)}" if near else "; it has no added tokens"
    raise TokenizerError(f"tokenizer.{key}: {token!r} is not a token of {without_secrets(path)}{use}")
