"""Make the Mosaic packages importable where no torchvision is installed.

Composer, LLM-Foundry and Streaming import torchvision at module level, although text work uses nothing of it, and the
train lock leaves it out (see requirements/train-overrides.txt). Tests that read our shards with those packages call
`install_torchvision_stub()` before the first such import.
"""

import importlib.util
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

# Module -> the names that composer and streaming take from it while they are imported.
_STUBBED_NAMES: dict[str, tuple[str, ...]] = {
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
    import torchmetrics  # noqa: F401

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
