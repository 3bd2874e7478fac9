import configparser
import warnings
from pathlib import Path

import pytest

from ixigen_data.core.errors import IxigenError

torch = pytest.importorskip("torch", reason="needs the train lock")

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from ixigen_train.foundry.train import register, train

    registry = pytest.importorskip("llmfoundry.registry", reason="needs the train lock")

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]


def test_bf16_without_a_gpu_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(IxigenError, match=r"^precision: bf16 needs a GPU, and there is none here; use fp32"):
        train({"precision": "amp_bf16"})


def test_what_is_registered_is_what_the_entry_points_say() -> None:
    register()
    setup = configparser.ConfigParser()
    setup.read(Path(__file__).resolve().parents[4] / "setup.cfg", encoding="utf-8")
    groups = {group: lines for group, lines in setup["options.entry_points"].items() if group.startswith("llmfoundry_")}
    assert len(groups) == 6
    for group, lines in groups.items():
        for line in filter(None, lines.splitlines()):
            name, _, place = (word.strip() for word in line.partition("="))
            made = getattr(registry, group.removeprefix("llmfoundry_")).get(name)
            assert f"{made.__module__}:{made.__qualname__}".replace("torch.optim.adamw", "torch.optim") == place
