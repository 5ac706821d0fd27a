"""Which processors a training uses, and in which precision it computes on them.

Scaling is the libraries' work: several GPUs of one machine go through `tf.distribute.MirroredStrategy`; on
the JAX backend (``KERAS_BACKEND=jax``) through `keras.distribution`, which also spans machines (trainer/machines.py).
Each backend is imported only where it is the one that trains.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import keras

from space.errors import UserError

POLICIES = {"float32": "float32", "bfloat16": "mixed_bfloat16", "float16": "mixed_float16"}
Capability = tuple[int, int]


def set_up_devices(precision: str) -> tuple[contextlib.AbstractContextManager[object], str]:
    """Prepare the processors and set Keras's precision.

    Parameters
    ----------
    precision : auto, float32, bfloat16 or float16; auto takes the fastest that the processor computes in.

    Returns
    -------
    the scope to build and compile the model in, and a line that describes both for the log.
    """
    scope: contextlib.AbstractContextManager[object] = contextlib.nullcontext()
    if keras.backend.backend() == "jax":
        devices = keras.distribution.list_devices()  # of all machines
        if len(devices) > 1:
            keras.distribution.set_distribution(
                keras.distribution.DataParallel(devices=devices, auto_shard_dataset=False)
            )
        used = f"{len(devices)} device(s) on JAX"
    elif keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        gpus = tf.config.list_physical_devices("GPU")
        for gpu in gpus:
            tf.config.experimental.set_memory_growth(gpu, True)
        if len(gpus) > 1:
            scope = tf.distribute.MirroredStrategy().scope()
        used = f"{len(gpus)} GPU(s)" if gpus else "CPU"
    else:
        used = f"{'1 GPU' if gpu_capabilities() else 'CPU'} on {keras.backend.backend()}"
    chosen = fastest_precision() if precision == "auto" else precision
    keras.mixed_precision.set_global_policy(POLICIES[chosen])
    return scope, f"{used}, {chosen}"


def shares() -> int:
    """Return into how many equal parts each batch is cut."""
    spread = keras.distribution.distribution()
    return int(spread.device_mesh.devices.size) if spread else 1


@contextlib.contextmanager
def on_one_device() -> Iterator[None]:
    """Leave aside for a while that a training on JAX is spread over devices: what one process does alone."""
    spread = keras.distribution.distribution()
    keras.distribution.set_distribution(None)
    try:
        yield
    finally:
        keras.distribution.set_distribution(spread)


def gpu_capabilities() -> list[Capability]:
    """Return the compute capability of each GPU of this machine that the backend sees; (0, 0) where it has none."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        details = map(tf.config.experimental.get_device_details, tf.config.list_physical_devices("GPU"))
        return [detail.get("compute_capability", (0, 0)) for detail in details]
    if keras.backend.backend() == "jax":
        import jax

        said = [
            getattr(device, "compute_capability", "0.0") for device in jax.local_devices() if device.platform == "gpu"
        ]
        return [(int(major), int(minor)) for major, minor in (text.split(".") for text in said)]
    import torch

    return [torch.cuda.get_device_capability(number) for number in range(torch.cuda.device_count())]


def fastest_precision() -> str:
    """Return bfloat16 where the processor has it, else float16 on GPUs with tensor cores, else float32."""
    if gpus := gpu_capabilities():
        major = gpus[0][0]
        return "bfloat16" if major >= 8 else "float16" if major >= 7 else "float32"
    if keras.backend.backend() != "tensorflow":  # measured on JAX: its bfloat16 is far slower than float32 on a CPU
        return "float32"
    cpuinfo = Path("/proc/cpuinfo")
    flags = cpuinfo.read_text() if cpuinfo.exists() else ""
    return "bfloat16" if "avx512_bf16" in flags or "amx_bf16" in flags else "float32"


def uses_xla(jit: str) -> bool:
    """Tell whether the training step is compiled by XLA (on PyTorch by torch.compile).

    Parameters
    ----------
    jit : auto, on or off; auto: on JAX and on GPUs. On TensorFlow's CPU a step was measured to take twice the time.

    Raises
    ------
    UserError
        if it is none of the three.
    """
    if jit not in ("auto", "on", "off"):
        raise UserError(f"--jit cannot be '{jit}': it should be auto, on or off.")
    backend = keras.backend.backend()
    if jit == "auto":
        return backend == "jax" or (backend == "tensorflow" and bool(gpu_capabilities()))
    return jit == "on"
