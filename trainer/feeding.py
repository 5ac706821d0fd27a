"""How batches of NumPy arrays reach a backend's `fit`."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np

from trainer.ahead import ahead, usable_cores

Batch = tuple[np.ndarray, np.ndarray]
READY = 4  # batches that TensorFlow holds beside those that are being computed


@contextmanager
def feed(batch: Callable[[int], Batch], steps: range, shapes: tuple[tuple[int, ...], tuple[int, ...]]) -> Iterator[Any]:
    """Give what `fit` takes its batches from, computed ahead in threads, as long as the context lasts.

    Parameters
    ----------
    batch : returns the slices, float32, and the masks, uint8, of a step.
    shapes : of both.
    """
    if keras.backend.backend() != "tensorflow":
        yield ahead(batch, steps, usable_cores())
        return
    # Keras would put a generator through tf.data too, in five times the processor's time
    import tensorflow as tf

    ended, computing = threading.Event(), threading.Semaphore(usable_cores())

    def computed(step: int) -> Batch:
        with computing:
            if ended.is_set():
                raise StopIteration
            return batch(int(step))

    def fetched(step: Any) -> tuple[Any, Any]:
        found = tf.numpy_function(computed, [step], (tf.float32, tf.uint8), stateful=False)
        x, y = (tf.ensure_shape(part, shape) for part, shape in zip(found, shapes, strict=True))
        return x, y

    options = tf.data.Options()  # numbers have no files to share out among several devices
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    numbers = tf.data.Dataset.range(steps.start, steps.stop)
    try:
        yield numbers.map(fetched, num_parallel_calls=usable_cores()).prefetch(READY).with_options(options)
    finally:
        ended.set()
        for _ in range(usable_cores()):  # a thread that is still computing while Python ends would hang
            computing.acquire()
        computing.release(usable_cores())
