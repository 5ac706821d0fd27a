"""Which processors a training uses, and in which precision it computes on them.

Scaling is the libraries' work: several GPUs of one machine go through `tf.distribute.MirroredStrategy`; on
the JAX backend (``KERAS_BACKEND=jax``) through `keras.distribution`, which also spans machines.
"""

import contextlib
from pathlib import Path

import keras
import tensorflow as tf

POLICIES = {"float32": "float32", "bfloat16": "mixed_bfloat16", "float16": "mixed_float16"}


def set_up_devices(precision: str) -> tuple[contextlib.AbstractContextManager[object], str]:
    """Prepare the processors and set Keras's precision.

    Parameters
    ----------
    precision : auto, float32, bfloat16 or float16; auto takes the fastest that the processor computes in.

    Returns
    -------
    the scope to build and compile the model in, and a line that describes both for the log.
    """
    gpus = tf.config.list_physical_devices("GPU")
    scope: contextlib.AbstractContextManager[object] = contextlib.nullcontext()
    if keras.backend.backend() == "jax":
        tf.config.set_visible_devices([], "GPU")  # TensorFlow only feeds data here
        devices = keras.distribution.list_devices()
        if len(devices) > 1:
            keras.distribution.set_distribution(keras.distribution.DataParallel(devices=devices))
        used = f"{len(devices)} device(s) on JAX"
    else:
        for gpu in gpus:
            tf.config.experimental.set_memory_growth(gpu, True)
        if len(gpus) > 1:
            scope = tf.distribute.MirroredStrategy().scope()
        used = f"{len(gpus)} GPU(s)" if gpus else "CPU"
    chosen = fastest_precision() if precision == "auto" else precision
    keras.mixed_precision.set_global_policy(POLICIES[chosen])
    return scope, f"{used}, {chosen}"


def fastest_precision() -> str:
    """Return bfloat16 where the processor has it, else float16 on GPUs with tensor cores, else float32."""
    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        details = tf.config.experimental.get_device_details(gpus[0])
        major = details.get("compute_capability", (0, 0))[0]
        return "bfloat16" if major >= 8 else "float16" if major >= 7 else "float32"
    if keras.backend.backend() == "jax":  # measured: its bfloat16 is far slower than float32 on a CPU
        return "float32"
    cpuinfo = Path("/proc/cpuinfo")
    flags = cpuinfo.read_text() if cpuinfo.exists() else ""
    return "bfloat16" if "avx512_bf16" in flags or "amx_bf16" in flags else "float32"
