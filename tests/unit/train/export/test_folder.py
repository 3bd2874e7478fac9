import json
from pathlib import Path

import fsspec
import pytest
import torch
import yaml
from safetensors import safe_open
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast

from ixigen_data.core.errors import IxigenError
from ixigen_train.export import folder as export_folder
from ixigen_train.export.folder import export
from ixigen_train.export.upload import export_to
from ixigen_train.recipe.file import load_recipe
from ixigen_train.runs.folder import RunFolder
from ixigen_train.runs.run_file import RunFile
from tests.unit.train.export.trained import Trained, write_trained

pytestmark = pytest.mark.train


@pytest.fixture(scope="module")
def tied(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return write_trained(tmp_path_factory.mktemp("tied"), tied=True)


@pytest.fixture(scope="module")
def untied(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return write_trained(tmp_path_factory.mktemp("untied"), tied=False)


def weights_as_vllm_reads_them(folder: Path) -> dict[str, torch.Tensor]:
    """Read weights as vLLM's DefaultModelLoader does (vllm/model_executor/model_loader, `_prepare_weights`).

    It takes *.safetensors of the folder; where model.safetensors.index.json is there, only the files that its
    `weight_map` names (`filter_duplicate_safetensors_files`); and of each file every key, through `safe_open`.
    """
    files = sorted(folder.glob("*.safetensors"))
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        named = set(json.loads(index.read_bytes())["weight_map"].values())
        files = [file for file in files if file.name in named]
    weights = {}
    for file in files:
        with safe_open(file, framework="pt") as stream:
            for name in stream.keys():  # noqa: SIM118 - a handle, not a dict
                assert name not in weights, f"{name} stands in two files"
                weights[name] = stream.get_tensor(name)
    return weights


@pytest.mark.parametrize("kind", ["tied", "untied"])
def test_transformers_opens_it_as_the_trained_model(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    trained: Trained = request.getfixturevalue(kind)
    done = export(trained.url, tmp_path / "out", dtype="fp32")
    assert done.step == 4
    model, told = AutoModelForCausalLM.from_pretrained(done.place, output_loading_info=True)
    assert not told["missing_keys"]
    assert not told["unexpected_keys"]
    with torch.no_grad():
        assert torch.equal(model.eval()(trained.ids).logits, trained.logits())


def test_weights_are_rounded_to_the_recipe_s_precision(untied: Trained, tmp_path: Path) -> None:
    done = export(untied.url, tmp_path / "out")
    model = AutoModelForCausalLM.from_pretrained(done.place).eval()
    trained = dict(untied.model.named_parameters())
    for name, weight in model.named_parameters():
        assert torch.equal(weight, trained[name].bfloat16()), name


@pytest.mark.parametrize("kind", ["tied", "untied"])
def test_vllm_finds_what_it_expects(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained: Trained = request.getfixturevalue(kind)
    monkeypatch.setattr(export_folder, "SHARD_SIZE", "20KB")  # so that there is an index
    done = export(trained.url, tmp_path / "out")
    config = json.loads((Path(done.place) / "config.json").read_bytes())
    assert config["architectures"] == ["Qwen2ForCausalLM" if kind == "tied" else "LlamaForCausalLM"]
    assert config["torch_dtype"] == config["dtype"] == "bfloat16"
    assert config["tie_word_embeddings"] is (kind == "tied")
    weights = weights_as_vllm_reads_them(Path(done.place))
    expected = {name for name, _ in trained.model.named_parameters()}  # tied ones once
    assert weights.keys() == expected
    assert ("lm_head.weight" in weights) is (kind == "untied")
    assert {weight.dtype for weight in weights.values()} == {torch.bfloat16}
    assert len(list(Path(done.place).glob("model-*.safetensors"))) > 1
    assert (Path(done.place) / "model.safetensors.index.json").is_file()
    assert not [path for path in Path(done.place).rglob("*") if path.suffix in {".bin", ".pt", ".pth", ".pkl", ".py"}]
    tokenizer = PreTrainedTokenizerFast.from_pretrained(done.place)
    assert tokenizer("w5 w7").input_ids == [5, 7]
    assert tokenizer.eos_token == "w0"
    assert json.loads((Path(done.place) / "generation_config.json").read_bytes())["top_p"] == 0.8


def test_an_earlier_step_is_another_model(untied: Trained, tmp_path: Path) -> None:
    earlier = AutoModelForCausalLM.from_pretrained(export(untied.url, tmp_path / "a", 2, "fp32").place)
    assert not torch.equal(earlier.lm_head.weight, untied.model.lm_head.weight)
    card = (tmp_path / "a" / "README.md").read_text(encoding="utf-8")
    assert "| steps | 2 of 4 planned |" in card
    assert "| replay/ko | 4.0000 | 3.8000 |" in card


def test_code_of_its_own_goes_along_where_it_was_trusted(untied: Trained, tmp_path: Path) -> None:
    code = untied.base / "modeling_own.py"
    code.write_text("x = 1\n")
    recipe = Path(untied.url) / "recipe.yaml"
    before = recipe.read_text(encoding="utf-8")
    recipe.write_text(before.replace("trust_remote_code: false", "trust_remote_code: true"), encoding="utf-8")
    try:
        assert "modeling_own.py" in export(untied.url, tmp_path / "out").files
    finally:
        recipe.write_text(before, encoding="utf-8")
        code.unlink()


def test_what_cannot_be_exported(untied: Trained, tmp_path: Path) -> None:
    with pytest.raises(IxigenError, match=r"checkpoints: has none of step 3; there are 2, 4$"):
        export(untied.url, tmp_path / "out", step=3)
    with pytest.raises(IxigenError, match=r"run: has no whole checkpoint|checkpoints: has no whole checkpoint"):
        export(str(tmp_path / "run"), tmp_path / "out")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    with pytest.raises(IxigenError, match=r"full: is there already; name a folder that is empty or not there"):
        export(untied.url, tmp_path / "full")
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "out.partial").exists()


def test_a_damaged_checkpoint_leaves_nothing(tmp_path: Path) -> None:
    trained = write_trained(tmp_path / "run", tied=True, steps=(4,))
    file = next((Path(trained.url) / "checkpoints" / "step-000004").glob("__0_*"))
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    with pytest.raises(IxigenError, match=r"step-000004: damaged: __0_0\.distcp: its bytes are not those"):
        export(trained.url, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_model_that_was_named_from_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    trained = write_trained(tmp_path, tied=False)
    run = RunFolder(Path(trained.url))
    recipe = load_recipe(str(run.recipe))
    named = recipe.model.model_copy(update={"path": "base"})
    run.recipe.write_text(yaml.safe_dump(recipe.model_copy(update={"model": named}).model_dump(mode="json")))
    RunFile.load(run.run_file).model_copy(update={"model_folder": str(trained.base)}).write(run.run_file)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert export(trained.url, tmp_path / "out").tokenizer
    trained.base.rename(tmp_path / "moved")
    with pytest.raises(IxigenError, match=r"^model\.path: .*/base is gone, and with it the layout and the tokenizer"):
        export(trained.url, tmp_path / "again")


def test_a_run_on_an_object_store(untied: Trained, tmp_path: Path) -> None:
    store = fsspec.filesystem("memory")
    store.put(untied.url, "/exported", recursive=True)
    store.rm("/exported/checkpoints/step-000004/place.json")  # as when an upload is not at its end
    assert export("memory://exported", tmp_path / "earlier").step == 2
    store.put(f"{untied.url}/checkpoints/step-000004/place.json", "/exported/checkpoints/step-000004/place.json")
    done = export("memory://exported", tmp_path / "out")
    assert done.files == export(untied.url, tmp_path / "local").files
    shards = ("out/model.safetensors", "local/model.safetensors")
    assert len({(tmp_path / name).read_bytes() for name in shards}) == 1

    put = export_to("memory://exported", "memory://models/one")
    assert (put.place, put.files) == ("memory://models/one", done.files)
    assert store.cat("/models/one/model.safetensors") == (tmp_path / shards[0]).read_bytes()
    with pytest.raises(IxigenError, match=r"memory://models/one: is there already; name a place that is empty"):
        export_to("memory://exported", "memory://models/one")
    store.rm("/exported", recursive=True)
    store.rm("/models", recursive=True)
