"""How batches of NumPy arrays reach a backend's `fit`."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np

Batch = tuple[np.ndarray, np.ndarray]
READY = 2  # batches that TensorFlow holds beside those that are computed ahead


@contextmanager
def feed(batches: Iterator[Batch], steps: int, shapes: tuple[tuple[int, ...], tuple[int, ...]]) -> Iterator[Any]:
    """Give what `fit` takes its batches from, as long as the context lasts.

    Parameters
    ----------
    steps : how many batches there are.
    shapes : of the slices, float32, and of the masks, uint8.
    """
    if keras.backend.backend() != "tensorflow":
        yield batches
        return
    # Keras would put a generator through tf.data too, in five times the processor's time
    import tensorflow as tf

    ended = threading.Event()

    def following() -> Batch:
        if ended.is_set():  # a thread that asks Python for more while Python ends would hang
            raise StopIteration
        return next(batches)

    def fetched(_: Any) -> tuple[Any, Any]:
        found = tf.numpy_function(following, [], (tf.float32, tf.uint8))
        x, y = (tf.ensure_shape(part, shape) for part, shape in zip(found, shapes, strict=True))
        return x, y

    options = tf.data.Options()  # numbers have no files to share out among several devices
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    try:
        yield tf.data.Dataset.range(steps).map(fetched).prefetch(READY).with_options(options)
    finally:
        ended.set()
