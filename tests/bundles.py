"""Changes to the bundled model: to a copy of its files, with hashes that fit again, and to what was read of them."""

import dataclasses
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from space.model.bundle import BUNDLED, Bundle, TrainingRun, open_bundle, sha256
from space.model.contract import Run
from space.model.history import COLUMNS, Epoch
from space.model.settings import AUGMENTATION, Settings

BUNDLE = open_bundle(BUNDLED, "here")
OWN = TrainingRun(BUNDLE.history, BUNDLE.contract)
EVIL = "<script>alert(1)</script>"

# three epochs: training rises to the end, validation is best in the second
HISTORY = [
    [1, 0.9, 0.4, 0.8, 0.41, 0.42, 1e-3, 20.0, 60.0],
    [2, 0.5, 0.8, 0.5, 0.62, 0.63, 1e-3, 20.0, 60.0],
    [3, 0.1, 0.97, 0.7, 0.51, 0.52, 1e-3, 20.0, 60.0],
]
EPOCHS = [Epoch.model_validate(dict(zip(COLUMNS, row, strict=True))) for row in HISTORY]
ABOUT = Run(
    preset="article",
    start="",
    settings=BUNDLE.contract.settings.but(
        subjects=6, epochs=3, average=0.0, neighbours=0, loss="dice", **dict.fromkeys(AUGMENTATION, 0.0)
    ),
    data=BUNDLE.contract.data,
    training=BUNDLE.contract.training.model_copy(update={"minutes": 3.0}),
)
OTHER = TrainingRun(EPOCHS, ABOUT)


def with_contract(**entries: Any) -> Bundle:
    """Return the bundled model as if its contract held other entries."""
    return dataclasses.replace(BUNDLE, contract=BUNDLE.contract.model_copy(update=entries))


def with_settings(**entries: Any) -> Bundle:
    """Return the bundled model as if it had been trained with other settings."""
    return with_contract(settings=BUNDLE.contract.settings.but(**entries))


def with_metrics(**entries: Any) -> Bundle:
    """Return the bundled model as if its metrics held other entries."""
    return dataclasses.replace(BUNDLE, metrics=BUNDLE.metrics.model_copy(update=entries))


def with_test(**entries: Any) -> Bundle:
    """Return the bundled model as if its test figures held other entries."""
    return with_metrics(test=BUNDLE.metrics.test.model_copy(update=entries))


def change_contract(folder: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    """Change the contract of a bundle's folder in place, also into one that cannot be."""
    contract = json.loads((folder / "contract.json").read_text("utf-8"))
    change(contract)
    (folder / "contract.json").write_text(json.dumps(contract), "utf-8")


def rehash(folder: Path, *names: str) -> None:
    """Give changed or new files their hash in the contract."""
    digests = {name: sha256(folder / name) for name in names}
    change_contract(folder, lambda contract: contract["sha256"].update(digests))


def add_overfitting(folder: Path) -> None:
    """Give a bundle's folder a second run of three epochs, in place of its own."""
    (folder / "overfitting").mkdir(exist_ok=True)
    rows = [",".join(map(str, row)) for row in HISTORY]
    (folder / "overfitting" / "history.csv").write_text("\n".join([",".join(COLUMNS), *rows]) + "\n", "utf-8")
    ABOUT.write(folder / "overfitting" / "config.json")
    rehash(folder, "overfitting/history.csv", "overfitting/config.json")


def remove_overfitting(folder: Path) -> None:
    """Take the second run out of a bundle's folder."""
    shutil.rmtree(folder / "overfitting")
    names = ("overfitting/history.csv", "overfitting/config.json")
    change_contract(folder, lambda contract: [contract["sha256"].pop(name) for name in names])


def add_network(folder: Path, name: str, settings: Settings) -> None:
    """Give a bundle's folder a further network: an untrained one, with a row in the table of recipes."""
    from trainer.export import export_onnx, slice_geometry
    from trainer.unet import build_unet

    model, path = build_unet(settings), folder / "networks" / f"{name}.onnx"
    path.parent.mkdir(exist_ok=True)
    export_onnx(model, settings, BUNDLE.contract.window, slice_geometry(settings), path)
    ABOUT.model_copy(update={"settings": settings}).write(path.with_suffix(".json"))
    metrics = json.loads((folder / "metrics.json").read_text("utf-8"))
    metrics["recipes"].append(metrics["recipes"][0] | {"run": name, "parameters": model.count_params(), "epochs": 3})
    (folder / "metrics.json").write_text(json.dumps(metrics), "utf-8")
    rehash(folder, "metrics.json", f"networks/{name}.onnx", f"networks/{name}.json")
