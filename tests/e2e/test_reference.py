"""The reference loop: the written order, losses that a test makes by hand, and the same run on any number of ranks."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from ixigen_data.shards.manifest import Manifest
from ixigen_train.models.load import load_model
from ixigen_train.recipe.file import load_recipe
from tests.e2e.reference_runs import metrics, train, write_recipe

TINY = Path("shards/tiny")
SEQ_LEN, BATCH, STEPS = 64, 4, 10  # 43 windows: three fill no batch
PARTS = ("finance", "replay/ko", "replay/en", "replay/code")
_TIMES = ("seconds", "wait_seconds", "tokens_per_second")


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = {"evaluation": {"every": 4}, "checkpoints": {"every": 3, "keep": 9}}
    return write_recipe(tmp_path_factory.mktemp("recipe"), settings)


@pytest.fixture(scope="module")
def alone(recipe: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run on one rank, to the end."""
    out = tmp_path_factory.mktemp("alone") / "run"
    finished = train(1, recipe, TINY, out)
    assert (finished.code, finished.err) == (0, "")
    return out


def windows() -> np.ndarray:
    """Return the training windows, read as shards/README.md says."""
    layout = [("ends", "u1", (SEQ_LEN // 8,)), ("length", "<u4"), ("part", "<u2"), ("tokens", "<i4", (SEQ_LEN,))]
    found = []
    for file in sorted(TINY.glob("*.mds")):
        data = file.read_bytes()
        first = int(np.frombuffer(data, "<u4", 1, 4)[0])
        found.append(np.frombuffer(data, np.dtype(layout), offset=first))
    return np.concatenate(found)


def pieces(window: np.void) -> list[list[int]]:
    """Return the documents, and pieces of them, in a window."""
    ends = np.flatnonzero(np.unpackbits(window["ends"], bitorder="little")) + 1
    return [window["tokens"][start:stop].tolist() for start, stop in zip([0, *ends[:-1]], ends, strict=True)]


def assert_alike(found: list[dict[str, object]], expected: list[dict[str, object]]) -> None:
    assert [line["step"] for line in found] == [line["step"] for line in expected]
    for ours, theirs in zip(found, expected, strict=True):
        assert ours.keys() == theirs.keys()
        for key in ours.keys() - set(_TIMES):
            assert ours[key] == pytest.approx(theirs[key], rel=1e-6, abs=1e-6), (ours["step"], key)


def test_the_first_loss_is_that_of_each_document_alone(recipe: Path, alone: Path) -> None:
    settings = load_recipe(str(recipe))
    model = load_model(settings.model, settings.seed).eval()
    nll, labels = 0.0, 0
    for window in windows()[:BATCH]:
        for piece in pieces(window):
            with torch.no_grad():
                predicted = model(torch.tensor([piece])).logits[0, :-1].double().log_softmax(dim=1)
            nll -= float(predicted[range(len(piece) - 1), piece[1:]].sum())
            labels += len(piece) - 1
    first = metrics(alone)[1]
    assert sum(int(first[f"labels/{part}"]) for part in PARTS) == labels
    assert first["loss"] == pytest.approx(nll / labels, rel=1e-6)


def test_every_full_batch_once_in_the_written_order(alone: Path) -> None:
    lines = metrics(alone)
    assert [line["step"] for line in lines] == list(range(STEPS + 1))
    assert [line["windows"] for line in lines[1:]] == [[n * BATCH, (n + 1) * BATCH] for n in range(STEPS)]
    assert lines[-1]["tokens"] == sum(int(window["length"]) for window in windows()[: STEPS * BATCH])
    assert sum(int(lines[-1][f"tokens/{part}"]) for part in PARTS) == lines[-1]["tokens"]
    for line, batch in zip(lines[1:], windows()[: STEPS * BATCH].reshape(STEPS, BATCH), strict=True):
        expected = sum(len(piece) - 1 for window in batch for piece in pieces(window))
        assert sum(int(line[f"labels/{part}"]) for part in PARTS) == expected


def test_the_rate_of_each_step_is_the_schedule_s(alone: Path) -> None:
    # Warm-up over two steps from 0, then a cosine down to a tenth: halfway, at step 6, 0.55 of it.
    rates = [line["lr"] for line in metrics(alone)[1:]]
    assert [rates[0], rates[1], rates[2], rates[6]] == pytest.approx([0, 0.005, 0.01, 0.0055])


def test_it_learns_and_measures_hold_outs(alone: Path) -> None:
    lines = metrics(alone)
    assert lines[-1]["loss"] < 0.8 * lines[1]["loss"]
    measured = [line["step"] for line in lines if "held_out/loss/replay/ko" in line]
    assert measured == [0, 4, 8, 10]
    assert lines[-1]["held_out/change/replay/ko"] < -0.5
    for line in (lines[1], lines[0] | {"loss/replay/ko": 1, "bits_per_byte/replay/ko": 1}):
        assert line["bits_per_byte/replay/ko"] > 0


def test_two_ranks_change_nothing(recipe: Path, alone: Path, tmp_path: Path) -> None:
    assert train(2, recipe, TINY, tmp_path / "run").code == 0
    assert_alike(metrics(tmp_path / "run"), metrics(alone))


def test_a_run_goes_on_with_other_ranks(recipe: Path, alone: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(alone, run)
    for ranks, last in ((4, 3), (1, 6)):
        # As if it had been killed after the checkpoint of step `last`, some lines later.
        for folder in (run / "checkpoints").iterdir():
            if int(folder.name.removeprefix("step-")) > last:
                shutil.rmtree(folder)
        assert train(ranks, recipe, TINY, run).code == 0
        assert_alike(metrics(run), metrics(alone))
    finished = train(1, recipe, TINY, run)
    assert (finished.code, finished.out) == (0, "")
    assert_alike(metrics(run), metrics(alone))


def test_microbatches_and_what_is_computed_again_change_nothing(alone: Path, tmp_path: Path) -> None:
    changes = {"batch": {"tokens": 256, "microbatch": 3}, "fsdp": {"activation_checkpointing": True}}
    assert train(1, write_recipe(tmp_path, changes | {"evaluation": {"every": 4}}), TINY, tmp_path / "run").code == 0
    assert_alike(metrics(tmp_path / "run"), metrics(alone))


def test_forgetting_is_told(tmp_path: Path) -> None:
    # So high a rate makes the model forget even what it never knew.
    changed = write_recipe(tmp_path, {"optimizer": {"lr": 1.0}, "steps": 2, "schedule": {"warmup": 0}})
    finished = train(1, changed, TINY, tmp_path / "run")
    assert finished.code == 0
    assert "forgetting: step 2: perplexity of replay/ko is " in finished.out


def test_a_loss_that_is_no_number_stops_the_run(tmp_path: Path) -> None:
    recipe = write_recipe(tmp_path, {"optimizer": {"eps": 1e-300}, "checkpoints": {"every": 1}})
    layout = json.loads((tmp_path / "model/config.json").read_text()) | {"tie_word_embeddings": False}
    (tmp_path / "model/config.json").write_text(json.dumps(layout))
    # In fp32 that eps is 0, so the embedding of an id that is not in the first step, without a gradient, becomes 0 / 0.
    seen = set(windows()[:BATCH]["tokens"].flatten().tolist())
    broken = [n for n in range(BATCH, 2 * BATCH) if not seen.issuperset(windows()[n]["tokens"].tolist())]
    finished = train(2, recipe, TINY, tmp_path / "run")
    assert finished.code == 1
    told = ", ".join(map(str, broken))
    assert finished.err.startswith(f"step 2: the loss is not a number in window {told} of the course; ")
    assert len(finished.err.splitlines()) == 1
    assert [folder.name for folder in (tmp_path / "run/checkpoints").iterdir()] == ["step-000001"]
    assert metrics(tmp_path / "run")[-1]["step"] == 1


def test_what_does_not_fit_is_refused(tmp_path: Path, recipe: Path, alone: Path) -> None:
    def refused(ranks: int, changes: dict[str, object], out: Path = tmp_path / "run") -> str:
        finished = train(ranks, write_recipe(tmp_path, changes), TINY, out)
        assert finished.code == 1
        assert len(finished.err.splitlines()) == 1
        return finished.err

    assert "batch.windows: 3 is no multiple of 2 ranks; use 1, 3 ranks" in refused(2, {"batch": {"windows": 3}})
    shutil.copytree(alone, tmp_path / "other")
    model = load_recipe(str(recipe)).model.model_dump(mode="json")
    assert "seed was 17, is 18" in refused(1, {"seed": 18, "model": model}, tmp_path / "other")
    if not torch.cuda.is_available():
        assert "precision: bf16 wants a GPU" in refused(1, {"precision": "bf16"})


def test_ranks_that_disagree(tmp_path: Path) -> None:
    model = {"path": str(tmp_path / "one/model"), "weights": "random"}
    recipes = [write_recipe(tmp_path / name, {"seed": seed, "model": model}) for name, seed in (("one", 1), ("two", 2))]
    finished = train(2, recipes, TINY, tmp_path / "run")
    assert finished.code == 1
    assert "ranks disagree on the recipe" in finished.err


def test_the_ledger_stands_in_the_checkpoint(alone: Path) -> None:
    place = json.loads((alone / "checkpoints/step-000010/place.json").read_bytes())
    manifest = Manifest.load(str(TINY))
    served = {part.path: part.tokens for part in manifest.parts}
    settlement = {window.window: window.pieces for window in manifest.settlement_windows}
    for number, window in list(enumerate(windows()))[STEPS * BATCH :]:
        alone_in_it = [(int(window["part"]), int(window["length"]))]
        shared = [(piece.part, piece.tokens) for piece in settlement.get(number, ())]
        for part, tokens in shared or alone_in_it:
            served[PARTS[part]] -= tokens
    assert place["tokens"] == served
