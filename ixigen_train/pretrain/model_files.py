"""The small files of a model, from a folder or the hub: what can be known before its weights are read."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

from ixigen_data.core.errors import IxigenError
from ixigen_data.core.files import read_bytes, without_secrets
from ixigen_data.core.tokenizer_file import FILE_NAME as TOKENIZER
from ixigen_data.core.tokenizer_file import fingerprint_of
from ixigen_train.recipe.settings import ModelSettings

CONFIG = "config.json"
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?")
_EXTENDING = ("linear", "dynamic", "yarn", "longrope")  # `llama3` already tells the extended length


@dataclass(frozen=True)
class ModelFiles:
    """What a model says of itself. `config` holds the recipe's overrides."""

    path: str
    config: Mapping[str, JsonValue]
    tokenizer: Mapping[str, JsonValue] | None  # None where the model comes without a tokenizer.json

    @property
    def vocab_size(self) -> int | None:
        """Ids that it has embeddings for; None where it does not say."""
        return _whole(self.config.get("vocab_size"))

    @property
    def eos_ids(self) -> tuple[int, ...]:
        """The ids that it ends at; none where it does not say."""
        told = self.config.get("eos_token_id")
        return tuple(value for value in (told if isinstance(told, list) else [told]) if isinstance(value, int))

    @property
    def longest_context(self) -> int | None:
        """Positions that it can tell apart, scaled rotary angles included; None where it does not say."""
        told = _whole(self.config.get("max_position_embeddings"))
        if told is None:
            return None
        scaling = self.config.get("rope_scaling") or self.config.get("rope_parameters")
        if not isinstance(scaling, dict) or scaling.get("rope_type", scaling.get("type")) not in _EXTENDING:
            return told
        factor, first = scaling.get("factor"), _whole(scaling.get("original_max_position_embeddings")) or told
        return max(told, int(first * factor)) if isinstance(factor, int | float) else told

    @property
    def fingerprint(self) -> str | None:
        """The fingerprint of its tokenizer.json; None where there is none.

        Raises:
            IxigenError: the file is not a tokenizer.
        """
        if self.tokenizer is None:
            return None
        if not isinstance(self.tokenizer.get("model"), dict):
            raise IxigenError(f"model.path: {self.path}: {TOKENIZER} is not a tokenizer (it has no model)")
        return fingerprint_of(self.tokenizer)


def read_model_files(settings: ModelSettings, config: str | None = None) -> ModelFiles:
    """Read the small files of a model; those alone are fetched from the hub.

    Args:
        settings: the recipe's; a path on the disk goes before a hub id.
        config: the URL of a config.json to take instead, and no tokenizer, where the model itself is not at hand.

    Raises:
        IxigenError: there is no such model, or its config.json is not one.
    """
    if config is not None:
        return ModelFiles(settings.path, _object(_read(config), config) | settings.overrides, None)
    path = settings.path
    found = _object(_file(path, CONFIG), f"{path}: {CONFIG}")
    tokenizer = _file(path, TOKENIZER, optional=True)
    return ModelFiles(
        path,
        found | settings.overrides,
        None if tokenizer is None else _object(tokenizer, f"{path}: {TOKENIZER}"),
    )


def _whole(value: JsonValue) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _object(data: bytes | None, place: str) -> dict[str, JsonValue]:
    try:
        value = json.loads(data or b"")
    except ValueError as fault:  # UnicodeDecodeError included
        raise IxigenError(f"model.path: {without_secrets(place)} is not JSON ({fault})") from None
    if not isinstance(value, dict):
        raise IxigenError(f"model.path: {without_secrets(place)} is not an object, but {type(value).__name__}")
    return value


def _read(url: str) -> bytes:
    try:
        return read_bytes(url)
    except OSError as fault:
        raise IxigenError(f"cannot read {without_secrets(url)} ({type(fault).__name__})") from None


def _file(path: str, name: str, optional: bool = False) -> bytes | None:
    """Return the bytes of one of a model's files; None where it may be missing, and is."""
    folder = Path(path)
    if folder.is_dir():
        try:
            return (folder / name).read_bytes()
        except OSError as fault:
            if optional and isinstance(fault, FileNotFoundError):
                return None
            told = f"{path} holds no {name} ({type(fault).__name__})"
            raise IxigenError(f"model.path: {told}; give the folder of a Hugging Face model") from None
    if folder.exists() or not _HUB_ID.fullmatch(path):
        told = "is a file" if folder.exists() else "there is none"
        advice = "give the folder of a Hugging Face model, or a model of the hub such as Qwen/Qwen2.5-3B"
        raise IxigenError(f"model.path: {folder.absolute()}: {told}; {advice}")
    return _from_hub(path, name, optional)


def _from_hub(name: str, file: str, optional: bool) -> bytes | None:
    # Start-up: the hub's client takes 0.4 s, and a folder needs none.
    from huggingface_hub import hf_hub_download  # noqa: PLC0415
    from huggingface_hub.errors import (  # noqa: PLC0415
        HfHubHTTPError,
        HFValidationError,
        LocalEntryNotFoundError,
        RemoteEntryNotFoundError,
    )

    try:
        return Path(hf_hub_download(name, file)).read_bytes()
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as fault:
        if optional and isinstance(fault, RemoteEntryNotFoundError):
            return None
        here = Path(name).absolute()
        told = f"there is no {here}, and the hub gives no {file} of {name!r} ({type(fault).__name__})"
        raise IxigenError(f"model.path: {told}; give the folder of a Hugging Face model, or its name there") from None
