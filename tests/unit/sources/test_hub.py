"""Datasets of the Hugging Face hub, from a server that speaks its language, and what the hub may refuse."""

import io
from collections.abc import Iterator

import fsspec
import huggingface_hub
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from huggingface_hub import constants
from huggingface_hub.errors import OfflineModeIsEnabled

from ixigen_data.core.errors import SourceError
from ixigen_data.sources.faults import Faults
from ixigen_data.sources.files import list_files
from ixigen_data.sources.hub import told_by_hub
from ixigen_data.sources.read import read_documents
from ixigen_data.sources.settings import SourceSettings
from ixigen_data.sources.spans import plan_spans
from tests.unit.sources.conftest import Reading, lines_of
from tests.unit.sources.hub_server import HubServer

WIKI = "hf://datasets/wikimedia/wikipedia"


def parquet(texts: list[str]) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table({"text": texts, "id": list(map(str, range(len(texts))))}), out, row_group_size=50)
    return out.getvalue()


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    files = {
        "20231101.ko/train-0.parquet": parquet([f"문서 {number}" for number in range(200)]),
        "20231101.ko/train-1.parquet": parquet(["끝"]),
        "README.md": b"card",
        "lines/a.jsonl": lines_of([{"text": f"줄 {number}"} for number in range(100)]),
    }
    for key in ("HF_TOKEN", "HF_HUB_OFFLINE", "HUGGING_FACE_HUB_TOKEN"):
        monkeypatch.delenv(key, raising=False)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setenv("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1")
    with HubServer({"wikimedia/wikipedia": files}) as server:
        monkeypatch.setattr(constants, "ENDPOINT", server.endpoint)
        monkeypatch.setattr(
            constants, "HUGGINGFACE_CO_URL_TEMPLATE", server.endpoint + "/{repo_id}/resolve/{revision}/{filename}"
        )
        huggingface_hub.HfFileSystem.clear_instance_cache()
        fsspec.config.conf["hf"] = {"endpoint": server.endpoint}
        yield server
        del fsspec.config.conf["hf"]
        huggingface_hub.HfFileSystem.clear_instance_cache()


def test_a_dataset_is_listed_and_read(hub: HubServer, reading: Reading) -> None:
    settings = SourceSettings(path=f"{WIKI}/20231101.ko/*.parquet", id="id")
    files = list_files("wiki", settings)
    assert [file.url for file in files] == [f"{WIKI}/20231101.ko/train-{number}.parquet" for number in range(2)]
    assert all(file.size_bytes and len(file.stamp) == 40 for file in files)
    rows, faults = reading(settings, task_bytes=500)
    assert [row[1] for row in rows] == [*(f"문서 {number}" for number in range(200)), "끝"]
    assert faults.count == 0
    assert hub.ranges, "parts of a file are asked for, not all of it"
    rows, _ = reading(SourceSettings(path=f"{WIKI}@main/lines/a.jsonl"), batch_bytes=300)
    assert [row[1] for row in rows] == [f"줄 {number}" for number in range(100)]


def test_a_file_that_changes_on_the_hub_ends_the_task(hub: HubServer) -> None:
    settings = SourceSettings(path=f"{WIKI}/lines/*.jsonl")
    (spans,) = plan_spans(list_files("wiki", settings), settings)
    hub.datasets["wikimedia/wikipedia"]["lines/a.jsonl"] = b'{"text": "other"}\n'
    with pytest.raises(SourceError, match=r"lines/a\.jsonl: the file changed before it was read; start again"):
        list(read_documents(settings, spans, Faults()))


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        (
            "hf://datasets/no/such/*.parquet",
            None,
            r"no such dataset, or a private one \(404\); check owner and name, and",
        ),
        (f"{WIKI}@v9/*.md", None, r"the dataset has no such revision \(404\); leave out what follows the @"),
        (
            f"{WIKI}/*.md",
            (401, "RepoNotFound"),
            r"no such dataset, or a private one \(401\); .*log in with `hf auth login`",
        ),
        (
            f"{WIKI}/*.md",
            (403, "GatedRepo"),
            r"access is refused \(403\); ask for access on the dataset's page, then log",
        ),
        (f"{WIKI}/none/*.md", None, r"wikipedia/none/\*\.md: the dataset has no such file or folder; check the path"),
    ],
)
def test_what_the_hub_refuses_is_one_clear_line(
    hub: HubServer, path: str, status: tuple[int, str] | None, message: str
) -> None:
    if status is not None:
        hub.status["wikimedia/wikipedia"] = status
    with pytest.raises(SourceError, match=f"source wiki: .*{message}"):
        list_files("wiki", SourceSettings(path=path))


def test_no_network_is_told(hub: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    fsspec.config.conf["hf"] = {"endpoint": "http://127.0.0.1:9"}
    huggingface_hub.HfFileSystem.clear_instance_cache()
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(
        SourceError, match=r"cannot reach http://127\.0\.0\.1:9: .*; check the network, or copy the dataset"
    ):
        list_files("wiki", SourceSettings(path=f"{WIKI}/*.md"))
    assert told_by_hub(OfflineModeIsEnabled("off")).startswith("HF_HUB_OFFLINE is set; unset it")


def test_a_hub_that_fails_while_reading_is_no_fault_of_the_data(hub: HubServer) -> None:
    settings = SourceSettings(path=f"{WIKI}/lines/*.jsonl")
    (spans,) = plan_spans(list_files("wiki", settings), settings)
    hub.status["wikimedia/wikipedia"] = (403, "GatedRepo")
    with pytest.raises(SourceError, match=r"lines/a\.jsonl: reading failed: access is refused \(403\)"):
        list(read_documents(settings, spans, Faults()))
