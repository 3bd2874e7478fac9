import ast
import os
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs the train lock")

import ixigen_train.foundry.compat

pytestmark = pytest.mark.train

FILES = sorted(Path(ixigen_train.foundry.compat.__file__).parent.rglob("*.py"))
MOSAIC = ("composer", "llmfoundry", "streaming")


def imports(path: Path) -> list[str]:
    """Modules that a file imports at its top, in their order."""
    names = []
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names.append(node.module or "")
    return names


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_file_imports_compat_before_a_mosaic_package(path: Path) -> None:
    names = imports(path)
    mosaic = [place for place, name in enumerate(names) if name.partition(".")[0] in MOSAIC]
    if mosaic:
        assert "ixigen_train.foundry.compat" in names[: mosaic[0]], f"{path}: import compat first"


def test_some_files_do() -> None:
    assert sum(any(name.partition(".")[0] in MOSAIC for name in imports(path)) for path in FILES) > 3


def test_what_composer_asks_of_torchvision_is_there() -> None:
    assert sys.modules["torchvision"].__spec__ is not None
    from torchvision import transforms
    from torchvision.models.resnet import Bottleneck
    from torchvision.ops import StochasticDepth, box_convert
    from torchvision.transforms.functional import to_tensor

    assert {transforms.Compose, Bottleneck, StochasticDepth, box_convert, to_tensor}


def test_a_torchvision_that_is_there_is_left_alone() -> None:
    assert ixigen_train.foundry.compat.install_torchvision_stub() is False


def test_ranks_that_torchrun_starts_have_what_composer_asks() -> None:
    assert os.environ["NODE_RANK"].isdecimal()
    assert os.environ["FSDP_VERSION"] == "2"
