"""Every setting of a training run: its name, what it can be, what it means.

The trainer has a command-line flag for each. The defaults are the trainer's preset `default`.
"""

from typing import Any, Literal, Self

from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator

from space.errors import UserError
from space.model.schema import Record

AUGMENTATION = ("rotate", "scale", "shear", "shift", "elastic", "intensity", "blur", "noise")
"""The settings that change the training slices at random; all 0: none is changed."""


def knob(default: Any, meaning: str, **limits: Any) -> Any:
    """Return a setting: its default, what it means, and pydantic's limits for it."""
    return Field(default=default, description=meaning, **limits)


class Settings(Record, extra="forbid"):
    """What defines a run, together with its data."""

    # the network, trainer/unet.py
    filters: tuple[int, ...] = knob((16, 32, 64, 128, 256), "filters per level, from the top")
    first_kernel: int = knob(5, "side of the first convolution's kernel", ge=1)
    convolutions: int = knob(2, "convolutions per level", ge=1)
    activation: str = knob("relu", "activation after each convolution")
    initializer: str = knob("he_normal", "initialiser of the kernels")
    normalization: Literal["none", "layer", "group", "batch"] = knob("batch", "normalisation of the maps")
    normalize: Literal["convolution", "level"] = knob(
        "level", "where to normalise: after each convolution, or once per level, where its maps are smallest"
    )
    upsampling: Literal["transpose", "resize"] = knob(
        "transpose",
        "how maps are enlarged: a transposed convolution with stride 2, or nearest neighbour and a convolution",
    )
    skips: Literal["joined", "none"] = knob(
        "joined", "whether the maps of each level on the way up are joined by those of the way down"
    )
    stem: int = knob(
        8,
        "filters of an additional level in full size; the level below it then halves the slice first; 0: none",
        ge=0,
    )
    dropout: float = knob(0.1, "share of the deepest level's values that training sets to 0", ge=0, le=1)
    # the slices
    crop: int = knob(
        320, "side of the central part of a slice that the network sees in evaluation and in the app", ge=1
    )
    train_crop: int = knob(256, "side of the part of a slice that is cut out for training", ge=1)
    subjects: int = knob(0, "number of training subjects to learn from, the first by name; 0: all", ge=0)
    negatives: float = knob(1.0, "share of the training slices without the organ that each epoch sees", ge=0, le=1)
    phantoms: int = knob(12, "synthetic abdomens mixed into the training slices", ge=0)
    neighbours: int = knob(
        5, "distance in slices to the two neighbours whose masks are predicted too in training; 0: none", ge=0
    )
    # augmentation, trainer/augmentation.py
    rotate: float = knob(20.0, "largest rotation, in degrees")
    scale: float = knob(0.25, "largest relative change of size", ge=0)
    shear: float = knob(0.1, "largest shear")
    shift: float = knob(40.0, "largest shift in each direction, in pixels")
    elastic: float = knob(
        6.0, "strength of the bending, in pixels (standard deviation at its control points); 0: none", ge=0
    )
    intensity: float = knob(0.25, "largest relative change of contrast, brightness and gamma")
    blur: float = knob(1.2, "largest standard deviation of the blur, in pixels; half the slices stay sharp", ge=0)
    noise: float = knob(0.04, "largest standard deviation of the noise, where white is 1", ge=0)
    # training, trainer/fit.py
    loss: Literal["dice", "bce", "dice_bce", "dice_focal"] = knob("dice_bce", "loss function")
    optimizer: Literal["adam", "adamw", "muon"] = knob("muon", "optimiser")
    learning_rate: float = knob(5e-3, "the largest learning rate", gt=0)
    schedule: Literal["constant", "cosine"] = knob(
        "cosine", "course of the learning rate; cosine: it rises for one epoch, then falls to 0"
    )
    weight_decay: float = knob(2e-2, "weight decay, for adamw and muon")
    clip: float = knob(1.0, "largest norm of the gradient; 0: no limit", ge=0)
    average: float = knob(0.998, "momentum of the running average of the weights; 0: no average", ge=0, le=1)
    batch: int = knob(16, "slices per step", ge=1)
    epochs: int = knob(30, "passes over the training slices", ge=1)
    calibration: Literal["none", "platt", "curve"] = knob(
        "curve",
        "how probabilities are rescaled after training: not at all, by two numbers fitted on validation, or also by a "
        "curve of four where that holds better for subjects left out of the fit",
    )
    threshold: float = knob(0.5, "the probability from which a pixel counts as predicted", ge=0, le=1)
    precision: Literal["auto", "float32", "bfloat16", "float16"] = knob(
        "auto", "number format of the training; auto: the fastest of the processor"
    )
    seed: int = knob(0, "random seed of weights, order of slices and augmentation")

    @field_validator("filters")
    @classmethod
    def _levels(cls, filters: tuple[int, ...]) -> tuple[int, ...]:
        if not filters or min(filters) < 1:
            raise ValueError("one positive number for each level is needed")
        return filters

    @field_validator("stem")
    @classmethod
    def _stem_is_joined(cls, stem: int, others: ValidationInfo) -> int:
        if stem and others.data.get("skips") == "none":
            raise ValueError("its level reaches the others by its skip connection alone: --skips none needs --stem 0")
        return stem

    def but(self, **changes: Any) -> Self:
        """Return these settings with some changed.

        Raises
        ------
        UserError
            if a value is not possible, by the name of its flag.
        """
        try:
            return type(self)(**self.model_dump() | changes)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            flag = str(first["loc"][0]).replace("_", "-")
            advice = first["msg"].removeprefix("Value error, ").replace("Input should be", "it should be")
            raise UserError(f"--{flag} cannot be {first['input']}: {advice}.") from None


class RecordedSettings(Settings):
    """The settings of a finished run: each must be there, as today's default need not be what it was trained with."""

    @model_validator(mode="before")
    @classmethod
    def _all_there(cls, entries: Any) -> Any:
        if isinstance(entries, dict) and (missing := sorted(cls.model_fields.keys() - entries)):
            raise ValueError(f"an older version of the trainer wrote it, without {', '.join(missing)}")
        return entries
