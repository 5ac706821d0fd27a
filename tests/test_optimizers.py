import keras
import numpy as np
import pytest

from space.model.settings import Settings
from trainer.optimizers import Muon, build_optimizer
from trainer.presets import PRESETS


def test_the_learning_rate_rises_for_an_epoch_and_falls_to_zero():
    settings = Settings().but(epochs=5)
    rate = build_optimizer(settings, steps_an_epoch=10)._learning_rate
    values = [float(rate(step)) for step in range(51)]
    assert values[0] == 0
    assert values[10] == pytest.approx(settings.learning_rate)
    assert values[10:] == sorted(values[10:], reverse=True)
    assert values[50] == pytest.approx(0, abs=1e-9)
    half_way = 0.5 * settings.learning_rate * (1 + np.cos(np.pi / 2))  # Loshchilov, Hutter 2017
    assert values[30] == pytest.approx(half_way)


def test_the_article_is_trained_with_plain_adam():
    optimizer = build_optimizer(PRESETS["article"], steps_an_epoch=10)
    assert type(optimizer) is keras.optimizers.Adam
    assert float(optimizer.learning_rate) == pytest.approx(1e-3)
    assert not optimizer.use_ema
    assert optimizer.global_clipnorm is None


def test_muon_steps_by_the_nearest_matrix_with_columns_at_right_angles():
    rng = np.random.default_rng(0)
    kernel = keras.Variable(np.zeros((3, 3, 4, 8), np.float32))
    gradient = rng.standard_normal((3, 3, 4, 8)).astype(np.float32)
    optimizer = Muon(learning_rate=0.1, weight_decay=None, adam_weight_decay=None)
    optimizer.apply([keras.ops.convert_to_tensor(gradient)], [kernel])

    left, _, right = np.linalg.svd(gradient.reshape(36, 8), full_matrices=False)
    step = -np.asarray(kernel).reshape(36, 8) / (0.1 * 0.2 * np.sqrt(36))  # Liu et al. 2025, equation 4
    # five steps of Newton and Schulz bring the singular values near 1, not to it (Jordan et al. 2024)
    assert np.linalg.svd(step, compute_uv=False) == pytest.approx(np.ones(8), abs=0.35)
    aligned = left.T @ step @ right.T
    assert aligned - np.diag(np.diag(aligned)) == pytest.approx(np.zeros((8, 8)), abs=0.01)


def test_muon_remembers_the_gradients_of_the_steps_before():
    first = np.eye(8, dtype=np.float32)[None, None]
    second = first[..., ::-1].copy()
    kernel = keras.Variable(np.zeros((1, 1, 8, 8), np.float32))
    optimizer = Muon(learning_rate=0.1, weight_decay=None, adam_weight_decay=None)
    for gradient in (first, second):
        optimizer.apply([keras.ops.convert_to_tensor(gradient)], [kernel])
    momentum = np.asarray(optimizer.momentums[0])
    assert momentum == pytest.approx(0.95 * first + second)


@pytest.mark.parametrize("shape", [(8,), (1, 1, 8, 1)])
def test_a_norm_and_the_last_layer_are_left_to_adamw(shape):
    gradient = np.linspace(-1, 1, 8, dtype=np.float32).reshape(shape)
    muon = Muon(learning_rate=0.1, weight_decay=0.02, adam_weight_decay=0.02)
    adamw = keras.optimizers.AdamW(learning_rate=0.1, weight_decay=0.02)
    results = []
    for optimizer in (muon, adamw):
        variable = keras.Variable(np.ones(shape, np.float32))
        optimizer.apply([keras.ops.convert_to_tensor(gradient)], [variable])
        results.append(np.asarray(variable))
    assert results[0] == pytest.approx(results[1], abs=1e-6)
