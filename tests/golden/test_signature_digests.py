"""Signatures do not change, as earlier indexes hold them. Where they must, `BYTES` of the sidecar is raised."""

import pyarrow as pa
import pytest
import xxhash

from ixigen_data.dedup.near.signatures import band_hashes, sign
from ixigen_data.dedup.settings import NearSettings, Unit

TEXT = "가나다라마바사 아자차카타파하. The quick brown fox jumps over the lazy dog; x_1 = f(y) + 2 # 끝"


@pytest.mark.parametrize(
    ("unit", "digest"),
    [("characters", "ef60688faeb8ad5e"), ("words", "89982b21b58cfac4"), ("tokens", "64e9f2c136fa69c7")],
)
def test_signatures_do_not_change(unit: Unit, digest: str) -> None:
    signed = sign(pa.array([TEXT, TEXT * 40, TEXT[:9]], pa.large_string()), NearSettings(), unit)
    hashes = band_hashes(signed.signatures, 14)
    assert xxhash.xxh3_64_hexdigest(signed.signatures.tobytes() + hashes.tobytes()) == digest
