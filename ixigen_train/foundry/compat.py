"""What must be so before a Mosaic package is imported: every file of this room imports this one first.

Composer, LLM-Foundry and Streaming import torchvision at module level, although text work uses nothing of it, and the
train lock leaves it out (see requirements/train-overrides.txt): where none is installed, empty modules stand in. A
working one is left alone.
"""

import importlib.util
import os
import sys
import warnings
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Final

# Module -> the names that composer and streaming take from it while they are imported.
_STUBBED_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "torchvision": (),
    "torchvision.transforms": ("Compose", "ToTensor", "Resize"),
    "torchvision.transforms.functional": ("to_tensor",),
    "torchvision.datasets": ("VisionDataset",),
    "torchvision.utils": ("draw_segmentation_masks",),
    "torchvision.models": ("ResNet",),
    "torchvision.models.resnet": ("Bottleneck",),
    "torchvision.ops": ("StochasticDepth", "box_convert"),
}


def install_torchvision_stub() -> bool:
    """Put empty torchvision modules into `sys.modules`; return False where a torchvision is there already."""
    if "torchvision" in sys.modules or importlib.util.find_spec("torchvision") is not None:
        return False
    # torchmetrics probes for torchvision when it is imported: it must look before the stub stands there.
    import torchmetrics  # noqa: F401, PLC0415

    modules = {name: _stub_module(name, names) for name, names in _STUBBED_NAMES.items()}
    for name, module in modules.items():
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(modules[parent], child, module)
    sys.modules.update(modules)
    return True


def _stub_module(name: str, names: tuple[str, ...]) -> ModuleType:
    module = ModuleType(name, "Stand-in without behaviour: text work needs none of it.")
    module.__spec__ = ModuleSpec(name, loader=None, is_package=True)
    module.__path__ = []
    for class_name in names:
        setattr(module, class_name, type(class_name, (), {"__module__": name}))
    return module


def _set_environment() -> None:
    """Fill in what torchrun leaves out, and what the user has not said otherwise."""
    os.environ.setdefault("NODE_RANK", os.environ.get("GROUP_RANK", "0"))  # Composer refuses ranks without it
    os.environ.setdefault("FSDP_VERSION", "2")  # Composer's FSDP1 is for CUDA only, and breaks on torch 2.7.1 and later
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


def _quiet_imports() -> None:
    """Drop what frozen packages say of their own age while they are imported."""
    for category in (DeprecationWarning, FutureWarning, UserWarning):
        for package in ("composer", "streaming", "llmfoundry", "mcli", "mlflow", "torch_optimizer", "torchmetrics"):
            warnings.filterwarnings("ignore", category=category, module=rf"{package}(\..*)?$")
    warnings.filterwarnings("ignore", message="pkg_resources is deprecated")
    warnings.filterwarnings("ignore", message="Field name .* shadows an attribute", category=UserWarning)


_quiet_imports()
_set_environment()
install_torchvision_stub()
