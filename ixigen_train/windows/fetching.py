"""Files of a dataset, verified as they arrive: damage on the way and a store that is down get more tries."""

import logging
import time
from collections.abc import Callable
from typing import Final

from ixigen_data.core.digests import digest_bytes
from ixigen_data.core.errors import ShardError
from ixigen_data.core.files import is_local, join, read_bytes, without_secrets
from ixigen_data.shards.manifest import FILE_NAME, Manifest, StoredFile

Sleep = Callable[[float], None]
_WAITS: Final = (0.5, 1.0, 2.0, *14 * (4.0,))  # seconds before another try: a minute in all
_PATIENCE: Final = 90.0  # seconds: a client with tries of its own, as botocore, can take forty for one of ours
_LOG: Final = logging.getLogger(__name__)


def fetched(url: str, record: StoredFile, sleep: Sleep = time.sleep) -> bytes:
    """Return the bytes of a file of the dataset at `url`, whose digest is the record's.

    From the local disk there is one try: what is wrong there stays so.

    Raises:
        ShardError: at once where the file is missing or the store refuses; where the store cannot be reached, or gives
            other bytes, after a minute of tries.
    """
    place = without_secrets(join(url, record.file))

    def fault(data: bytes) -> str | None:
        return None if digest_bytes(data) == record.digests["xxh3_128"] else other_bytes(place, record, data)

    try:
        return _tried(join(url, record.file), fault, sleep)
    except FileNotFoundError:
        raise ShardError(f"{place}: no such file, but the manifest names it") from None


def fetched_manifest(url: str, sleep: Sleep = time.sleep) -> Manifest:
    """Return the manifest of the dataset at `url`.

    Raises:
        ShardError: as `fetched`; or it is no manifest.
    """
    place = without_secrets(join(url, FILE_NAME))
    try:
        data = _tried(join(url, FILE_NAME), lambda _: None, sleep)
    except FileNotFoundError:
        raise ShardError(
            f"{place}: not found; a dataset's manifest is written last, when its build is complete"
        ) from None
    try:
        return Manifest.parse(data)
    except ShardError as error:
        raise ShardError(f"{place}: {error}") from None


def _tried(url: str, fault: Callable[[bytes], str | None], sleep: Sleep) -> bytes:
    """Return the bytes of a file that have no fault; raises FileNotFoundError, and ShardError as `fetched`."""
    place = without_secrets(url)
    told, tries, ends = None, 0, time.monotonic() + _PATIENCE
    for wait in (0.0, *(() if is_local(url) else _WAITS)):
        if tries:
            if time.monotonic() > ends:
                break
            _LOG.warning("%s; another try in %g s", told, wait)
            sleep(wait)
        tries += 1
        try:
            data = read_bytes(url)
            told = fault(data)
            if told is None:
                return data
        except FileNotFoundError:
            raise
        except Exception as error:  # each kind of store has errors of its own for a network that fails
            if _is_refusal(error):
                raise ShardError(f"{place}: the store refuses: {_said(error)}; look at the credentials") from None
            told = f"{place}: {_said(error)}"
    raise ShardError(told if is_local(url) else f"{told}; tried {tries} times")


def other_bytes(place: str, record: StoredFile, data: bytes | memoryview) -> str:
    """Return the message on bytes that are not those of the manifest."""
    expected = record.digests["xxh3_128"]
    return f"{place}: expected {record.bytes:,} bytes of digest {expected}, got {len(data):,} of {digest_bytes(data)}"


def _is_refusal(error: Exception) -> bool:
    # By name: NoCredentialsError of botocore and DefaultCredentialsError of google are no OSErrors.
    return isinstance(error, PermissionError) or "Credentials" in type(error).__name__


def _said(error: Exception) -> str:
    return without_secrets(str(error)) or type(error).__name__
