"""The network: its published size, its shapes, its lesson twin, and every knob that shapes it."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from space.errors import UserError
from space.model.settings import Settings
from trainer.presets import PRESETS
from trainer.unet import build_unet, divisor, levels

SMALL = Settings(filters=(4, 8, 12), stem=4, convolutions=1, dropout=0.0)


@pytest.fixture(autouse=True)
def _fresh() -> None:
    keras.utils.set_random_seed(0)


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).random((*shape, 1), np.float32)


def run(model: keras.Model, *inputs: np.ndarray) -> Any:
    return keras.tree.map_structure(np.asarray, model(inputs[0] if len(inputs) == 1 else list(inputs)))


def layers_of(model: keras.Model, kind: type) -> list[Any]:
    return [layer for layer in model.layers if isinstance(layer, kind)]


def test_the_notebooks_network_has_the_published_number_of_parameters() -> None:
    assert build_unet(PRESETS["notebook"]).count_params() == 193_409


def test_a_network_counted_by_hand() -> None:
    model = build_unet(SMALL.but(filters=(2, 3), stem=0, first_kernel=5, normalization="none"))
    down = (5 * 5 * 1 + 1) * 2 + (3 * 3 * 2 + 1) * 3
    up = 2 * 2 * 3 * 2 + 2 + (3 * 3 * (2 + 2) + 1) * 2
    assert model.count_params() == down + up + (2 + 1)


@pytest.mark.parametrize(
    ("name", "stride"),
    [("default", 32), ("article", 32), ("article-today", 32), ("no-skips", 32), ("notebook", 16), ("tiny", 8)],
)
def test_every_preset_runs_on_multiples_of_its_divisor(name: str, stride: int) -> None:
    assert divisor(PRESETS[name]) == stride
    model = build_unet(PRESETS[name])
    for height, width in ((stride, stride), (2 * stride, 3 * stride)):
        probability = run(model, noise(2, height, width))
        assert probability.shape == (2, height, width, 1)
        assert probability.dtype == np.float32
        assert 0 <= probability.min() < probability.max() <= 1


def test_a_network_without_skips_counted_by_hand() -> None:
    settings = SMALL.but(filters=(2, 3), stem=0, first_kernel=5, normalization="none", skips="none")
    down = (5 * 5 * 1 + 1) * 2 + (3 * 3 * 2 + 1) * 3
    up = 2 * 2 * 3 * 2 + 2 + (3 * 3 * 2 + 1) * 2
    model, lesson = build_unet(settings), build_unet(settings, lesson=True)
    assert model.count_params() == lesson.count_params() == down + up + (2 + 1)
    assert not layers_of(model, keras.layers.Concatenate)
    assert [value.name for value in lesson.inputs] == ["slice"]  # there is no skip to cut


def test_the_level_of_a_stem_cannot_go_without_its_skip() -> None:
    with pytest.raises(UserError, match=r"--stem cannot be 4: .* needs --stem 0"):
        SMALL.but(skips="none")


def test_a_stem_is_one_light_level_above_the_others() -> None:
    found = levels(SMALL)
    assert [(level.width, level.convolutions, level.kernel) for level in found] == [
        (4, 1, 3), (4, 1, 3), (8, 1, 3), (12, 1, 3),
    ]  # fmt: skip
    plain = levels(SMALL.but(stem=0, convolutions=2))
    assert [(level.width, level.convolutions, level.kernel) for level in plain] == [
        (4, 2, 5), (8, 2, 3), (12, 2, 3),
    ]  # fmt: skip


@pytest.mark.parametrize("stem", [0, 8])
def test_the_first_kernel_has_its_size_with_and_without_a_stem(stem: int) -> None:
    model = build_unet(SMALL.but(stem=stem, first_kernel=7))
    kernels = [layer for layer in layers_of(model, keras.layers.Conv2D) if layer.kernel_size == (7, 7)]
    assert [(layer.strides, layer.filters) for layer in kernels] == [((2, 2) if stem else (1, 1), 4)]
    assert run(model, noise(1, 16, 32)).shape == (1, 16, 32, 1)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_the_probability_is_float32_in_half_precision(policy: str) -> None:
    image = noise(1, 32, 32)
    exact = build_unet(SMALL)
    keras.mixed_precision.set_global_policy(policy)
    model = build_unet(SMALL)
    model.set_weights(exact.get_weights())
    probability = run(model, image)
    assert model.get_layer("encoder_1_1").compute_dtype == policy.removeprefix("mixed_")
    assert probability.dtype == np.float32
    assert 0 <= probability.min() < probability.max() <= 1
    np.testing.assert_allclose(probability, run(exact, image), atol=0.05)


# the lesson's twin


@pytest.fixture
def twins() -> tuple[keras.Model, keras.Model]:
    plain, lesson = build_unet(SMALL), build_unet(SMALL, lesson=True)
    for layer in plain.layers:  # by name: the order of the layers may be another
        lesson.get_layer(layer.name).set_weights(layer.get_weights())
    assert lesson.count_params() == plain.count_params()
    return plain, lesson


def test_the_lesson_is_the_plain_network_while_all_gains_are_one(
    twins: tuple[keras.Model, keras.Model],
) -> None:
    image = noise(1, 32, 48)
    found = run(twins[1], image, np.ones(3, np.float32))["probability"]
    np.testing.assert_allclose(found, run(twins[0], image), atol=1e-6)


@pytest.mark.parametrize("level", range(3))
def test_a_cut_skip_changes_the_output(twins: tuple[keras.Model, keras.Model], level: int) -> None:
    image, gain = noise(1, 32, 32), np.ones(3, np.float32)
    whole = run(twins[1], image, gain)
    gain[level] = 0
    cut = run(twins[1], image, gain)
    assert np.abs(whole["probability"] - cut["probability"]).max() > 1e-3
    np.testing.assert_array_equal(whole[f"encoder_{level}"], cut[f"encoder_{level}"])
    assert not np.array_equal(whole[f"decoder_{level}"], cut[f"decoder_{level}"])


def test_a_cut_skip_brings_nothing_from_its_level(twins: tuple[keras.Model, keras.Model]) -> None:
    _, lesson = twins
    kernel = lesson.get_layer("decoder_0_1").kernel
    image, gain = noise(1, 32, 32), np.array([0, 1, 1], np.float32)
    cut = run(lesson, image, gain)["probability"]
    weights = keras.ops.convert_to_numpy(kernel).copy()
    weights[:, :, :4] = 0  # the skip's maps come first
    kernel.assign(weights)
    np.testing.assert_allclose(run(lesson, image, np.ones(3, np.float32))["probability"], cut, atol=1e-6)


def test_the_lesson_shows_the_maps_of_every_level_channels_first(
    twins: tuple[keras.Model, keras.Model],
) -> None:
    image = noise(1, 32, 48)
    found = run(twins[1], image, np.ones(3, np.float32))
    shapes = {name: maps.shape[1:] for name, maps in found.items() if name != "probability"}
    assert shapes == {
        "encoder_0": (4, 32, 48), "encoder_1": (4, 16, 24), "encoder_2": (8, 8, 12), "bottleneck": (12, 4, 6),
        "decoder_2": (8, 8, 12), "decoder_1": (4, 16, 24), "decoder_0": (4, 32, 48),
    }  # fmt: skip
    plain = twins[0]
    deepest = keras.Model(plain.input, plain.get_layer("bottleneck_1_act").output)
    np.testing.assert_allclose(found["bottleneck"][0].transpose(1, 2, 0), run(deepest, image)[0], atol=1e-5)


# every knob


@pytest.mark.parametrize(
    ("kind", "layer"),
    [
        ("none", None),
        ("batch", keras.layers.BatchNormalization),
        ("layer", keras.layers.LayerNormalization),
        ("group", keras.layers.GroupNormalization),
    ],
)
def test_every_normalisation_follows_every_convolution(kind: str, layer: type | None) -> None:
    model = build_unet(SMALL.but(normalization=kind, normalize="convolution", convolutions=2))
    norms = [found for found in model.layers if found.name.endswith("_norm")]
    assert len(norms) == (0 if layer is None else 1 + 2 * 2 + 2 + 2 * 2 + 2)
    assert all(isinstance(found, layer) for found in norms if layer)
    biases = {model.get_layer(found.name.removesuffix("_norm")).use_bias for found in norms}
    assert biases == (set() if layer is None else {kind != "batch"})
    assert np.isfinite(run(model, noise(2, 16, 16))).all()


def test_once_a_level_the_maps_are_normalised_where_they_are_smallest() -> None:
    model = build_unet(SMALL.but(convolutions=2))
    norms = {found.name for found in model.layers if found.name.endswith("_norm")}
    assert norms == {"encoder_2_norm", "bottleneck_norm", "up_2_norm", "up_1_norm", "up_0_norm"}
    for name in ("encoder_2", "bottleneck"):  # straight after the pool
        assert model.get_layer(f"{name}_norm").input is model.get_layer(f"{name}_pool").output
    for depth in range(3):  # straight before the upsampling
        assert model.get_layer(f"up_{depth}").input is model.get_layer(f"up_{depth}_norm").output
    assert all(layer.use_bias for layer in layers_of(model, keras.layers.Conv2D))


def test_layer_normalisation_has_no_weights_and_spans_a_slice() -> None:
    model = build_unet(SMALL.but(normalization="layer", normalize="convolution"))
    norm = model.get_layer("encoder_1_1_norm")
    assert norm.count_params() == 0
    maps = np.asarray(norm(5 + 3 * noise(2, 16, 16)[..., [0, 0, 0, 0]]))
    np.testing.assert_allclose(maps.mean((1, 2, 3)), 0, atol=1e-4)
    np.testing.assert_allclose(maps.std((1, 2, 3)), 1, atol=1e-2)


@pytest.mark.parametrize(
    ("kind", "layer"),
    [("transpose", keras.layers.Conv2DTranspose), ("resize", keras.layers.UpSampling2D)],
)
def test_every_way_up_doubles_the_maps(kind: str, layer: type) -> None:
    model = build_unet(SMALL.but(upsampling=kind))
    assert len(layers_of(model, layer)) == 3
    assert run(model, noise(1, 24, 40)).shape == (1, 24, 40, 1)


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_dropout_acts_in_training_alone(share: float) -> None:
    model, image = (
        build_unet(SMALL.but(dropout=share, normalization="none")),
        noise(4, 16, 16),
    )
    once, again = (np.asarray(model(image, training=True)) for _ in range(2))
    assert np.array_equal(once, again) is (share == 0)
    np.testing.assert_array_equal(run(model, image), run(model, image))


@pytest.mark.parametrize("activation", ["relu", "elu", "gelu"])
def test_the_activation_is_the_one_asked_for(activation: str) -> None:
    model = build_unet(SMALL.but(activation=activation))
    assert model.get_layer("encoder_1_1_act").activation is keras.activations.get(activation)


@pytest.mark.parametrize(
    ("knob", "sentence"),
    [
        ({"activation": "relux"}, "relux"),
        ({"initializer": "he"}, "he"),
    ],
)
def test_an_unknown_part_is_refused_by_name(knob: dict[str, Any], sentence: str) -> None:
    settings = SMALL.but(**knob)
    with pytest.raises(ValueError, match=sentence):
        build_unet(settings)
