"""The playground's engine against Keras: same weights, same batch, same numbers."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from tests.playground.node import run
from trainer.losses import binary_cross_entropy, dice

BASE = {
    "pools": 2,
    "filters": 8,
    "convolutions": 1,
    "kernel": 5,
    "activation": "relu",
    "norm": "layer",
    "dropout": 0,
    "upsampling": "transpose",
    "skips": True,
    "batch": 3,
    "loss": "dice_bce",
    "optimizer": "adam",
    "rate": 1e-3,
}
CASES = {
    "default": {},
    "resize, Dice, SGD": {"upsampling": "resize", "loss": "dice", "optimizer": "sgd", "rate": 0.1},
    "no norm, two convolutions, cross-entropy, ELU, RMSprop": {
        "norm": "none",
        "convolutions": 2,
        "loss": "bce",
        "activation": "elu",
        "optimizer": "rmsprop",
    },
    "deep, tanh, momentum": {
        "pools": 4,
        "filters": 4,
        "kernel": 3,
        "activation": "tanh",
        "optimizer": "momentum",
        "rate": 0.01,
    },
    "no skips, leaky ReLU": {"skips": False, "kernel": 7, "activation": "leaky_relu", "pools": 3, "filters": 6},
    "smallest, linear": {"filters": 2, "pools": 1, "kernel": 1, "activation": "linear"},
    "batch norm": {"norm": "batch", "convolutions": 2, "rate": 1e-4},
    "dropout": {"dropout": 0.4, "pools": 3},
    "batch norm and dropout": {"norm": "batch", "dropout": 0.2, "optimizer": "sgd", "rate": 0.1},
}
LOSSES = {"dice": [dice], "bce": [binary_cross_entropy], "dice_bce": [dice, binary_cross_entropy]}
OPTIMIZERS = {
    "adam": keras.optimizers.Adam,
    "sgd": keras.optimizers.SGD,
    "rmsprop": keras.optimizers.RMSprop,
    "momentum": lambda rate: keras.optimizers.SGD(rate, momentum=0.9),
}
NORMS = {
    "none": lambda x: x,
    "layer": lambda x: layers.LayerNormalization(axis=(1, 2, 3), center=False, scale=False)(x),
    "batch": lambda x: layers.BatchNormalization(center=False, scale=False)(x),
}


class Drop(layers.Layer):
    """Keras's inverted spatial dropout, with a mask that is handed over."""

    factors: np.ndarray

    def call(self, x, training=False):
        return x * self.factors if training else x


def build(s):
    """Return the playground's network in Keras."""
    slope = {"negative_slope": 0.2} if s["activation"] == "leaky_relu" else {}

    def act(x):
        return layers.LeakyReLU(**slope)(x) if slope else layers.Activation(s["activation"])(x)

    def block(x, width, name, kernel):
        for k in range(s["convolutions"]):
            x = layers.Conv2D(width, 3 if k else kernel, padding="same", name=f"{name}_{k + 1}")(x)
            x = act(NORMS[s["norm"]](x))
        return x

    image = x = keras.Input((64, 64, 1))
    skips = []
    for depth in range(s["pools"]):
        x = block(x, s["filters"] * 2**depth, f"encoder_{depth}", 3 if depth else s["kernel"])
        skips.append(x)
        x = layers.MaxPooling2D(2)(x)
    x = block(x, s["filters"] * 2 ** s["pools"], "bottleneck", 3)
    x = Drop(name="drop")(x)
    for depth in reversed(range(s["pools"])):
        width = s["filters"] * 2**depth
        if s["upsampling"] == "transpose":
            x = layers.Conv2DTranspose(width, 2, strides=2, padding="same", name=f"up_{depth}")(x)
        else:
            x = act(layers.Conv2D(width, 2, padding="same", name=f"up_{depth}")(layers.UpSampling2D(2)(x)))
        x = block(layers.Concatenate()([skips[depth], x]) if s["skips"] else x, width, f"decoder_{depth}", 3)
    return keras.Model(image, layers.Conv2D(1, 1, activation="sigmoid", name="logit")(x))


def in_keras(name, entry, s):
    """Return a parameter as Keras stores it; a transposed convolution is one of 1 x 1 to [row][column][channel]."""
    values = np.array(entry["values"], np.float32).reshape(entry["shape"])
    if name.startswith("up_") and name.endswith("kernel") and s["upsampling"] == "transpose":
        return values.reshape(values.shape[2], 2, 2, -1).transpose(1, 2, 3, 0)
    return values


def largest(a):
    return float(np.abs(np.asarray(a)).max())


@pytest.mark.parametrize("change", CASES.values(), ids=CASES)
def test_steps_are_those_of_keras(change):
    s = BASE | change
    ours = run("step.mjs", s, 2)
    model = build(s)
    optimizer = OPTIMIZERS[s["optimizer"]](s["rate"])
    named = {
        f"{layer.name}/{kind}": variable
        for layer in model.layers
        for kind, variable in zip(("kernel", "bias"), layer.trainable_variables, strict=False)
    }
    assert set(named) == set(ours["before"])
    for name, variable in named.items():
        variable.assign(in_keras(name, ours["before"][name], s))
    images, masks = (np.array(ours[key], np.float32).reshape(-1, 64, 64, 1) for key in ("images", "masks"))
    for step in ours["steps"]:
        width = s["filters"] * 2 ** s["pools"]
        factors = np.array(step["factors"] or np.ones(len(images) * width), np.float32).reshape(-1, 1, 1, width)
        assert set(np.unique(factors)) <= {np.float32(0), np.float32(1 / (1 - s["dropout"]))}
        model.get_layer("drop").factors = factors
        with tf.GradientTape() as tape:
            probability = model(images, training=True)
            loss = sum(term(masks, probability) for term in LOSSES[s["loss"]])
        assert step["loss"] == pytest.approx(float(loss), rel=2e-6)
        assert largest(np.reshape(step["answer"], images.shape) - probability) < 5e-6
        gradients = tape.gradient(loss, [variable.value for variable in named.values()])
        before = {name: variable.numpy() for name, variable in named.items()}
        optimizer.apply(gradients, list(named.values()))
        for (name, variable), gradient in zip(named.items(), gradients, strict=True):
            if largest(gradient) < 1e-6:  # a bias before a norm has none: both are rounding noise
                variable.assign(in_keras(name, step["after"][name], s))
                continue
            assert largest(in_keras(name, step["gradient"][name], s) - gradient) < 1e-4 * largest(gradient), name
            moved = largest(variable.numpy() - before[name])
            assert largest(in_keras(name, step["after"][name], s) - variable.numpy()) < 2e-3 * moved, name
            variable.assign(in_keras(name, step["after"][name], s))  # rounding must not grow from step to step
    looked = model(images, training=False)
    assert largest(np.reshape(ours["looked"], images.shape) - looked) < 5e-6
