import pytest
from pydantic import ValidationError

from ixigen_data.shards.settings import ShardSettings


def test_defaults_are_those_of_mdswriter() -> None:
    assert ShardSettings().size_limit == 1 << 26
    assert ShardSettings().compression is None


def test_sizes_are_read_as_people_write_them() -> None:
    assert ShardSettings.model_validate({"size_limit": "1MiB"}).size_limit == 2**20


def test_hashes_are_sorted_as_mds_wants_them() -> None:
    assert ShardSettings(hashes=("xxh3_128", "sha256", "sha256")).hashes == ("sha256", "xxh3_128")


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("size_limit", "64 megs", "'64 megs' is not a size; write a whole number with a unit"),
        ("size_limit", "4GiB", "less than or equal to 4294967295"),
        ("size_limit", 0, "greater than 0"),
        ("hashes", ["sha256"], r"xxh3_128 is missing from \['sha256'\]; use \[xxh3_128\]"),
        ("compression", "gz", "Input should be 'zstd'"),
    ],
)
def test_mistakes_are_told(key: str, value: object, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        ShardSettings.model_validate({key: value})
