"""Processors and precision, with machines that this one is not."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import keras
import pytest
import tensorflow as tf

from space.errors import UserError
from trainer import devices
from trainer.devices import POLICIES, fastest_precision, set_up_devices, shares, uses_xla


def give_gpus(monkeypatch: pytest.MonkeyPatch, count: int, capability: tuple[int, int] = (8, 0)) -> list[Any]:
    """Pretend that there are GPUs; return those that grow their memory as they need it."""
    grown: list[Any] = []
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [f"{kind}:{k}" for k in range(count)])
    monkeypatch.setattr(
        tf.config,
        "experimental",
        SimpleNamespace(
            get_device_details=lambda gpu: {"compute_capability": capability},
            set_memory_growth=lambda gpu, grow: grown.append(gpu) if grow else None,
        ),
    )
    return grown


def give_flags(monkeypatch: pytest.MonkeyPatch, cpuinfo: Path, flags: str | None) -> None:
    """Pretend that the processor has these flags, or that the system does not list any."""
    if flags is not None:
        cpuinfo.write_text(f"flags\t\t: fpu {flags} avx2\n")
    monkeypatch.setattr(devices, "Path", lambda path: cpuinfo if path == "/proc/cpuinfo" else Path(path))


@pytest.mark.parametrize("precision", POLICIES)
def test_the_precision_asked_for_is_the_policy(precision: str) -> None:
    _, line = set_up_devices(precision)
    assert keras.mixed_precision.dtype_policy().name == POLICIES[precision]
    assert line == f"CPU, {precision}"


@pytest.mark.parametrize("policy", POLICIES.values())
def test_weights_stay_float32_in_every_precision(policy: str) -> None:
    assert keras.dtype_policies.get(policy).variable_dtype == "float32"


def test_a_cpu_needs_no_scope(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tf.distribute, "MirroredStrategy", None)
    with set_up_devices("float32")[0] as strategy:
        assert strategy is None


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ("avx512_bf16", "bfloat16"),
        ("amx_tile amx_bf16", "bfloat16"),
        ("avx512f", "float32"),
        (None, "float32"),  # no /proc, as on macOS
    ],
)
def test_auto_takes_bfloat16_where_the_cpu_has_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, flags: str | None, expected: str
) -> None:
    give_flags(monkeypatch, tmp_path / "cpuinfo", flags)
    assert fastest_precision() == expected
    assert set_up_devices("auto")[1] == f"CPU, {expected}"
    assert keras.mixed_precision.dtype_policy().name == POLICIES[expected]


@pytest.mark.parametrize(
    ("capability", "expected"),
    [
        ((9, 0), "bfloat16"),
        ((8, 0), "bfloat16"),
        ((7, 5), "float16"),
        ((7, 0), "float16"),
        ((6, 1), "float32"),
    ],
)
def test_auto_takes_the_fastest_precision_of_a_gpu(
    monkeypatch: pytest.MonkeyPatch, capability: tuple[int, int], expected: str
) -> None:
    give_gpus(monkeypatch, 1, capability)
    assert set_up_devices("auto")[1] == f"1 GPU(s), {expected}"


def test_one_gpu_needs_no_strategy(monkeypatch: pytest.MonkeyPatch) -> None:
    grown = give_gpus(monkeypatch, 1)
    monkeypatch.setattr(tf.distribute, "MirroredStrategy", None)
    with set_up_devices("float32")[0] as strategy:
        assert strategy is None
    assert grown == ["GPU:0"]


def test_several_gpus_are_mirrored(monkeypatch: pytest.MonkeyPatch) -> None:
    grown = give_gpus(monkeypatch, 2)
    mirrored = object()
    monkeypatch.setattr(tf.distribute, "MirroredStrategy", lambda: SimpleNamespace(scope=lambda: mirrored))
    scope, line = set_up_devices("float32")
    assert scope is mirrored
    assert line == "2 GPU(s), float32"
    assert grown == ["GPU:0", "GPU:1"]


@pytest.mark.parametrize(("gpus", "jit", "expected"), [
    (0, "auto", False), (1, "auto", True), (0, "on", True), (1, "off", False),
])  # fmt: skip
def test_the_step_is_compiled_by_xla_on_a_gpu_or_where_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, gpus: int, jit: str, expected: bool
) -> None:
    give_gpus(monkeypatch, gpus)
    assert uses_xla(jit) is expected


def test_another_word_for_it_is_refused() -> None:
    with pytest.raises(UserError, match="--jit cannot be 'maybe'"):
        uses_xla("maybe")


def test_a_batch_is_whole_where_nothing_spreads_it() -> None:
    assert shares() == 1
