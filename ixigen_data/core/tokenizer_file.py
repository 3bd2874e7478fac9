"""The file tokenizer.json of Hugging Face, as both sides see it."""

from collections.abc import Mapping

import orjson
from pydantic import JsonValue

from ixigen_data.core.digests import digest_bytes

FILE_NAME = "tokenizer.json"


def fingerprint_of(raw: Mapping[str, JsonValue]) -> str:
    """Return a digest of what decides ids. Merges are written "a b" or ["a", "b"]: the same merge, the same digest."""
    model = raw["model"]
    assert isinstance(model, dict)
    merges = model.get("merges")
    if isinstance(merges, list):
        model = model | {
            "merges": [" ".join(map(str, merge)) if isinstance(merge, list) else merge for merge in merges]
        }
    decisive: dict[str, JsonValue] = {"model": model, "added_tokens": raw.get("added_tokens", [])}
    decisive |= {key: raw.get(key) for key in ("normalizer", "pre_tokenizer")}
    # The text that core.digests would make of it, ten times as fast: a vocabulary has 150,000 entries and more.
    return digest_bytes(orjson.dumps(decisive, option=orjson.OPT_SORT_KEYS))
