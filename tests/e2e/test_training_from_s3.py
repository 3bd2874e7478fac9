"""Windows served from a real S3 server: cold caches, damage on the way, an outage."""

import threading
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import fsspec
import numpy as np
import pytest
import s3fs

from ixigen_data.core.errors import ShardError
from ixigen_data.core.files import join, read_bytes, write_bytes
from ixigen_data.shards.manifest import Manifest
from ixigen_data.shards.settings import ShardSettings
from ixigen_train.recipe.settings import TrainRecipe
from ixigen_train.windows.course import Course
from ixigen_train.windows.plan import plan_course
from ixigen_train.windows.reader import Reader, Seat
from ixigen_train.windows.shard_cache import ShardCache
from tests.dataset import ORDER, rows_of, write_dataset
from tests.e2e.s3_server import BUCKET, S3Server

WINDOWS = 1_001
DOWN_SECONDS = 2  # and some ten more, which SeaweedFS takes to start again


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """A server; clients find it through the usual variables."""
    server = S3Server(tmp_path_factory.mktemp("s3"))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in server.environment.items():
            patch.setenv(name, value)
        fsspec.config.conf.pop("s3", None)
        s3fs.S3FileSystem.clear_instance_cache()  # else clients of another module's server
        try:
            server.start()
            yield server
        finally:
            server.stop()
            s3fs.S3FileSystem.clear_instance_cache()


@pytest.fixture(scope="module")
def dataset(server: S3Server, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Manifest]:
    """1,001 windows in shards of five, compressed."""
    home = tmp_path_factory.mktemp("set")
    manifest = write_dataset(str(home), ShardSettings(compression="zstd"), order=(ORDER * 60)[:WINDOWS])
    fsspec.filesystem("s3").put(f"{home}/", f"{BUCKET}/set", recursive=True)
    return f"s3://{BUCKET}/set", manifest


def written() -> list[list[int]]:
    return [[token.id for token in row.tokens] for row in rows_of(32, order=(ORDER * 60)[:WINDOWS])[0]]


def course_of(url: str, batch: int, cache: Path | None, limit: int | None = None) -> Course:
    told = {"name": "t", "model": {"path": "none"}, "batch": {"windows": batch}}
    return Course.open(plan_course(TrainRecipe.model_validate(told), url), cache, limit)


def test_a_thousand_windows_from_a_cold_cache_on_four_ranks(dataset: tuple[str, Manifest], tmp_path: Path) -> None:
    url, manifest = dataset
    limit = manifest.shards[0].bytes * 20  # of 201
    courses = [course_of(url, 100, tmp_path / "cache", limit) for _ in range(4)]
    readers = [Reader(course, Seat(rank, 4)) for rank, course in enumerate(courses)]
    served = [batch.input_ids for step in zip(*readers, strict=True) for batch in step]
    assert np.concatenate(served).tolist() == written()[:1_000]
    assert courses[0].unserved == {url: 1}
    kept = [path.stat().st_size for path in (tmp_path / "cache").glob("*.mds")]
    assert limit - manifest.shards[0].bytes < sum(kept) <= limit
    assert courses[0].planned(5) == courses[1].planned(5)


def test_a_shard_damaged_on_the_way(server: S3Server, tmp_path: Path) -> None:
    url = f"s3://{BUCKET}/damaged"
    manifest = write_dataset(url)
    place = join(url, "shard.00001.mds")
    right = read_bytes(place)
    write_bytes(place, right[:-1] + bytes([right[-1] ^ 1]))

    def restore(seconds: float) -> None:
        write_bytes(place, right)

    with pytest.raises(ShardError, match=r"damaged/shard.00001.mds: expected 980 bytes of .* got 980 of .*; tried 18"):
        ShardCache(url, tmp_path / "never", sleep=lambda _: None).data(manifest.shards[1])
    assert ShardCache(url, tmp_path / "again", sleep=restore).data(manifest.shards[1]).tobytes() == right
    fsspec.filesystem("s3").rm(place)
    with pytest.raises(ShardError, match=r"damaged/shard.00001.mds: no such file, but the manifest names it"):
        ShardCache(url, tmp_path / "gone", sleep=lambda _: pytest.fail("waited")).data(manifest.shards[1])


def test_refused_credentials_are_told_at_once(server: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    s3fs.S3FileSystem.clear_instance_cache()
    begun = time.monotonic()
    with pytest.raises(ShardError, match=r"manifest.json: the store refuses: .*; look at the credentials"):
        course_of(f"s3://{BUCKET}/set", 4, None)
    assert time.monotonic() - begun < 10
    s3fs.S3FileSystem.clear_instance_cache()


@pytest.mark.slow
def test_a_server_that_is_down_for_a_while(
    server: S3Server, dataset: tuple[str, Manifest], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")  # ours are meant, and not botocore's
    s3fs.S3FileSystem.clear_instance_cache()
    course = course_of(dataset[0], 20, tmp_path / "cache")
    back = threading.Thread(target=lambda: (time.sleep(DOWN_SECONDS), server.start()))
    with Reader(course, Seat(0, 1)) as reader:
        served = [batch.input_ids for batch in islice(reader, 10)]
        server.stop()
        back.start()
        served += [batch.input_ids for batch in reader]
    back.join()
    assert np.concatenate(served).tolist() == written()[:1_000]
    assert reader.wait_seconds > DOWN_SECONDS, "there was an outage to sit out"
