"""Sources, work folder and dataset on a real S3 server."""

from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest

from ixigen_data.core.digests import digest_bytes
from ixigen_data.core.errors import EngineError
from ixigen_data.core.files import join, names_in, read_bytes, write_bytes
from ixigen_data.engine.locks import lock
from ixigen_data.shards.reader import read_window
from ixigen_data.verify.dataset import verify
from ixigen_data.verify.deep import verify_deep
from ixigen_data.verify.stored import verify_stored
from tests.e2e.builds import TINY, build, data_digests
from tests.e2e.s3_server import BUCKET, s3_server


@pytest.fixture(scope="module")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An empty bucket; clients find the server through the usual variables."""
    with s3_server(tmp_path_factory.mktemp("s3")) as environment, pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        fsspec.config.conf.pop("s3", None)
        yield f"s3://{BUCKET}"


def test_a_build_from_and_to_an_object_store_has_the_bytes_of_a_local_one(bucket: str, tmp_path: Path) -> None:
    recipe = Path(TINY).read_text()
    for source in ("finance", "web"):
        write_bytes(join(bucket, "raw", f"{source}.jsonl"), Path(f"tests/golden/sources/{source}.jsonl").read_bytes())
        recipe = recipe.replace(f"tests/golden/sources/{source}.jsonl", f"{bucket}/raw/{source}.jsonl")
    (tmp_path / "recipe.yaml").write_text(recipe)
    local = build(TINY, tmp_path)
    remote = build(tmp_path / "recipe.yaml", bucket, workers=2)
    assert remote.digest == local.digest
    for name, digest in data_digests(tmp_path / "out").items():
        assert digest == digest_bytes(read_bytes(join(bucket, "out", name))), name
    verify(join(bucket, "out")).raise_if_wrong()
    assert verify_stored(join(bucket, "out")).ok
    checked = verify_deep(join(bucket, "out"), workers=2)
    assert checked.ok, checked
    assert checked.sources["web"].tokens > 0
    assert read_window(join(bucket, "out"), remote, 3).pieces[0].document == "a"
    assert not [name for name in names_in(join(bucket, "out")) if name.startswith(".")]
    place = join(bucket, "out", "shard.00001.mds")
    data = bytearray(read_bytes(place))
    data[-1] ^= 1
    write_bytes(place, bytes(data))
    assert verify(join(bucket, "out")).problems[0].file == "shard.00001.mds"


def test_a_generation_is_added_on_an_object_store(bucket: str, tmp_path: Path) -> None:
    first = build(TINY, bucket, "grown")
    recipe = Path(TINY).read_text().replace("total_tokens: {part: finance, epochs: 2}", "total_tokens: 640")
    (tmp_path / "more.yaml").write_text(recipe.replace("max_epochs: 2", "max_epochs: 9").replace(": 3}", ": 9}"))
    both = build(tmp_path / "more.yaml", bucket, "grown", append=True)
    assert both.total_tokens == first.total_tokens + 640
    verify(join(bucket, "grown")).raise_if_wrong()
    assert verify_deep(join(bucket, "grown")).ok


def test_one_writer_at_a_time(bucket: str) -> None:
    with (
        lock(join(bucket, "locked")),
        pytest.raises(EngineError, match="is writing here"),
        lock(join(bucket, "locked")),
    ):
        pass
    with lock(join(bucket, "locked")):
        pass
