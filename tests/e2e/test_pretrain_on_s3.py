"""A run on an object store: shards from there, checkpoints and the report to there, an export from there to there."""

import os
import subprocess
import sys
from pathlib import Path

import fsspec
import pytest
import s3fs

from ixigen_data.core.files import sizes_below
from tests.e2e.s3_server import BUCKET, s3_server

pytestmark = [pytest.mark.train, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[2]
URL = f"s3://{BUCKET}"


def test_a_run_on_an_object_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with s3_server(tmp_path) as environment:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("IXIGEN_RUNS", str(tmp_path / "runs"))
        fsspec.config.conf.pop("s3", None)
        s3fs.S3FileSystem.clear_instance_cache()
        fsspec.filesystem("s3").put(f"{ROOT}/shards/tiny/", f"{BUCKET}/set", recursive=True)
        run("pretrain", "recipes/train/tiny.yaml", "--shards", f"{URL}/set", "--out", f"{URL}/run")
        run("watch", f"{URL}/run", "--once")
        run("export", f"{URL}/run", "--out", f"{URL}/model")
        s3fs.S3FileSystem.clear_instance_cache()  # other processes have written since it looked
        files, model = sizes_below(f"{URL}/run"), sizes_below(f"{URL}/model")
        s3fs.S3FileSystem.clear_instance_cache()
    assert {"run.json", "metrics.jsonl", "report.html", "checkpoints/step-000010/place.json"} <= files.keys()
    assert {"model.safetensors", "config.json", "tokenizer.json", "README.md"} <= model.keys()


def run(*words: str) -> None:
    """Run a command of ixigen-train in the repository's root."""
    line = [sys.executable, "-m", "ixigen_train.cli.main", *words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
