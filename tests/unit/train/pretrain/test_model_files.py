import json
from pathlib import Path

import pytest
from pydantic import JsonValue

from ixigen_data.core.errors import IxigenError
from ixigen_data.shards.manifest import Manifest
from ixigen_train.pretrain.model_files import ModelFiles, read_model_files
from ixigen_train.recipe.settings import ModelSettings
from tests.unit.train.pretrain.jobs import LLAMA, ROOT

LAYOUT = str(ROOT / "recipes" / "train" / "layouts" / "tiny")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.json").write_text(json.dumps(LLAMA))
    return tmp_path


def of(**config: JsonValue) -> ModelFiles:
    return ModelFiles("m", config, None)


def test_a_folder_is_read_and_overrides_go_first(folder: Path) -> None:
    model = read_model_files(ModelSettings(path=str(folder), overrides={"vocab_size": 300}))
    assert (model.vocab_size, model.eos_ids, model.longest_context) == (300, (288,), 32768)
    assert model.fingerprint is None


def test_the_tokenizer_of_a_model_is_known_as_the_dataset_knows_it() -> None:
    manifest = Manifest.load(str(ROOT / "shards" / "tiny"))
    assert read_model_files(ModelSettings(path=LAYOUT)).fingerprint == manifest.tokenizer.fingerprint


def test_a_config_alone_stands_for_a_model_that_is_not_at_hand(folder: Path) -> None:
    settings = ModelSettings(path="nobody/nothing", overrides={"vocab_size": 7})
    model = read_model_files(settings, str(folder / "config.json"))
    assert (model.path, model.vocab_size) == ("nobody/nothing", 7)
    with pytest.raises(IxigenError, match=r"cannot read .*none\.json \(FileNotFoundError\)"):
        read_model_files(settings, str(folder / "none.json"))


def test_a_folder_without_a_config_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(
        IxigenError, match=r"model\.path: .* holds no config\.json \(FileNotFoundError\); give the folder"
    ):
        read_model_files(ModelSettings(path=str(tmp_path)))


@pytest.mark.parametrize("path", ["no/such/folder/here", "./none", "a b"])
def test_a_path_that_is_no_folder_and_no_name_of_the_hub(path: str) -> None:
    with pytest.raises(
        IxigenError, match=r"model\.path: .*: there is none; give the folder of a Hugging Face model, or"
    ):
        read_model_files(ModelSettings(path=path))


def test_a_file_is_no_folder(folder: Path) -> None:
    with pytest.raises(IxigenError, match=r"config\.json: is a file; give the folder"):
        read_model_files(ModelSettings(path=str(folder / "config.json")))


def test_a_name_that_the_hub_does_not_know_or_that_cannot_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(IxigenError, match=r"there is no .*none, and the hub gives no config\.json of 'nobody/none' \("):
        read_model_files(ModelSettings(path="nobody/none"))


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("config.json", "{", r"config\.json is not JSON \("),
        ("config.json", "[]", r"config\.json is not an object, but list"),
        ("tokenizer.json", "\xff", r"tokenizer\.json is not JSON \("),
    ],
)
def test_files_that_are_damaged_are_named(folder: Path, name: str, text: str, message: str) -> None:
    (folder / name).write_text(text, encoding="latin-1")
    with pytest.raises(IxigenError, match=rf"model\.path: .*{message}"):
        read_model_files(ModelSettings(path=str(folder)))


def test_a_tokenizer_without_a_model_is_none(folder: Path) -> None:
    (folder / "tokenizer.json").write_text("{}")
    with pytest.raises(IxigenError, match=r"tokenizer\.json is not a tokenizer \(it has no model\)"):
        assert read_model_files(ModelSettings(path=str(folder))).fingerprint


@pytest.mark.parametrize(
    ("config", "longest"),
    [
        ({}, None),
        ({"max_position_embeddings": 100}, 100),
        ({"max_position_embeddings": 100, "rope_scaling": None}, 100),
        ({"max_position_embeddings": 100, "rope_scaling": {"type": "linear", "factor": 2.0}}, 200),
        (
            {
                "max_position_embeddings": 100,
                "rope_scaling": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 100},
            },
            400,
        ),
        (  # told at its extended length already
            {
                "max_position_embeddings": 400,
                "rope_scaling": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 100},
            },
            400,
        ),
        (
            {
                "max_position_embeddings": 131072,
                "rope_scaling": {"rope_type": "llama3", "factor": 8.0, "original_max_position_embeddings": 8192},
            },
            131072,
        ),
        ({"max_position_embeddings": 100, "rope_parameters": {"rope_type": "default", "rope_theta": 1e4}}, 100),
        ({"max_position_embeddings": 100, "rope_parameters": {"rope_type": "dynamic", "factor": 3}}, 300),
    ],
)
def test_the_longest_context_counts_scaled_angles(config: dict[str, JsonValue], longest: int | None) -> None:
    assert of(**config).longest_context == longest


@pytest.mark.parametrize(("told", "ids"), [(None, ()), (5, (5,)), ([5, 6], (5, 6))])
def test_a_model_ends_at_none_one_or_several_ids(told: JsonValue, ids: tuple[int, ...]) -> None:
    assert of(eos_token_id=told).eos_ids == ids
