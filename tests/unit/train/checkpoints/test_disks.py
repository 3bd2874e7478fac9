"""Checkpoints of a run on several machines, each of them a process here that is the first and only rank of its own."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ixigen_train.checkpoints import disks
from ixigen_train.checkpoints.disks import Disk, disk_of
from ixigen_train.checkpoints.mirror import Mirror
from ixigen_train.checkpoints.place import Place
from ixigen_train.checkpoints.store import Checkpoints
from tests.e2e.training import RankServer
from tests.unit.train.checkpoints.saved import Small

pytestmark = pytest.mark.train

STATE = [".metadata", "__0_0.distcp", "__1_0.distcp"]  # of a checkpoint of two ranks


class Machines:
    """Starts a run on several of them."""

    def __init__(self, folder: Path) -> None:
        self._server = RankServer("tests.unit.train.checkpoints.machine_rank", folder / "ranks.log")
        self.close = self._server.close

    def train(self, folder: Path, steps: int, url: str = "-", machines: int = 2) -> list[dict[str, object]]:
        """Go on to a step, and return what each rank says; see machine_rank.py."""
        results = folder.parent / "result-{}.json"
        words = ["tests.unit.train.checkpoints.machine_rank", str(folder), url, str(steps), str(results)]
        assert self._server.start(words, machines).wait() == [0] * machines
        return [json.loads(Path(str(results).format(machine)).read_text()) for machine in range(machines)]


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    machines = Machines(tmp_path_factory.mktemp("machines"))
    yield machines
    machines.close()


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A folder as a store; it fails, other than a store, where there is nothing yet."""
    (tmp_path / "store" / "checkpoints").mkdir(parents=True)
    return f"file://{tmp_path}/store"


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """The weights after five steps in one process."""
    run = Small.seeded(0)
    for _ in range(5):
        run.step()
    return {name: pytest.approx(each.flatten().tolist()) for name, each in run.model.named_parameters()}


def test_machines_that_share_a_disk(machines: Machines, tmp_path: Path, undisturbed: dict[str, object]) -> None:
    folder = tmp_path / "checkpoints"
    machines.train(folder, 3)
    assert sorted(path.name for path in folder.iterdir()) == ["step-000002", "step-000003"]
    ended = machines.train(folder, 5)
    assert sorted(path.name for path in folder.iterdir()) == ["step-000004", "step-000005"]
    assert [rank["from"] for rank in ended] == [3, 3]
    assert [rank["weights"] for rank in ended] == [undisturbed] * 2
    assert sorted(name for rank in ended for name in rank["verified"]) == STATE  # type: ignore[attr-defined]

    alone, checkpoints = Small.seeded(1), Checkpoints(folder, 2)
    assert alone.load(checkpoints, folder / "step-000005").step == 5


def test_machines_that_share_none_and_have_no_store_are_refused_before_a_step(
    machines: Machines, tmp_path: Path
) -> None:
    for machine in range(2):
        (tmp_path / f"machine-{machine}").mkdir()
    told = f"--out: {tmp_path}/machine-{{}} is not seen by every machine; name a folder on a disk that all share, or "
    said = machines.train(tmp_path / "machine-{}", 3)
    for machine, rank in enumerate(said):
        assert rank == {"told": f"{told.format(machine)}an object store (s3://…)"}
    assert [list(path.iterdir()) for path in sorted(tmp_path.glob("machine-*"))] == [[], []]


def test_machines_with_disks_of_their_own_and_a_store(
    machines: Machines, tmp_path: Path, url: str, undisturbed: dict[str, object]
) -> None:
    """They save; on empty disks they go on; what is damaged on one of them is found there, and fetched again."""
    folder = tmp_path / "machine-{}"
    own = [tmp_path / f"machine-{machine}" for machine in range(2)]
    machines.train(folder, 3, url)
    assert sorted(path.name for path in (own[1] / "step-000003").iterdir()) == ["__1_0.distcp", "place.json"]
    for disk in own:
        shutil.rmtree(disk)
    ended = machines.train(folder, 3, url)
    assert [rank["fetched"] for rank in ended] == [STATE, STATE]
    assert [rank["verified"] for rank in ended] == [STATE, STATE]
    assert Place.of(own[0] / "step-000003") == Place.of(own[1] / "step-000003")

    # Rank 0 alone would read this one, and its own copy of it, were the files divided among all ranks.
    damaged = own[1] / "step-000003" / "__0_0.distcp"
    data = damaged.read_bytes()
    damaged.write_bytes(bytes([data[0] ^ 1]) + data[1:])
    for machine, rank in enumerate(machines.train(folder, 5, url)):
        told = f"{damaged.parent}: damaged: {damaged.name}: its bytes are not those that were written (rank 1); "
        assert rank == {"told": f"{told}remove {own[machine]}/step-000003 to have it fetched from {url} again"}
    shutil.rmtree(damaged.parent)
    ended = machines.train(folder, 5, url)
    assert [rank["fetched"] for rank in ended] == [[], STATE]
    assert [rank["weights"] for rank in ended] == [undisturbed] * 2
    assert Mirror(url, 2).steps() == (4, 5)


def test_machines_that_share_the_working_folder_of_a_store(
    machines: Machines, tmp_path: Path, url: str, undisturbed: dict[str, object]
) -> None:
    folder = tmp_path / "home"
    machines.train(folder, 3, url)
    shutil.rmtree(folder)
    ended = machines.train(folder, 5, url)
    assert sorted(name for rank in ended for name in rank["fetched"]) == STATE  # type: ignore[attr-defined]
    assert [rank["weights"] for rank in ended] == [undisturbed] * 2
    assert sorted(path.name for path in folder.iterdir()) == ["step-000004", "step-000005"]


def test_a_folder_that_only_some_share_is_refused(machines: Machines, tmp_path: Path, url: str) -> None:
    (tmp_path / "machine-0").mkdir()
    (tmp_path / "machine-1").symlink_to("machine-0")
    said = machines.train(tmp_path / "machine-{}", 3, url, machines=3)
    told = "is seen by some machines and not by others; have IXIGEN_RUNS name a disk of each, or one that all share"
    assert [rank["told"] for rank in said] == [f"{tmp_path}/machine-{machine} {told}" for machine in range(3)]


def test_a_disk_may_show_a_file_late(tmp_path: Path) -> None:
    marker, waits = tmp_path / ".seen-1", list[float]()

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            marker.touch()

    assert disks._is_seen(marker, sleep)
    assert waits == [0.0, 0.5, 1.0]
    assert not disks._is_seen(tmp_path / "elsewhere" / marker.name, sleep)


def test_one_machine_has_one_disk_and_nothing_is_left_there(tmp_path: Path) -> None:
    assert disk_of(tmp_path / "checkpoints", may_be_own=False) == Disk.shared() == Disk(0, 1)
    assert list(tmp_path.iterdir()) == []
