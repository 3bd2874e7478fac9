"""`ixigen-train pretrain --nnodes 2`, both machines being this one, into one folder; then on one machine."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from ixigen_train.checkpoints.place import Place
from ixigen_train.runs.folder import RunFolder
from ixigen_train.runs.metrics import read_metrics
from ixigen_train.runs.run_file import RunFile

pytestmark = [pytest.mark.train, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 400  # for a command, beside other tests


def started(*words: str) -> subprocess.Popen[str]:
    """Start a command of ixigen-train in the repository's root."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore", "OMP_NUM_THREADS": "1"}
    line = [sys.executable, "-m", "ixigen_train.cli.main", *words]
    return subprocess.Popen(line, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_two_machines_save_and_stop_and_one_goes_on(tmp_path: Path) -> None:
    """What ends the run is a shard of the seventh step that is damaged; both commands say so."""
    dataset, out = shutil.copytree(ROOT / "shards" / "tiny", tmp_path / "dataset"), RunFolder(tmp_path / "run")
    plain = yaml.safe_load((ROOT / "recipes" / "train" / "tiny.yaml").read_text())
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(plain | {"checkpoints": {"every": 3}}))
    words = ("pretrain", str(tmp_path / "recipe.yaml"), "--shards", str(dataset), "--out", str(out.root), "--quiet")
    shard = dataset / "shard.00002.mds"
    whole = shard.read_bytes()
    shard.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        endpoint = f"127.0.0.1:{probe.getsockname()[1]}"
    machines = [
        started(*words, "--ranks", "1", "--nnodes", "2", "--node-rank", str(number), "--rdzv-endpoint", endpoint)
        for number in range(2)
    ]
    for machine in machines:
        _, errors = machine.communicate(timeout=SECONDS)
        assert machine.returncode == 1
        assert f"error: {shard}: expected 3,833 bytes of digest" in errors, errors
    assert out.saved_steps() == (3, 6)
    assert Place.of(out.checkpoint(6)).ranks == 2
    assert sorted(path.name for path in out.logs.glob("launcher*")) == ["launcher-0.log", "launcher-1.log"]

    shard.write_bytes(whole)
    alone = started(*words)
    _, errors = alone.communicate(timeout=SECONDS)
    assert alone.returncode == 0, errors
    assert out.saved_steps() == (9, 10)
    assert [(start.step, start.ranks) for start in RunFile.load(out.run_file).starts] == [(0, 2), (6, 1)]
    assert list(dict.fromkeys(line["step"] for line in read_metrics(out.metrics))) == list(range(11))
