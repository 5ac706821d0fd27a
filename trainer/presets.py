"""Every setting of a named experiment. The command line has a flag for each; the preset's value is its default.

References
----------
Erickson BJ, Cai J. Magician's Corner: 4. Image Segmentation with U-Net. Radiology: Artificial Intelligence
2020;2(1):e190161, doi:10.1148/ryai.2020190161. `article` follows its text and figure 2, `notebook` the
notebook that was published with it (another network: 193,409 parameters).
"""

from dataclasses import dataclass, field, fields
from typing import Any

from space.errors import UserError
from space.model.history import AUGMENTATION


def knob(default: Any, text: str, *, choices: tuple[str, ...] = ()) -> Any:
    """Return a dataclass field with the text that the command line shows for it, and what it may be."""
    listed = f" ({', '.join(choices)})" if choices else ""
    return field(default=default, metadata={"help": text + listed, "choices": choices})


@dataclass(frozen=True)
class Settings:
    """What defines a run, together with its data. The defaults are the preset `default`."""

    # the network, trainer/unet.py
    filters: tuple[int, ...] = knob((16, 32, 64, 128, 256), "filters a level, from the top")
    first_kernel: int = knob(5, "side of the first convolution's kernel")
    convolutions: int = knob(2, "convolutions a level")
    activation: str = knob("relu", "activation after each convolution")
    initializer: str = knob("he_normal", "initialiser of the kernels")
    normalization: str = knob("batch", "normalisation", choices=("none", "layer", "group", "batch"))
    normalize: str = knob(
        "level",
        "where: after each convolution, or once a level, where its maps are smallest",
        choices=("convolution", "level"),
    )
    upsampling: str = knob(
        "transpose", "the way up: stride-2 convolution, or nearest then 2 x 2", choices=("transpose", "resize")
    )
    stem: int = knob(8, "filters of one light full-resolution level above a stride-2 first convolution; 0: no stem")
    dropout: float = knob(0.1, "share of the deepest level's maps that training drops")
    # the slices
    crop: int = knob(320, "side of the central field that the network gets in evaluation and in the app")
    train_crop: int = knob(256, "side of a training window")
    subjects: int = knob(0, "training subjects to learn from, the first ones by name; 0: all")
    negatives: float = knob(1.0, "share of the training slices without the organ that each epoch sees")
    phantoms: int = knob(12, "synthetic abdomens mixed into the training slices")
    neighbours: int = knob(
        5, "distance in slices to the two neighbours whose masks training asks for beside a slice's own; 0: none"
    )
    # augmentation, trainer/augmentation.py
    rotate: float = knob(20.0, "largest rotation, in degrees")
    scale: float = knob(0.25, "largest relative change of size")
    shear: float = knob(0.1, "largest shear")
    shift: float = knob(40.0, "largest shift along an axis, in pixels")
    elastic: float = knob(6.0, "standard deviation of the bending at its control points, in pixels; 0: none")
    intensity: float = knob(0.25, "largest relative change of contrast and brightness, and of the gamma's logarithm")
    blur: float = knob(1.2, "largest standard deviation of the blur, in pixels; half the slices stay sharp")
    noise: float = knob(0.04, "largest standard deviation of the noise, relative to white")
    # training, trainer/fit.py
    loss: str = knob("dice_bce", "what training makes small", choices=("dice", "bce", "dice_bce", "dice_focal"))
    optimizer: str = knob("muon", "optimiser", choices=("adam", "adamw", "muon"))
    learning_rate: float = knob(5e-3, "the largest learning rate")
    schedule: str = knob("cosine", "learning rate; cosine has an epoch of warm-up", choices=("constant", "cosine"))
    weight_decay: float = knob(2e-2, "weight decay of adamw and muon")
    clip: float = knob(1.0, "largest norm of the whole gradient; 0: no clipping")
    average: float = knob(0.998, "momentum of the averaged weights; 0: no averaging")
    batch: int = knob(16, "slices a step")
    epochs: int = knob(30, "passes over the training slices")
    calibration: str = knob(
        "platt",
        "after training: none, or a scale and an offset of the logit, fitted on validation",
        choices=("none", "platt"),
    )
    threshold: float = knob(0.5, "the probability from which a pixel counts as predicted")
    precision: str = knob(
        "auto",
        "auto is the processor's fastest",
        choices=("auto", "float32", "bfloat16", "float16"),
    )
    seed: int = knob(0, "seed of weights, order and augmentation")

    def __post_init__(self) -> None:
        """Refuse what is not possible before any work is done."""
        for setting in fields(self):
            value, choices = getattr(self, setting.name), setting.metadata["choices"]
            if choices and value not in choices:
                raise UserError(f"There is no {setting.name} '{value}': choose {', '.join(choices)}.")
        for name in ("first_kernel", "convolutions", "crop", "train_crop", "batch", "epochs"):
            if getattr(self, name) < 1:
                raise UserError(f"--{name.replace('_', '-')} must be at least 1, not {getattr(self, name)}.")
        not_below_0 = (
            "stem",
            "subjects",
            "phantoms",
            "neighbours",
            "dropout",
            "scale",
            "elastic",
            "blur",
            "noise",
            "clip",
            "average",
            "negatives",
        )
        for name in (*not_below_0, "threshold"):
            if getattr(self, name) < 0:
                raise UserError(f"--{name} must not be below 0, but is {getattr(self, name)}.")
        for name in ("dropout", "average", "negatives", "threshold"):
            if getattr(self, name) > 1:
                raise UserError(f"--{name} must not be above 1, but is {getattr(self, name)}.")
        if not self.filters or min(self.filters) < 1:
            raise UserError("--filters needs one positive number for each level.")


_PLAIN: dict[str, Any] = {
    "convolutions": 1,
    "stem": 0,
    "dropout": 0.0,
    "normalization": "layer",
    "normalize": "convolution",
    "crop": 256,
    "train_crop": 256,
    "negatives": 0.0,
    "phantoms": 0,
    "neighbours": 0,
    **dict.fromkeys(AUGMENTATION, 0.0),
    "loss": "dice",
    "optimizer": "adam",
    "schedule": "constant",
    "weight_decay": 0.0,
    "clip": 0.0,
    "average": 0.0,
    "calibration": "none",
}

PRESETS = {
    "default": Settings(),
    # "learning rate 1e-3 to 1e-5", 15 epochs (and 100, to show overfitting)
    "article": Settings(**_PLAIN | {"filters": (8, 16, 32, 64, 128, 128), "learning_rate": 1e-3, "epochs": 15}),
    "notebook": Settings(
        **_PLAIN
        | {
            "filters": (8, 16, 32, 64, 72),
            "upsampling": "resize",
            "learning_rate": 1e-4,
            "batch": 64,
            "epochs": 75,
        }
    ),
    "tiny": Settings(
        filters=(8, 12, 16), stem=4, convolutions=1, dropout=0.0, phantoms=0, epochs=6, batch=8, average=0.9
    ),
}
