"""Named experiments. What each setting means stands in `space.model.settings`; a preset gives it a value.

References
----------
Erickson BJ, Cai J. Magician's Corner: 4. Image Segmentation with U-Net. Radiology: Artificial Intelligence
2020;2(1):e190161, doi:10.1148/ryai.2020190161. `article` follows its text and figure 2, `notebook` the
notebook that was published with it (another network: 193,409 parameters).
"""

from typing import Any

from space.model.settings import AUGMENTATION, Settings

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

_FIGURE_2: dict[str, Any] = {
    "filters": (8, 16, 32, 64, 128, 128),
    "convolutions": 1,
    "stem": 0,
    "normalization": "layer",
    "normalize": "convolution",
}

PRESETS = {
    "default": Settings(),
    # "learning rate 1e-3 to 1e-5", 15 epochs (and 100, to show overfitting)
    "article": Settings(**_PLAIN | _FIGURE_2 | {"learning_rate": 1e-3, "epochs": 15}),
    # The article's network (figure 2) and loss, with today's augmentation, optimiser and schedule; and the same, never
    # had skip connections. With cross-entropy beside Dice the latter marked nothing in three epochs.
    "article-today": Settings(**_FIGURE_2, loss="dice"),
    "no-skips": Settings(**_FIGURE_2, loss="dice", skips="none"),
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
