import pytest

from ixigen_train.sizing.devices import device_named, known_devices, peak_flops


@pytest.mark.parametrize(
    ("name", "tera"),
    [
        ("h100", 989.4),
        ("NVIDIA H100 80GB HBM3", 989.4),
        ("NVIDIA H100 PCIe", 756),
        ("NVIDIA H100 NVL", 835),
        ("NVIDIA H200", 989.4),
        ("NVIDIA GH200 480GB", 989.4),
        ("NVIDIA B200", 2250),
        ("NVIDIA A100-SXM4-80GB", 312),
        ("NVIDIA L4", 121),
        ("NVIDIA L40S", 362),
        ("NVIDIA GeForce RTX 4090", 165.2),
    ],
)
def test_names_of_drivers_are_known(name: str, tera: float) -> None:
    assert peak_flops(name, "bf16") == tera * 1e12


def test_precision_decides() -> None:
    assert peak_flops("a100", "fp32") == 19.5e12


@pytest.mark.parametrize("name", ["cpu", "", "AMD EPYC 9654", "NVIDIA T4", "h1000"])
def test_other_devices_have_no_peak(name: str) -> None:
    assert peak_flops(name, "bf16") is None


def test_variants_of_memory_are_told_apart() -> None:
    small, large = device_named("NVIDIA A100-SXM4-40GB"), device_named("NVIDIA A100-SXM4-80GB")
    assert small is not None
    assert large is not None
    assert (small.memory_bytes, large.memory_bytes) == (40 * 10**9, 80 * 10**9)


def test_every_name_told_is_known() -> None:
    for name in known_devices():
        assert device_named(name) is not None, name
