"""Runs whose mixture changes: by lineage nothing is trained on twice, and the ledger counts what the windows hold."""

import json
import math
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from ixigen_data.shards.manifest import Manifest
from ixigen_train.recipe.file import load_recipe
from ixigen_train.runs.folder import RunFolder
from ixigen_train.windows.course import Course
from ixigen_train.windows.plan import plan_course
from tests.e2e.builds import TINY, Finished, build
from tests.e2e.reference_runs import metrics, train, write_recipe

SEQ_LEN, BATCH = 64, 4
AT = 16  # windows of the first dataset, after which the second one takes over


class Datasets:
    """Builds of one folder, from the tiny recipe with changes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        value = yaml.safe_load(Path(TINY).read_text())
        replay = value["mixture"]["parts"]["replay"]["parts"]
        for part in (value["mixture"]["parts"]["finance"], *replay.values()):
            part["max_epochs"] = 9
        value["mixture"]["total_tokens"] = SEQ_LEN * 40
        self.value = value

    def __getitem__(self, name: str) -> Path:
        return self.folder / name

    def build(self, name: str, changes: dict[str, object], append: bool = False) -> Manifest:
        path = self.folder / f"{name}.yaml"
        path.write_text(yaml.safe_dump(self.value | changes, allow_unicode=True, sort_keys=False))
        return build(path, self.folder, "set" if append else name, append=append)

    def continuation(self, name: str, of: Manifest, at: int | None) -> Manifest:
        """Build a dataset of other weights, with a part more that stands before the others."""
        continues = {"manifest": str(self[of.name]), "digest": of.digest} | ({} if at is None else {"at": at})
        notices = {"path": "tests/golden/sources/notices.jsonl", "id": "id", "language": "ko", "license": "Apache-2.0"}
        parts = self.value["mixture"]["parts"]
        changed = {"notices": {"weight": 30, "from": ["notices"], "max_epochs": 9}}
        changed |= {"finance": parts["finance"] | {"weight": 10}, "replay": parts["replay"]}
        mixture = self.value["mixture"] | {"total_tokens": SEQ_LEN * 26, "parts": changed}
        sources = self.value["sources"] | {"notices": notices}
        return self.build(name, {"name": name, "continues": continues, "mixture": mixture, "sources": sources})


@pytest.fixture(scope="module")
def datasets(tmp_path_factory: pytest.TempPathFactory) -> Datasets:
    return Datasets(tmp_path_factory.mktemp("datasets"))


@pytest.fixture(scope="module")
def first(datasets: Datasets) -> Manifest:
    return datasets.build("first", {"name": "first"})


@pytest.fixture(scope="module")
def second(datasets: Datasets, first: Manifest) -> Manifest:
    return datasets.continuation("second", first, AT)


@pytest.fixture(scope="module")
def finished(datasets: Datasets, first: Manifest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that has taken all steps of the first dataset."""
    folder = tmp_path_factory.mktemp("finished")
    assert train(1, write_recipe(folder, {}), datasets["first"], folder / "run").code == 0
    return folder / "run"


def lineage(url: Path, start: int, stop: int) -> list[dict[str, object]]:
    """Return the pieces of documents in some windows of a dataset."""
    table = pa.concat_tables([pq.read_table(file) for file in sorted((url / "lineage").glob("*.parquet"))])
    return [row for row in table.to_pylist() if start <= row["window"] < stop]


def assert_trained_on(run: Path, stretches: list[list[dict[str, object]]]) -> None:
    """Compare the ledger of a run, and the labels of its every step, with the pieces that it should have served."""
    pieces = [piece for stretch in stretches for piece in stretch]
    served = Counter((p["source"], p["document"], p["epoch"], token) for p in pieces for token in tokens_of(p))
    assert max(served.values()) == 1
    tokens: Counter[object] = Counter()
    for piece in pieces:
        tokens[piece["part"]] += int(str(piece["tokens"]))
    lines = [line for line in metrics(run) if line["step"]]
    last = sorted((run / "checkpoints").iterdir())[-1]
    assert json.loads((last / "place.json").read_bytes())["tokens"] == tokens
    assert [line["windows"] for line in lines] == [[n * BATCH, (n + 1) * BATCH] for n in range(len(lines))]
    assert lines[-1]["tokens"] == tokens.total()
    for line, (batch, before) in zip(lines, batches(stretches), strict=True):
        labels: Counter[object] = Counter()
        for piece in batch:
            labels[piece["part"]] += int(str(piece["tokens"])) - 1
        assert {part: line[f"labels/{part}"] for part in labels} == labels
        assert {part: line[f"tokens/{part}"] for part in before} == before


def tokens_of(piece: dict[str, object]) -> range:
    first = int(str(piece["document_token"]))
    return range(first, first + int(str(piece["tokens"])))


def batches(stretches: list[list[dict[str, object]]]) -> Iterator[tuple[list[dict[str, object]], Counter[object]]]:
    """Yield the pieces of each step, and the tokens of each part up to its end."""
    total: Counter[object] = Counter()
    for stretch in stretches:
        windows = sorted({int(str(piece["window"])) for piece in stretch})
        for begin in range(windows[0], windows[-1] + 1, BATCH):
            chosen = [piece for piece in stretch if begin <= int(str(piece["window"])) < begin + BATCH]
            for piece in chosen:
                total[piece["part"]] += int(str(piece["tokens"]))
            yield chosen, Counter(total)


def test_two_stages(datasets: Datasets, first: Manifest, second: Manifest, tmp_path: Path) -> None:
    stages = [{"shards": str(datasets["second"]), "at_tokens": AT * SEQ_LEN}]
    recipe = write_recipe(
        tmp_path, {"stages": stages, "evaluation": {"every": 5}, "checkpoints": {"every": 3, "keep": 9}}
    )
    run = tmp_path / "run"
    assert train(1, recipe, datasets["first"], run).code == 0
    steps = (AT + second.total_windows) // BATCH
    lines = metrics(run)[1:]
    assert len(lines) == steps == 10
    stretches = [lineage(datasets["first"], 0, AT), lineage(datasets["second"], 0, steps * BATCH - AT)]
    assert_trained_on(run, stretches)
    # Parts are one by path, whatever their place in each manifest.
    assert [part.path for part in second.parts] != [part.path for part in first.parts]
    assert lines[-1]["tokens/notices"] == sum(p["tokens"] for p in stretches[1] if p["part"] == "notices") > 0
    assert lines[3]["tokens/notices"] == 0
    # One schedule over both: a warm-up of two steps, then one cosine down to a tenth.
    cosine = [0.01 * (0.1 + 0.9 * (1 + math.cos(math.pi * (s - 2) / (steps - 2))) / 2) for s in range(2, steps)]
    assert [line["lr"] for line in lines] == pytest.approx([0, 0.005, *cosine])
    # It goes on within the second stage as if nothing had been; the last whole checkpoint is that of step 6.
    for step in (9, 10):
        shutil.rmtree(run / f"checkpoints/step-{step:06d}")
    before = [line["loss"] for line in lines]
    assert train(2, recipe, datasets["first"], run).code == 0
    assert [line["loss"] for line in metrics(run)[1:]] == pytest.approx(before, rel=1e-6)
    assert_trained_on(run, stretches)


def test_two_stages_under_composer(datasets: Datasets, first: Manifest, second: Manifest, tmp_path: Path) -> None:
    pytest.importorskip("ixigen_train.foundry.compat", reason="needs the train lock")
    from tests.unit.train.foundry.hooks.small_runs import run  # it imports Composer

    stages = [{"shards": str(datasets["second"]), "at_tokens": AT * SEQ_LEN}]
    path = write_recipe(tmp_path, {"stages": stages, "checkpoints": {"every": 3, "keep": 9}})
    assert train(1, path, datasets["first"], tmp_path / "reference").code == 0
    recipe = load_recipe(str(path))
    folder = RunFolder(tmp_path / "composer")
    course = Course.open(plan_course(recipe, str(datasets["first"])), None, None)
    run(recipe, course, folder)
    assert_trained_on(folder.root, [lineage(datasets["first"], 0, AT), lineage(datasets["second"], 0, 24)])
    reference, composer = (metrics(root)[1:] for root in (tmp_path / "reference", folder.root))
    assert [line["loss"] for line in composer] == pytest.approx([line["loss"] for line in reference], rel=1e-6)
    assert [line["lr"] for line in composer] == [line["lr"] for line in reference]
    # It goes on in the middle of the second stage.
    for step in (9, 10):
        shutil.rmtree(folder.checkpoint(step))
    run(recipe, course, folder)
    again = metrics(folder.root)[1:]
    assert [line["loss"] for line in again] == pytest.approx([line["loss"] for line in composer], rel=1e-6)
    assert_trained_on(folder.root, [lineage(datasets["first"], 0, AT), lineage(datasets["second"], 0, 24)])


def test_a_stage_that_begins_elsewhere(datasets: Datasets, first: Manifest, second: Manifest, tmp_path: Path) -> None:
    stages = [{"shards": str(datasets["second"]), "at_tokens": 20 * SEQ_LEN}]
    refused = train(1, write_recipe(tmp_path, {"stages": stages}), datasets["first"], tmp_path / "run")
    assert refused.code == 1
    assert "stages.0.at_tokens: 1,280 is window 20, but" in refused.err
    assert "continues from window 16 on" in refused.err


def goes_on(run: Path, shards: Path, folder: Path) -> tuple[Path, Finished]:
    """Go on with a copy of a run, on another dataset."""
    shutil.copytree(run, folder / "run")
    return folder / "run", train(1, run.parent / "recipe.yaml", shards, folder / "run")


def test_a_run_goes_on_with_a_continuation(datasets: Datasets, first: Manifest, finished: Path, tmp_path: Path) -> None:
    datasets.continuation("third", first, None)
    run, told = goes_on(finished, datasets["third"], tmp_path)
    assert (told.code, told.err) == (0, "")
    assert_trained_on(run, [lineage(datasets["first"], 0, 40), lineage(datasets["third"], 0, 24)])


def test_a_run_goes_on_with_a_further_generation(
    datasets: Datasets, first: Manifest, finished: Path, tmp_path: Path
) -> None:
    datasets.build("set", {"name": "first"})
    mixture = datasets.value["mixture"] | {"total_tokens": SEQ_LEN * 21}
    more = datasets.build("more", {"name": "more", "mixture": mixture}, append=True)
    assert [generation.first_window for generation in more.generations] == [0, 40]
    run, told = goes_on(finished, datasets["set"], tmp_path)
    assert (told.code, told.err) == (0, "")
    assert_trained_on(run, [lineage(datasets["set"], 0, 60)])


def test_another_dataset_is_refused(
    datasets: Datasets, first: Manifest, second: Manifest, finished: Path, tmp_path: Path
) -> None:
    # It continues the first dataset, but from window 16 on, and the run stands at window 40.
    run, told = goes_on(finished, datasets["second"], tmp_path)
    assert told.code == 1
    assert str(first.digest) in told.err
    assert str(second.digest) in told.err
    assert len(told.err.splitlines()) == 1
    assert metrics(run) == metrics(finished)
