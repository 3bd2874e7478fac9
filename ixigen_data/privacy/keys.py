"""The key that fakes are made with."""

import hashlib
import os
from pathlib import Path

_FEWEST_BYTES = 16
_ADVICE = "make one with: openssl rand -hex 32"


class KeyFault(Exception):
    """There is no key that can be used; the message holds nothing of one."""


def read_key(env: str, file: str | None) -> bytes:
    """Return the key that a file holds, or an environment variable, without white space around it.

    Raises:
        KeyFault: there is none, it cannot be read, or it is too short.
    """
    if file is not None:
        try:
            key, where = Path(file).read_bytes().strip(), f"the file {file}"
        except OSError as error:
            raise KeyFault(f"key_file {file} cannot be read: {error.strerror}; {_ADVICE}") from None
    else:
        key, where = os.environb.get(os.fsencode(env), b"").strip(), f"the environment variable {env}"
        if not key:
            raise KeyFault(f"action: fake needs a key in {where}, or a key_file; {_ADVICE}")
    if len(key) < _FEWEST_BYTES:
        raise KeyFault(f"{where} holds {len(key)} bytes; a key has at least {_FEWEST_BYTES}: {_ADVICE}")
    return key


def key_id(key: bytes) -> str:
    """Return what tells a key from others and nothing more: 16 hexadecimal digits, a hash of a hash."""
    inner = hashlib.blake2b(key, person=b"ixigen pii key").digest()
    return hashlib.blake2b(inner, digest_size=8).hexdigest()
