"""Batches on their way into TensorFlow."""

import numpy as np
import pytest

from trainer.feeding import feed

SHAPES = (2, 4, 4, 1), (2, 4, 4, 3)


def batches():
    rng = np.random.default_rng(0)
    for _ in range(7):
        yield rng.random(SHAPES[0], np.float32), rng.integers(0, 2, SHAPES[1], np.uint8)


def test_tensorflow_gets_every_batch_unchanged_and_in_order():
    with feed(batches(), 7, SHAPES) as fed:
        found = [(x.numpy(), y.numpy()) for x, y in fed]
        assert tuple(map(tuple, (part.shape for part in fed.element_spec))) == SHAPES
    for (x, y), (fed_x, fed_y) in zip(batches(), found, strict=True):
        np.testing.assert_array_equal(fed_x, x)
        np.testing.assert_array_equal(fed_y, y)
        assert (fed_x.dtype, fed_y.dtype) == (np.float32, np.uint8)


def test_an_error_in_a_batch_ends_the_training():
    def broken():
        yield from list(batches())[:1]
        raise MemoryError("no room")

    with feed(broken(), 7, SHAPES) as fed, pytest.raises(Exception, match="no room"):
        list(fed)
