import importlib.util
import shutil
from dataclasses import replace
from pathlib import Path

import fsspec
import pytest
from pydantic import JsonValue

from ixigen_data.core.errors import IxigenError
from ixigen_data.shards.manifest import Manifest
from ixigen_train.pretrain.checks import check_job, end_of_text_warning
from ixigen_train.pretrain.job import Job, open_job
from ixigen_train.recipe.settings import TrainRecipe
from ixigen_train.runs.folder import RunFolder
from tests.unit.train.pretrain.jobs import ROOT, job, manifest, recipe

pytestmark = pytest.mark.train

TINY = ROOT / "shards" / "tiny"
MODEL: dict[str, JsonValue] = {"path": str(ROOT / "recipes" / "train" / "layouts" / "tiny"), "weights": "random"}


def opened(overrides: dict[str, JsonValue] | None = None, dataset: Path = TINY, ranks: int = 1) -> Job:
    """The tiny recipe's job, with other keys in its model's config.json."""
    settings: TrainRecipe = recipe(4, model=MODEL | {"overrides": overrides or {}})
    return open_job(settings, str(dataset), ranks)


def reasons(of: Job, folder: Path) -> list[str]:
    with pytest.raises(IxigenError, match=r".+") as caught:
        check_job(of, RunFolder(folder))
    return str(caught.value).splitlines()


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TINY, tmp_path / "dataset"))


def test_a_job_without_a_fault_passes(tmp_path: Path) -> None:
    check_job(opened(ranks=2), RunFolder(tmp_path / "run"))
    assert not (tmp_path / "run").exists(), "nothing is written"


def test_a_vocabulary_that_is_too_small_is_told_with_both(tmp_path: Path) -> None:
    (told,) = reasons(opened({"vocab_size": 290}), tmp_path)
    assert f"{MODEL['path']} has a vocabulary of 290 ids, {TINY} has 291; use the model whose tokenizer made" in told


def test_another_tokenizer_is_told_with_both_fingerprints(tmp_path: Path) -> None:
    asked = opened()
    raw = dict(asked.model.tokenizer or {})
    other = replace(asked, model=replace(asked.model, tokenizer=raw | {"normalizer": {"type": "Lowercase"}}))
    (told,) = reasons(other, tmp_path)
    made_with = Manifest.load(str(TINY)).tokenizer.fingerprint
    assert f"has the fingerprint {other.model.fingerprint}, {TINY} was made with {made_with}: the same ids mean" in told


def test_windows_beyond_the_positions_of_a_model_are_told_with_both(tmp_path: Path) -> None:
    (told,) = reasons(opened({"max_position_embeddings": 30}), tmp_path)
    assert told.startswith(f"context: windows have 64 tokens, {MODEL['path']} knows 30 positions")
    assert told.endswith("such as rope_scaling: {rope_type: yarn, factor: 3.0}")
    scaled = {"max_position_embeddings": 30, "rope_scaling": {"rope_type": "yarn", "factor": 3.0}}
    check_job(opened(scaled), RunFolder(tmp_path))  # the advice works


def test_a_batch_that_the_ranks_cannot_share(tmp_path: Path) -> None:
    (told,) = reasons(opened(ranks=3), tmp_path)
    assert told == "batch.windows: 4 is no multiple of 3 ranks; use 1, 2, 4 ranks"


def test_a_warm_up_that_is_longer_than_the_data(tmp_path: Path) -> None:
    asked = open_job(recipe(4, model=MODEL, schedule={"warmup": 10}), str(TINY), 1)
    (told,) = reasons(asked, tmp_path)
    assert told == "schedule.warmup: 10 steps of warm-up leave nothing of 10 steps; use 1, or a ratio such as 0.1"


def test_flash_attention_without_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flash = {**MODEL, "attention": "flash_attention_2"}
    asked = open_job(recipe(4, model=flash, precision="bf16"), str(TINY), 1)
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "flash_attn" else find(name))
    (told,) = reasons(asked, tmp_path)
    assert told.startswith("model.attention: flash_attention_2 needs the package flash-attn, which is not installed")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: find("torch"))
    check_job(asked, RunFolder(tmp_path))


def test_a_part_without_a_hold_out(tmp_path: Path) -> None:
    asked = open_job(recipe(4, model=MODEL, evaluation={"every": 5, "parts": ["finance"]}), str(TINY), 1)
    (told,) = reasons(asked, tmp_path)
    assert told == ("evaluation.parts: 'finance' has no hold-out in the dataset; use replay/ko, replay/en, replay/code")


@pytest.mark.parametrize("name", ["shard.00001.mds", "eval/replay/ko/shard.00000.mds", "lineage/00000.parquet"])
def test_a_file_that_is_missing_is_named(name: str, dataset: Path, tmp_path: Path) -> None:
    asked = opened(dataset=dataset)
    size = (dataset / name).stat().st_size
    (dataset / name).unlink()
    (told,) = reasons(asked, tmp_path / "run")
    assert told.startswith(f"{dataset}: {name} is missing, the manifest says {size:,} bytes; `ixigen-data verify`")


def test_a_shard_of_another_size_is_named_and_no_other_after_it(dataset: Path, tmp_path: Path) -> None:
    asked = opened(dataset=dataset)
    for name in ("shard.00001.mds", "shard.00002.mds"):
        (dataset / name).write_bytes(b"short")
    (told,) = reasons(asked, tmp_path / "run")
    assert told.startswith(f"{dataset}: shard.00001.mds has 5 bytes, the manifest says 3,833 bytes")


def test_shards_on_an_object_store_are_looked_at_in_one_listing(tmp_path: Path) -> None:
    store = fsspec.filesystem("memory")
    store.put(str(TINY), "/checked", recursive=True)
    asked = open_job(recipe(4, model=MODEL), "memory://checked", 1)
    check_job(asked, RunFolder(tmp_path / "run"))
    assert asked.fetched_bytes == sum(shard.bytes for shard in asked.manifests[0].shards)
    store.rm("/checked/shard.00002.mds")
    (told,) = reasons(asked, tmp_path / "run")
    assert told.startswith("memory://checked: shard.00002.mds is missing, the manifest says 3,833 bytes")


def test_every_reason_is_told_at_once(tmp_path: Path, dataset: Path) -> None:
    asked = opened({"vocab_size": 100, "max_position_embeddings": 8}, dataset, ranks=3)
    (dataset / "shard.00000.mds").unlink()
    told = [line.partition(":")[0] for line in reasons(asked, tmp_path / "run")]
    assert told == ["model.path", "context", "batch.windows", str(dataset)]


def test_a_disk_without_room_for_checkpoints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free = type("Usage", (), {"free": 2**20})
    monkeypatch.setattr("shutil.disk_usage", lambda path: free)
    (told,) = reasons(opened(), tmp_path / "run")
    assert told == (
        f"{tmp_path / 'run' / 'checkpoints'}: 1.0 MiB are free, the run needs 3.6 MiB for checkpoints "
        "(checkpoints.keep); use another disk"
    )
    # Those that are there already need no room again.
    (tmp_path / "run" / "checkpoints").mkdir(parents=True)
    (tmp_path / "run" / "checkpoints" / "weights").write_bytes(bytes(3 * 2**20))
    check_job(opened(), RunFolder(tmp_path / "run"))


def test_a_disk_without_room_for_fetched_shards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Job, "fetched_bytes", 2**40)
    (told,) = reasons(opened(), tmp_path)
    assert "the run needs 1.0 TiB for fetched shards (data.cache_limit), 3.6 MiB for checkpoints" in told
    limited = open_job(recipe(4, model=MODEL, data={"cache_limit": "1MiB"}), str(TINY), 1)
    check_job(limited, RunFolder(tmp_path))


def test_packages_that_are_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "composer" else object())
    (told,) = reasons(opened(), tmp_path)
    assert told == "composer: not installed; training wants the packages of requirements/train.txt"


def test_documents_that_end_where_the_model_does_not_are_told() -> None:
    ending = {"eos_token_id": [2, 3]}
    told = end_of_text_warning(job(recipe(), manifest(), config=ending))
    assert told is not None
    assert told.startswith("model.path: m ends at id 2, 3, documents of the dataset at 288 (<|endoftext|>)")
    assert end_of_text_warning(job(recipe(), manifest())) is None
    assert end_of_text_warning(job(recipe(), manifest(), config={"eos_token_id": None})) is None


def test_a_dataset_with_other_windows_than_the_recipe_says() -> None:
    with pytest.raises(IxigenError, match=r"context: 128, but the windows of .* have 64 tokens; use 64, or build"):
        open_job(recipe(4, model=MODEL, context=128), str(TINY), 1)


def test_a_dataset_of_fewer_windows_than_a_batch() -> None:
    with pytest.raises(IxigenError, match=r"batch\.windows: 44, but .* has 43 windows: not one step; use at most 43"):
        open_job(recipe(44, model=MODEL), str(TINY), 1)
