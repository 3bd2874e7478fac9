"""Recipe keys of `dedup`."""

import pytest
from pydantic import ValidationError

from ixigen_data.dedup.settings import AgainstSettings, DedupSettings


def test_an_index_is_named_by_its_url_or_with_its_digest() -> None:
    found = DedupSettings.model_validate({"against": ["a", {"index": "s3://b/c"}, {"index": "d", "digest": "0" * 32}]})
    assert found.against == (
        AgainstSettings(index="a"),
        AgainstSettings(index="s3://b/c"),
        AgainstSettings(index="d", digest="0" * 32),
    )
    assert DedupSettings.model_validate(found.model_dump(mode="json")) == found


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({"against": "a"}, "Input should be a valid tuple"),
        ({"against": [{"index": "a", "digest": "123"}]}, "String should match pattern"),
        ({"against": [{"url": "a"}]}, "Field required"),
        ({"against": [7]}, "valid dictionary or instance of AgainstSettings"),
        ({"against": ["a"], "exact": None}, "what indexes hold are found by exact deduplication; write exact: {}"),
    ],
)
def test_mistakes(value: dict[str, object], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        DedupSettings.model_validate(value)


def test_the_schema_takes_both_forms() -> None:
    items = DedupSettings.model_json_schema()["properties"]["against"]["items"]
    assert {"type": "string"} in items["anyOf"]
    assert len(items["anyOf"]) == 2
