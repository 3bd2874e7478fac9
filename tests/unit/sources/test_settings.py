"""What a source's recipe keys accept."""

import pytest
from pydantic import ValidationError

from ixigen_data.sources.settings import SourceSettings, compression_of, format_of


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"path": ""}, "names no file; write a file or a pattern such as corpora/wiki"),
        ({"path": []}, "names no file"),
        ({"path": "a", "text": ""}, "is empty; name a key of the records, such as text"),
        ({"path": "a", "metadata": ["b", "b"]}, "'b' is empty or written twice"),
        ({"path": "a", "format": "text", "id": "b"}, "a text file has no keys; leave out id and metadata"),
        ({"path": "a", "encoding": "latin-1"}, "Input should be 'auto', 'utf-8' or 'cp949'"),
        ({"path": "a", "format": "kspon", "metadata": ["b"]}, "a kspon file has no keys; leave out id and metadata"),
        (
            {"path": "a", "format": "nikl", "text": "form"},
            "format: nikl knows where text and id stand; leave out text and id",
        ),
        (
            {"path": "a", "format": "aihub", "id": "b"},
            "format: aihub knows where text and id stand; .* or set format: json",
        ),
        ({"path": "a", "records": "data"}, "records needs format: json; set it, or leave out records"),
        (
            {"path": "a", "format": "json", "records": "a..b"},
            "'a..b' leads nowhere; name the key of a list, such as data",
        ),
        ({"path": "a", "speakers": "drop"}, "speakers and form need format: nikl or aihub; set one of them, or leave"),
        ({"path": "a", "format": "json", "form": "original"}, "speakers and form need format: nikl or aihub"),
        ({"path": "a", "format": "aihub-98"}, "Input should be .*'nikl', 'aihub' or 'kspon'"),
        ({"path": "a", "txt": "b"}, "Extra inputs are not permitted"),
    ],
)
def test_a_mistake_is_told_with_what_would_work(keys: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        SourceSettings.model_validate(keys)


def test_the_format_comes_from_the_recipe_else_from_the_name() -> None:
    settings = SourceSettings(path=("a", "b"))
    names = ["a.jsonl", "A.NDJSON.GZ", "a.jsonl.zst", "a.parquet", "a.md", "a.py.gz", "a.json", "a", "a.zst"]
    expected = ["jsonl", "jsonl", "jsonl", "parquet", "text", "text", "json", None, None]
    assert [format_of(name, settings) for name in names] == expected
    assert format_of("a.json", SourceSettings(path="a", format="jsonl")) == "jsonl"
    assert [compression_of(name) for name in ("a.gz", "a.ZST", "a.zstd", "a.jsonl")] == ["gz", "zst", "zst", None]


def test_of_corpora_in_archives_the_texts_are_read() -> None:
    patterns = {kind: SourceSettings(path="a", format=kind).member_patterns for kind in ("json", "nikl", "kspon")}
    assert patterns == {
        "json": ("**",),
        "nikl": ("**/*.json", "**/*.JSON"),
        "kspon": ("**/*.txt", "**/*.trn"),
    }
    assert SourceSettings(path="a", format="nikl", members="a.json").member_patterns == ("a.json",)
