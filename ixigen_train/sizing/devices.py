"""What accelerators can do, from their makers' data sheets; dense arithmetic, without sparsity."""

from dataclasses import dataclass
from typing import Final, Literal

Precision = Literal["bf16", "fp32"]


@dataclass(frozen=True)
class Device:
    """An accelerator. `fp32` is that of the plain units, not of TF32."""

    words: tuple[str, ...]  # all of them stand in the name that a driver gives
    bf16: float  # FLOP/s
    fp32: float  # FLOP/s
    memory_bytes: int


def _device(words: str, bf16_tera: float, fp32_tera: float, memory_gb: int) -> Device:
    return Device(tuple(words.split()), bf16_tera * 1e12, fp32_tera * 1e12, memory_gb * 10**9)


# The first that fits counts, so variants of a chip stand before the chip.
_DEVICES: Final = (
    _device("gb200", 2500, 80, 186),
    _device("b200", 2250, 75, 180),
    _device("h200 nvl", 835, 60, 141),
    _device("h200", 989.4, 67, 141),
    _device("gh200", 989.4, 67, 96),
    _device("h100 nvl", 835, 60, 94),
    _device("h100 pcie", 756, 51, 80),
    _device("h100", 989.4, 67, 80),
    _device("h800", 989.4, 67, 80),
    _device("a100 40gb", 312, 19.5, 40),
    _device("a100", 312, 19.5, 80),
    _device("a800", 312, 19.5, 80),
    _device("l40s", 362, 91.6, 48),
    _device("l40", 181, 90.5, 48),
    _device("l4", 121, 30.3, 24),
    _device("a10g", 70, 35, 24),
    _device("a10", 125, 31.2, 24),
    _device("rtx 4090", 165.2, 82.6, 24),
    _device("rtx 3090", 71, 35.6, 24),
    _device("mi300x", 1307.4, 163.4, 192),
)


def device_named(name: str) -> Device | None:
    """Return the device that a name means, such as "h100" or a driver's "NVIDIA H100 80GB HBM3"; None for others.

    >>> device_named("NVIDIA H100 PCIe").bf16, device_named("cpu")
    (756000000000000.0, None)
    """
    words = set(name.lower().replace("-", " ").replace("_", " ").split())
    return next((device for device in _DEVICES if words.issuperset(device.words)), None)


def known_devices() -> tuple[str, ...]:
    """Return the names that are known here."""
    return tuple(" ".join(device.words) for device in _DEVICES)


def peak_flops(name: str, precision: Precision) -> float | None:
    """Return the dense FLOP/s of a device; None for processors and devices that are not known.

    >>> peak_flops("NVIDIA A100-SXM4-80GB", "bf16"), peak_flops("AMD EPYC 9654", "bf16")
    (312000000000000.0, None)
    """
    device = device_named(name)
    if device is None:
        return None
    return device.bf16 if precision == "bf16" else device.fp32
