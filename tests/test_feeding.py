"""Batches on their way into TensorFlow."""

import numpy as np
import pytest

from trainer.feeding import feed

SHAPES = (2, 4, 4, 1), (2, 4, 4, 3)


def batch(step):
    rng = np.random.default_rng(step)
    return rng.random(SHAPES[0], np.float32), rng.integers(0, 2, SHAPES[1], np.uint8)


def test_tensorflow_gets_every_batch_unchanged_and_in_order_and_again_from_the_start():
    with feed(batch, range(3, 10), SHAPES) as fed:
        assert tuple(tuple(part.shape) for part in fed.element_spec) == SHAPES
        next(iter(fed))  # Keras looks at a first batch before it begins
        found = [(x.numpy(), y.numpy()) for x, y in fed]
    for (x, y), (fed_x, fed_y) in zip(map(batch, range(3, 10)), found, strict=True):
        np.testing.assert_array_equal(fed_x, x)
        np.testing.assert_array_equal(fed_y, y)
        assert (fed_x.dtype, fed_y.dtype) == (np.float32, np.uint8)


def test_an_error_in_a_batch_ends_the_training():
    def broken(step):
        if step == 2:
            raise MemoryError("no room")
        return batch(step)

    with feed(broken, range(7), SHAPES) as fed, pytest.raises(Exception, match="no room"):
        list(fed)


def test_nothing_is_computed_any_more_when_the_training_has_ended():
    begun = []

    def counted(step):
        begun.append(step)
        return batch(step)

    with feed(counted, range(10**6), SHAPES) as fed:
        batches = iter(fed)
        next(batches)
    count = len(begun)
    with pytest.raises(Exception, match="StopIteration"):
        list(batches)
    assert len(begun) == count
