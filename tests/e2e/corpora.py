"""Corpora for end-to-end tests: a few thousand seeded documents, in several formats, and a recipe over them."""

import gzip
import json
import random
from pathlib import Path

import zstandard

_SYLLABLES = [chr(code) for code in range(ord("가"), ord("힣"), 97)]
_WORDS = ["tide", "harbour", "ledger", "invoice", "signal", "antenna", "the", "and", "of", "window", "price", "call"]


def write_recipe(folder: Path, documents: int = 1500) -> Path:
    """Write three sources and a recipe with hold-out, nesting, several epochs and many shards; return the recipe."""
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(20)
    domain = [_korean(chance) for _ in range(documents)]
    general = [_korean(chance) for _ in range(documents)] + domain[: documents // 50]  # copies across sources
    english = [_english(chance) for _ in range(documents // 2)]
    half = len(domain) // 2
    _write(folder / "domain-0.jsonl", _lines(domain[:half]))
    _write(folder / "domain-1.jsonl.gz", gzip.compress(_lines(domain[half:]), mtime=0))
    _write(folder / "general.jsonl.zst", zstandard.ZstdCompressor().compress(_lines(general)))
    for number, text in enumerate(english):
        _write(folder / "english" / f"{number:04d}.txt", text.encode())
    recipe = folder / "recipe.yaml"
    recipe.write_text(RECIPE.format(folder=folder), encoding="utf-8")
    return recipe


RECIPE = """
name: e2e
seed: 3
tokenizer: {{path: tests/golden/tokenizer.json, eos: "<|endoftext|>", bos: "<|bos|>"}}
sources:
  domain: {{path: "{folder}/domain-*", format: jsonl, language: ko, license: MIT}}
  general: {{path: "{folder}/general.jsonl.zst", language: ko, license: MIT}}
  english: {{path: "{folder}/english/*.txt", language: en, license: MIT}}
mixture:
  total_tokens: {{part: domain, epochs: 1.5}}
  holdout: {{tokens: 1024}}
  parts:
    domain: {{weight: 50, from: [domain], max_epochs: 2}}
    replay:
      weight: 50
      parts:
        ko: {{weight: 61, from: [general], max_epochs: 4}}
        en: {{weight: 39, from: [english], max_epochs: 4}}
packing: {{method: concat, seq_len: 256}}
shards: {{size_limit: 100KiB}}
"""


def _korean(chance: random.Random) -> str:
    words = ("".join(chance.choices(_SYLLABLES, k=chance.randint(1, 5))) for _ in range(chance.randint(3, 60)))
    return " ".join(words)


def _english(chance: random.Random) -> str:
    return " ".join(chance.choices(_WORDS, k=chance.randint(10, 120)))


def _lines(texts: list[str]) -> bytes:
    return "".join(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in texts).encode()


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
