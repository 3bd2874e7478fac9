"""A tokenizer.json is checked when it is opened; its fingerprint covers what decides ids and nothing else."""

import json
from pathlib import Path

import huggingface_hub
import pytest
from pydantic import JsonValue

from ixigen_data.core.errors import TokenizerError
from ixigen_data.tokens.settings import TokenizerSettings
from ixigen_data.tokens.tokenizer import Tokenizer, open_tokenizer
from tests.tiny import BOS, EOS, TOOL, tiny_tokenizer


def opened(path: Path, **changes: JsonValue) -> Tokenizer:
    """Open a tokenizer.json with some of its keys changed."""
    file = path / "changed.json"
    file.write_text(json.dumps(json.loads((path / "tokenizer.json").read_text()) | changes))
    open_tokenizer.cache_clear()
    return open_tokenizer(TokenizerSettings(path=str(file), eos=EOS))


def model_of(path: Path) -> dict[str, JsonValue]:
    model = json.loads((path / "tokenizer.json").read_text())["model"]
    assert isinstance(model, dict)
    return model


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return tiny_tokenizer(tmp_path).parent


def test_folder_and_file_are_the_same_tokenizer(tiny: Path) -> None:
    by_folder = open_tokenizer(TokenizerSettings(path=str(tiny), eos=EOS, bos=BOS))
    by_file = open_tokenizer(TokenizerSettings(path=str(tiny / "tokenizer.json"), eos=EOS, bos=BOS))
    assert by_folder.fingerprint == by_file.fingerprint
    assert (by_folder.eos_id, by_folder.bos_id, by_folder.pad_id) == (288, 289, 288)
    assert by_folder.specials == (EOS, BOS, TOOL)
    assert by_folder.vocab_size == 291


def test_ids_are_kept_in_two_bytes_where_they_fit(tiny: Path) -> None:
    assert opened(tiny).dtype.str == "<u2"
    added = [{"id": 2**16, "content": EOS, "special": True, "normalized": False}]
    assert opened(tiny, added_tokens=added).dtype.str == "<u4"


def test_pad_may_be_a_token_of_its_own(tiny: Path) -> None:
    assert open_tokenizer(TokenizerSettings(path=str(tiny), eos=EOS, pad=BOS)).pad_id == 289


def test_the_fingerprint_covers_what_decides_ids(tiny: Path) -> None:
    plain = opened(tiny).fingerprint
    assert opened(tiny, normalizer=None).fingerprint != plain
    assert opened(tiny, pre_tokenizer=None).fingerprint != plain
    model = model_of(tiny)
    merges = model["merges"]
    assert isinstance(merges, list)
    assert opened(tiny, model=model | {"merges": merges[:-1]}).fingerprint != plain
    assert opened(tiny, model=model | {"merges": merges[1:] + merges[:1]}).fingerprint != plain


def test_the_fingerprint_ignores_how_it_is_written(tiny: Path) -> None:
    plain = opened(tiny).fingerprint
    assert opened(tiny, truncation=None, padding=None, decoder=None).fingerprint == plain
    model = model_of(tiny)
    merges = model["merges"]
    assert isinstance(merges, list)
    spaced: list[JsonValue] = [" ".join(map(str, merge)) for merge in merges if isinstance(merge, list)]
    assert opened(tiny, model=model | {"merges": spaced}).fingerprint == plain


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("not json", r"is not JSON \(.*\); give a folder or a file with a Hugging Face tokenizer.json"),
        ("{}", r"is not a tokenizer \(model: Field required\); give a folder"),
        ("[1]", r"is not a tokenizer \(it: .*\); give a folder"),
        ('{"model": {"vocab": 3}}', r"is not a tokenizer \(model.vocab.*\); give a folder"),
        ('{"model": {"vocab": {}}}', "has an empty vocabulary; give a folder"),
        ('{"model": {"vocab": {"a": 0}, "dropout": 0.1}}', "merges at random .*; set model.dropout to null"),
    ],
)
def test_a_file_that_is_no_tokenizer(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_text(content)
    with pytest.raises(TokenizerError, match=message) as caught:
        open_tokenizer(TokenizerSettings(path=str(path), eos=EOS))
    assert "\n" not in str(caught.value)


def test_a_folder_without_one(tmp_path: Path) -> None:
    with pytest.raises(TokenizerError, match=rf"the folder {tmp_path} holds no tokenizer.json; give a folder"):
        open_tokenizer(TokenizerSettings(path=str(tmp_path), eos=EOS))


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(TokenizerError, match=r"tokenizer.path: there is no .*/no/where.json; give a folder"):
        open_tokenizer(TokenizerSettings(path=str(tmp_path / "no" / "where.json"), eos=EOS))
    with pytest.raises(TokenizerError, match=r"cannot read memory://no/tokenizer.json \(FileNotFoundError\)"):
        open_tokenizer(TokenizerSettings(path="memory://no", eos=EOS))


def test_a_model_that_the_hub_does_not_give(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str, file: str, revision: str | None) -> str:
        raise OSError(f"{name} {file} {revision}")

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", refuse)
    with pytest.raises(TokenizerError, match=r"there is no .*/no/model, and the hub gives no tokenizer.json of"):
        open_tokenizer(TokenizerSettings(path="no/model", eos=EOS))


def test_a_model_of_the_hub(monkeypatch: pytest.MonkeyPatch, tiny: Path) -> None:
    monkeypatch.setattr(huggingface_hub, "hf_hub_download", lambda *_, **__: str(tiny / "tokenizer.json"))
    assert open_tokenizer(TokenizerSettings(path="some/model", revision="v1", eos=EOS)).vocab_size == 291


@pytest.mark.parametrize("key", ["eos", "bos", "pad"])
def test_a_token_that_it_lacks(tiny: Path, key: str) -> None:
    settings = TokenizerSettings.model_validate({"path": str(tiny), "eos": EOS, key: "<|end|>"})
    with pytest.raises(TokenizerError, match=rf"tokenizer.{key}: '<\|end\|>' is not a token of .* <\|endoftext\|>"):
        open_tokenizer(settings)
