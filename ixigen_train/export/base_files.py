"""What a model folder holds beside weights: tokenizer, settings of generation, code of its own."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from huggingface_hub import snapshot_download
from pydantic import JsonValue

from ixigen_data.core.errors import IxigenError

TOKENIZER = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "merges.txt",
    "tokenizer.model",
    "chat_template.jinja",
)
GENERATION = "generation_config.json"
CONFIG = "config.json"
CODE = "*.py"


def base_folder(path: str) -> Path:
    """Return the folder of a model: itself, or the hub's in the local cache, without weights.

    Raises:
        IxigenError: it cannot be reached.
    """
    if Path(path).is_dir():
        return Path(path)
    try:
        return Path(snapshot_download(path, allow_patterns=[CONFIG, GENERATION, CODE, *TOKENIZER]))
    except (OSError, ValueError) as error:  # the hub's errors are of these kinds
        raise IxigenError(f"model.path: {path}: {error}") from None


def copy_files(base: Path, out: Path, code: bool) -> list[str]:
    """Copy what is there of the tokenizer and the settings of generation, and code where it is asked for.

    Returns:
        The names of the files.
    """
    names = [name for name in (*TOKENIZER, GENERATION) if (base / name).is_file()]
    names += sorted(path.name for path in base.glob(CODE)) if code else []
    for name in names:
        shutil.copyfile(base / name, out / name)  # of a link in the hub's cache, what it leads to
    return names


def write_config(base: Path, out: Path, overridden: Sequence[str], dtype: str) -> None:
    """Make the config.json that transformers has written one that older readers know too.

    A newer transformers writes some keys in new places (`rope_parameters`, `dtype`), so where the recipe overrides
    nothing the model's own file is taken, with the type of the weights under both of its names.
    """
    written: dict[str, JsonValue] = json.loads((out / CONFIG).read_bytes())
    own = base / CONFIG
    told = json.loads(own.read_bytes()) if own.is_file() and not overridden else written
    told = {key: value for key, value in told.items() if key != "quantization_config"}
    told |= {"architectures": told.get("architectures") or written["architectures"]}
    told |= {"dtype": dtype, "torch_dtype": dtype, "use_cache": True}
    (out / CONFIG).write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
