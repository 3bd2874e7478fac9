"""A run that is killed again and again, and goes on on other numbers of ranks, is the run that nobody disturbed.

Tolerance: 1e-6 in fp32, for the loss of every step and for every weight at the end; sums over ranks are rounded in
another order. The model is trained hard (lr 1e-3), so that a window served twice or left out moves the loss by 1e-2.
"""

import random
import re
import signal
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pyarrow.parquet as pq
import pytest
import s3fs

from ixigen_data.core.errors import IxigenError
from ixigen_data.core.files import sizes_below
from ixigen_data.shards.manifest import Manifest
from ixigen_train.checkpoints.place import Place
from ixigen_train.checkpoints.state import read_weights
from ixigen_train.checkpoints.store import Checkpoints
from ixigen_train.pretrain.machines import Machines
from ixigen_train.pretrain.prepare import prepare
from ixigen_train.recipe.settings import OptimizerSettings
from ixigen_train.runs.folder import RunFolder
from ixigen_train.runs.metrics import Line, read_metrics
from tests.e2e.s3_server import BUCKET, s3_server
from tests.e2e.training import RankServer, Setting
from tests.unit.train.checkpoints.saved import Small

pytestmark = pytest.mark.train

STEPS, EVERY, WINDOWS = 12, 3, 4
TOLERANCE = 1e-6
KILLED = -signal.SIGKILL
OF_CHECKPOINTS = ("writing", "sealed", "published")


@pytest.fixture(scope="module")
def setting(tmp_path_factory: pytest.TempPathFactory) -> Setting:
    return Setting.written(tmp_path_factory.mktemp("setting"), STEPS, EVERY, WINDOWS)


@pytest.fixture(scope="module")
def server(setting: Setting) -> Iterator[RankServer]:
    server = RankServer("ixigen_train.foundry.train", setting.folder / "ranks.log")
    yield server
    server.close()


@pytest.fixture(scope="module")
def undisturbed(setting: Setting, server: RankServer) -> RunFolder:
    """A run of the reference loop on one rank."""
    out = setting.folder / "undisturbed"
    assert server.start(setting.reference(out), 1).wait() == [0]
    return RunFolder(out)


def test_composer_on_2_then_1_then_4_ranks(setting: Setting, server: RankServer, undisturbed: RunFolder) -> None:
    """Killed while a checkpoint was written; preempted within a step, then at the end of one; then to the end."""
    folder = RunFolder(setting.folder / "composer")
    assert KILLED in server.start(setting.foundry(folder.root, 2), 2, "writing:6").wait()
    assert folder.saved_steps() == (3,)
    assert not (folder.checkpoints / "step-000006").exists()

    assert server.start(setting.foundry(folder.root, 2), 2, "within:4").wait() == [0, 0]
    assert folder.saved_steps() == (3, 4)
    assert [line["step"] for line in read_metrics(folder.metrics)] == [1, 2, 3, 4]

    assert server.start(setting.foundry(folder.root, 1), 1, "preempted:5").wait() == [0]
    assert folder.saved_steps() == (4, 5)
    assert [line["step"] for line in read_metrics(folder.metrics)] == [1, 2, 3, 4, 5]

    assert server.start(setting.foundry(folder.root, 4), 4).wait() == [0, 0, 0, 0]
    must_be_alike(folder, undisturbed)
    must_have_served_all_once(folder, setting)
    assert Place.of(folder.checkpoint(STEPS)).ranks == 4
    assert len(folder.saved_steps()) == 2


def test_composer_and_the_reference_loop_go_on_from_each_others_checkpoints(
    setting: Setting, server: RankServer, undisturbed: RunFolder
) -> None:
    """Killed at the other moments of a checkpoint: unnamed yet; with too many beside it; half removed."""
    folder = RunFolder(setting.folder / "moments")
    for ranks, moment, left in (
        (2, "sealed:6", (3,)),
        (1, "published:6", (3, 6)),
        (4, "published:9", (3, 6, 9)),
        (2, "removing:6", (9, 12)),
    ):
        is_composer = ranks == 1
        words = setting.foundry(folder.root, ranks) if is_composer else setting.reference(folder.root)
        assert KILLED in server.start(words, ranks, moment).wait()
        assert folder.saved_steps() == left
    must_be_alike(folder, undisturbed)
    must_have_served_all_once(folder, setting)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_reference_killed_at_random_steps(
    setting: Setting, server: RankServer, undisturbed: RunFolder, seed: int
) -> None:
    rng, folder = random.Random(seed), RunFolder(setting.folder / f"random-{seed}")
    words = setting.reference(folder.root)
    while STEPS not in folder.saved_steps():
        done = folder.saved_steps()[-1] if folder.saved_steps() else 0
        moment = rng.choice([f"told:{done + rng.randint(1, 6)}", f"{rng.choice(OF_CHECKPOINTS)}:{done + EVERY}"])
        server.start(words, rng.choice([1, 2, 4]), moment).wait()
    must_be_alike(folder, undisturbed)
    must_have_served_all_once(folder, setting)


def test_a_recipe_that_decides_other_weights_is_refused(setting: Setting, undisturbed: RunFolder) -> None:
    recipe = setting.recipe.model_copy(update={"seed": 3, "optimizer": OptimizerSettings(lr=2e-3)})
    told = r"since step 12: seed was 17, is 3; optimizer.lr was 0.001, is 0.002; put it back, or name another --out"
    with pytest.raises(IxigenError, match=told):
        prepare(recipe, setting.shards, str(undisturbed.root), Machines(1))


def test_a_disk_that_is_full_on_one_rank(tmp_path: Path, server: RankServer) -> None:
    """All ranks are told, the last good one stays and is loaded, and the next can be written."""
    assert server.start(["tests.e2e.full_disk_rank", str(tmp_path)], 2).wait() == [0, 0]
    for rank in (0, 1):
        told = (tmp_path / f"rank-{rank}.txt").read_text()
        assert re.search(r"step-000004: could not be saved: .*File too large.*rank 1", told), told
        assert told.endswith(f"the last good one is {tmp_path / 'checkpoints/step-000002'}")
    assert sorted(path.name for path in (tmp_path / "checkpoints").iterdir()) == ["step-000002", "step-000006"]

    first, second = (read_weights(tmp_path / f"checkpoints/step-00000{step}") for step in (2, 6))
    assert all(first[name].equal(second[name]) for name in first)
    plain = Small.seeded(1, width=256)
    plain.load(Checkpoints(tmp_path / "checkpoints", 2), tmp_path / "checkpoints/step-000006")
    assert plain.model.get_parameter("embed.weight").equal(second["embed.weight"])


@pytest.mark.slow
def test_a_run_on_an_object_store_goes_on_on_another_machine(
    setting: Setting, server: RankServer, undisturbed: RunFolder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Killed before the second checkpoint is uploaded; the next machine has an empty disk, and two ranks."""
    with s3_server(tmp_path) as environment:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        fsspec.config.conf.pop("s3", None)
        s3fs.S3FileSystem.clear_instance_cache()
        url = f"s3://{BUCKET}/run"
        for machine, ranks, moment in (("first", 1, "published:6"), ("second", 2, "")):
            monkeypatch.setenv("IXIGEN_RUNS", str(tmp_path / machine))
            words = setting.foundry(url, ranks)
            codes = server.start(words, ranks, moment, environment).wait()
            assert codes == ([KILLED] if moment else [0, 0])
        files = sizes_below(url)
        s3fs.S3FileSystem.clear_instance_cache()
    assert {name.split("/")[1] for name in files if name.endswith("place.json")} == {"step-000009", "step-000012"}
    assert files["metrics.jsonl"] == RunFolder(Path(words[1])).metrics.stat().st_size
    must_be_alike(RunFolder(Path(words[1])), undisturbed)


def must_be_alike(folder: RunFolder, undisturbed: RunFolder) -> None:
    ours, others = losses(folder), losses(undisturbed)
    assert list(ours) == list(others) == list(range(1, STEPS + 1))
    assert ours == pytest.approx(others, abs=TOLERANCE, rel=0)
    weights, expected = (read_weights(each.checkpoint(STEPS)) for each in (folder, undisturbed))
    assert weights.keys() == expected.keys()
    assert max(float((weights[name] - expected[name]).abs().max()) for name in weights) <= TOLERANCE


def losses(folder: RunFolder) -> dict[int, float]:
    lines = [line for line in read_metrics(folder.metrics) if line["step"]]
    assert len({str(line["step"]) for line in lines}) == len(lines)
    return {int(str(line["step"])): float(str(line["loss"])) for line in lines}


def must_have_served_all_once(folder: RunFolder, setting: Setting) -> None:
    """Compare every line of the ledger with what the lineage says of the windows that it names."""
    manifest, lines = Manifest.load(setting.shards), [line for line in read_metrics(folder.metrics) if line["step"]]
    assert [line["windows"] for line in lines] == [[n, n + WINDOWS] for n in range(0, STEPS * WINDOWS, WINDOWS)]
    consumed: dict[str, int] = defaultdict(int)
    traced = traced_tokens(setting, manifest)
    for step, line in enumerate(lines):
        for part in manifest.parts:
            consumed[part.path] += traced[step, part.path]
        assert tokens_of(line) == consumed, f"step {step + 1}"
    assert sum(consumed.values()) == manifest.total_tokens
    assert Place.of(folder.checkpoint(STEPS)).tokens == consumed


def traced_tokens(setting: Setting, manifest: Manifest) -> dict[tuple[int, str], int]:
    """Return the tokens by step and part, from the lineage's files."""
    found: dict[tuple[int, str], int] = defaultdict(int)
    for record in manifest.lineage:
        for row in pq.read_table(Path(setting.shards) / record.file).to_pylist():
            found[row["window"] // WINDOWS, row["part"]] += row["tokens"]
    return found


def tokens_of(line: Line) -> dict[str, int]:
    parts = (key for key in line if key.startswith("tokens/"))
    return {key.removeprefix("tokens/"): int(str(line[key])) for key in parts}
