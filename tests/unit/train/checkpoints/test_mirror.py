import shutil
from pathlib import Path

import fsspec
import pytest

from ixigen_train.checkpoints import mirror as module
from ixigen_train.checkpoints.mirror import Mirror
from ixigen_train.checkpoints.place import CheckpointError, Place
from ixigen_train.checkpoints.store import Checkpoints
from ixigen_train.runs.checkpoint_names import PARTIAL, PLACE
from tests.unit.train.checkpoints.saved import Small

URL = "memory://bucket/run"


@pytest.fixture(autouse=True)
def store() -> fsspec.AbstractFileSystem:
    """An empty store in memory."""
    store = fsspec.filesystem("memory")
    store.store.clear()
    return store


def test_another_machine_goes_on(tmp_path: Path, store: fsspec.AbstractFileSystem) -> None:
    run, here = Small.seeded(0), Checkpoints(tmp_path / "here", 2, Mirror(URL, 2))
    for step in (2, 4, 6):
        run.step()
        run.save(here, step)
    assert sorted(store.ls("/bucket/run/checkpoints", detail=False)) == [
        "/bucket/run/checkpoints/step-000004",
        "/bucket/run/checkpoints/step-000006",
    ]

    there, other = Checkpoints(tmp_path / "there", 2, Mirror(URL, 2)), Small.seeded(1)
    last = there.last()
    assert last == tmp_path / "there/step-000006"
    assert other.load(there, last).step == 6
    assert other.weights() == run.weights()


def test_the_last_place_is_read_without_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Mirror(URL, 2).last_place() is None
    Small.seeded(0).save(Checkpoints(tmp_path, 2, Mirror(URL, 2)), 2)
    fetched = []
    get = Mirror._get
    monkeypatch.setattr(Mirror, "_get", lambda self, url, path: (fetched.append(path.name), get(self, url, path)))
    place = Mirror(URL, 2).last_place()
    assert place is not None
    assert (place.step, fetched) == (2, [PLACE])


def test_every_url_has_a_working_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IXIGEN_RUNS", str(tmp_path))
    folders = {Mirror(url, 2).working_folder for url in ("s3://a/run", "s3://a/run/", "s3://b/run")}
    assert len(folders) == 2
    assert {(folder.parent, folder.name[:4]) for folder in folders} == {(tmp_path, "run-")}


def test_a_checkpoint_without_its_place_is_not_complete(tmp_path: Path, store: fsspec.AbstractFileSystem) -> None:
    run, checkpoints = Small.seeded(0), Checkpoints(tmp_path, 2, Mirror(URL, 2))
    run.save(checkpoints, 2)
    run.save(checkpoints, 4)
    store.rm(f"/bucket/run/checkpoints/step-000004/{PLACE}")
    assert checkpoints.last() == tmp_path / "step-000002"


def test_what_is_here_is_not_fetched_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoints = Checkpoints(tmp_path, 2, Mirror(URL, 2))
    last = Small.seeded(0).save(checkpoints, 2)
    (last / ".metadata").unlink()
    fetched = []
    get = Mirror._get
    monkeypatch.setattr(Mirror, "_get", lambda self, url, path: (fetched.append(path.name), get(self, url, path)))
    assert checkpoints.last() == last
    assert fetched == [".metadata"]


@pytest.mark.parametrize("ending", ["", PARTIAL])
def test_what_another_attempt_at_this_step_left_here_is_fetched_again(tmp_path: Path, ending: str) -> None:
    """Files of two attempts have the same names and sizes, and other bytes."""
    run, checkpoints = Small.seeded(0), Checkpoints(tmp_path / "here", 2, Mirror(URL, 2))
    run.save(checkpoints, 2)
    other = Small.seeded(1).save(Checkpoints(tmp_path / "other", 2), 2)
    (other / ".metadata.1a2b.arriving").touch()
    shutil.rmtree(tmp_path / "here/step-000002")
    other.rename(tmp_path / f"here/step-000002{ending}")
    again, last = Small.seeded(2), checkpoints.last()
    assert last is not None
    again.load(checkpoints, last)
    assert again.weights() == run.weights()
    assert sorted(path.name for path in last.iterdir()) == [".metadata", "__0_0.distcp", PLACE]


def test_a_store_that_is_down_leaves_what_is_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoints = Checkpoints(tmp_path, 2, Mirror(URL, 2, lambda _: None))
    last = Small.seeded(0).save(checkpoints, 2)

    def down(url: str) -> None:
        raise ConnectionError("no answer")

    monkeypatch.setattr(module, "_read", down)
    with pytest.raises(CheckpointError, match=r"step-000002/place.json: no answer$"):
        checkpoints.last()
    assert Place.of(last).step == 2


def test_one_that_never_arrived_is_written_anew(tmp_path: Path, store: fsspec.AbstractFileSystem) -> None:
    """A machine that died between saving and uploading: the step is taken again, perhaps by other ranks."""
    checkpoints = Checkpoints(tmp_path, 2, Mirror(URL, 2))
    Small.seeded(0).save(checkpoints, 2)
    store.rm("/bucket/run/checkpoints/step-000002", recursive=True)
    assert checkpoints.last() is None
    run = Small.seeded(1)
    run.save(checkpoints, 2)
    other = Small.seeded(2)
    other.load(checkpoints, tmp_path / "step-000002")
    assert other.weights() == run.weights()
    assert store.exists(f"/bucket/run/checkpoints/step-000002/{PLACE}")


def test_a_store_that_is_down_for_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    find = module.filesystem_of

    def down(url: str) -> tuple[fsspec.AbstractFileSystem, str]:
        if len(waits) < 3:
            raise ConnectionError("connection refused")
        return find(url)

    monkeypatch.setattr(module, "filesystem_of", down)
    Small.seeded(0).save(Checkpoints(tmp_path, 2, Mirror(URL, 2, waits.append)), 2)
    assert waits == [0.5, 1.0, 2.0]
    assert Mirror(URL, 2).steps() == (2,)


def test_a_store_that_stays_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    def down(url: str) -> None:
        raise ConnectionError("cannot connect to https://key:secret@host")

    monkeypatch.setattr(module, "filesystem_of", down)
    checkpoints = Checkpoints(tmp_path, 2, Mirror(URL, 2, waits.append))
    told = r"step-000002: is here, but could not be uploaded: memory://bucket/run/.*: cannot connect to https://host$"
    with pytest.raises(CheckpointError, match=told):
        Small.seeded(0).save(checkpoints, 2)
    assert 600 < sum(waits) < 660
    assert checkpoints.steps() == (2,)
    waits.clear()
    with pytest.raises(CheckpointError, match=r"step-000004/place.json: cannot connect to https://host$"):
        Mirror(URL, 2, waits.append).fetch(tmp_path / "step-000004")
    assert 60 < sum(waits) < 66


def test_credentials_that_are_wrong_get_one_try(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    def refused(url: str) -> None:
        raise PermissionError("Access Denied")

    monkeypatch.setattr(module, "filesystem_of", refused)
    with pytest.raises(CheckpointError, match=r"could not be uploaded: .*: Access Denied"):
        Small.seeded(0).save(Checkpoints(tmp_path, 2, Mirror(URL, 2, waits.append)), 2)
    assert waits == []


def test_files_beside_checkpoints_go_and_come(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    (here / "metrics.jsonl").write_text('{"step": 1}\n')
    (here / "foreign").write_text("stays")
    Mirror(URL, 2).put_files(here)
    (there / "metrics.jsonl").write_text("of an earlier attempt")
    Mirror(URL, 2).fetch_files(there)
    assert {path.name: path.read_text() for path in there.iterdir()} == {"metrics.jsonl": '{"step": 1}\n'}


def test_machines_that_share_a_folder_do_not_bring_the_run_file_over_that_of_the_first(tmp_path: Path) -> None:
    for name in ("metrics.jsonl", "run.json"):
        (tmp_path / name).write_text("stored")
    Mirror(URL, 2).put_files(tmp_path)
    for name in ("metrics.jsonl", "run.json"):
        (tmp_path / name).write_text("newer")
    Mirror(URL, 2).fetch_files(tmp_path, machine=1)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        "metrics.jsonl": "stored",
        "run.json": "newer",
    }
