"""Digests of bytes, of plain values, and of sets of documents."""

from collections.abc import Iterable

import orjson
import xxhash
from pydantic import JsonValue

_MODULUS = 1 << 128


def digest_bytes(data: bytes | memoryview) -> str:
    """Return the xxh3_128 of `data` as 32 hexadecimal digits."""
    return xxhash.xxh3_128_hexdigest(data)


def canonical_json(value: JsonValue) -> bytes:
    """Return the one JSON text of a value: keys sorted, no spaces, UTF-8; the same on every platform."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def digest_value(value: JsonValue) -> str:
    """Return the xxh3_128 of a value's canonical JSON, as 32 hexadecimal digits."""
    return digest_bytes(canonical_json(value))


def digest_set(digests: Iterable[str]) -> str:
    """Return a digest of a multiset of 128-bit digests that no order or grouping changes: their sum modulo 2^128.

    >>> digest_set(["0" * 31 + "1", "0" * 31 + "2"]) == digest_set([digest_set(["0" * 31 + "2"]), "0" * 31 + "1"])
    True
    """
    return f"{sum(int(digest, 16) for digest in digests) % _MODULUS:032x}"
