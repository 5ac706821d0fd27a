"""``python -m trainer publish RUN --repo you/name``: build the bundle, prove it, push it as one commit.

The bundle is described in README.md. What it claims is measured here if `evaluate` has not done so yet.
"""

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import keras
import numpy as np

from space.bundle import CONTRACT_VERSION, Bundle, open_bundle, sha256
from space.errors import UserError
from space.metrics import count, score
from space.preprocessing import threshold_level
from space.reading import read_mask, read_slice
from space.segmenter import Segmenter
from trainer.callbacks import read_history
from trainer.card import write_card
from trainer.dataset import centre_batches, load_split, load_summary
from trainer.evaluate import evaluate, every_nth, figure, slice_geometry, write_metrics
from trainer.export import check_agreement, export_onnx, load_best
from trainer.figures import draw_curves
from trainer.fit import load_run
from trainer.samples import phantom_samples, test_samples, write_samples
from trainer.unet import levels

INTENDED_USE = (
    "Teaching: to show what a U-Net, a threshold and the Dice similarity coefficient do. It is no medical "
    "device and must not be used for diagnosis or treatment."
)
LIMITS = [
    "Trained on the one collection named below; other scanners, contrast phases and patients were never seen.",
    "It sees one slice at a time and knows nothing of the slices above and below.",
    "The orientation must be the usual one: spine at the bottom, liver at the image's left.",
]
LIMITS_OF_COLLECTIONS = {
    "pancreas-ct": [
        "The collection holds adults with a healthy pancreas and portal-venous contrast: no children, no disease, "
        "no surgery.",
        "Bowel without contrast beside the tail or the head is its commonest mistake.",
    ]
}


def build_bundle(run: Path, folder: Path, *, repo: str, version: str, phantoms: bool) -> Bundle:
    """Write a bundle and prove it.

    Parameters
    ----------
    run : a folder that `fit` made; the data that it was trained on must still be where they were.
    folder : the folder to write; an earlier bundle in it is replaced.
    repo : 'owner/name', for the card; the name is the model's.
    version : such as '1.0.0'.
    phantoms : bring phantoms as samples, not slices of the test split.

    Raises
    ------
    UserError
        if the run or its data are incomplete, or Keras and ONNX differ.
    """
    settings, config = load_run(run)
    data = Path(config["data"]["path"])
    if load_summary(data)["sha256"] != config["data"]["sha256"]:
        raise UserError(f"{data} is not the data set any more that {run} was trained on: prepare it again.")
    if folder.exists():
        if any(folder.iterdir()) and not (folder / "contract.json").exists():
            raise UserError(f"{folder} holds something that is no bundle: give another folder.")
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    history = read_history(run / "history.csv")
    plain = load_best(run, settings)
    plain.save(folder, zipped=False)
    (folder / "assets").rmdir()  # Keras makes it, empty
    export_onnx(run, settings, folder / "model.onnx")
    validation, test = load_split(data, "validation"), load_split(data, "test")
    geometry = slice_geometry(settings, test.images.shape[1:])
    segmenter = Segmenter(folder / "model.onnx", geometry)
    metrics = {}
    for name, split in (("validation", validation), ("test", test)):
        print(f"Evaluating the {name} split ({len(split.indices)} slices) ...")
        metrics[name] = evaluate(segmenter, split, settings.threshold)
        print(f"  mean volume Dice {figure(metrics[name]['mean_volume_dice'])}")
    write_metrics(folder / "metrics.json", metrics)
    shutil.copy(run / "history.csv", folder / "history.csv")
    draw_curves(history, folder / "curves.png")
    write_samples(phantom_samples() if phantoms else test_samples(test), folder / "samples", synthetic=phantoms)
    kept = max(history, key=lambda row: row["val_volume_dice"])
    contract: dict[str, Any] = {
        "contract": CONTRACT_VERSION,
        "name": repo.split("/")[-1],
        "version": version,
        "target": config["data"]["target"],
        "modality": "CT",
        "plane": "axial",
        "window_hu": config["data"]["window_hu"],
        "slice": geometry | {"levels": len(levels(settings)) - 1, "pixel_mm": [0.66, 0.98]},
        "threshold": settings.threshold,
        "parameters": plain.count_params(),
        "intended_use": INTENDED_USE,
        "limits": LIMITS + LIMITS_OF_COLLECTIONS.get(config["data"]["source"], []),
        "preset": config["preset"],
        "settings": config["settings"],
        "data": {name: config["data"][name] for name in ("source", "citation", "splits", "seed", "sha256")},
        "training": {
            "device": config["device"],
            "minutes": sum(row["seconds"] for row in history) / 60,
            "kept_epoch": int(kept["epoch"]),
            "python": config["python"],
            "backend": config["backend"],
            "packages": config["packages"],
        },
        "sha256": {
            path.relative_to(folder).as_posix(): sha256(path) for path in sorted(folder.rglob("*")) if path.is_file()
        },
    }
    (folder / "contract.json").write_text(json.dumps(contract, indent=1) + "\n")
    (folder / "README.md").write_text(write_card(contract, metrics, history, repo))
    some = next(centre_batches(every_nth(test, 8), settings.crop, geometry["divisor"], 8))[0]
    return prove_bundle(folder, some)


def prove_bundle(folder: Path, slices: np.ndarray) -> Bundle:
    """Open a bundle as the app does and as Keras does, and compare the two on `slices`."""
    bundle = open_bundle(folder, str(folder))
    for name, expected in bundle.contract["sha256"].items():
        if sha256(folder / name) != expected:
            raise UserError(f"{folder / name} does not match its hash.")
    worst = check_agreement(keras.saving.load_model(folder), folder / "model.onnx", slices)
    print(f"Proved: files match their hashes; Keras and ONNX differ by {worst:.1e} at most on {len(slices)} slices.")
    segmenter = Segmenter(folder / "model.onnx", bundle.contract["slice"])
    level = threshold_level(bundle.contract["threshold"])
    for sample in bundle.samples:
        predicted = segmenter.predict(read_slice(sample.image).pixels).probability >= level
        print(f"  sample {sample.name}: Dice {figure(score(count(predicted, read_mask(sample.mask))).dice)}")
    return bundle


def publish(
    run: Path,
    repo: str,
    *,
    version: str | None = None,
    private: bool = False,
    phantoms: bool = False,
    dry_run: Path | None = None,
    space: str | None = None,
) -> None:
    """Build, prove and push; with `dry_run`, only write the folder."""
    if dry_run:
        build_bundle(run, dry_run, repo=repo, version=version or "1.0.0", phantoms=phantoms)
        print(f"Written to {dry_run}; nothing was pushed.")
        return
    from trainer import push

    api = push.connect(repo, *([space] if space else []))
    version = push.free_version(api, repo, version)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "bundle"
        build_bundle(run, folder, repo=repo, version=version, phantoms=phantoms)
        commit = push.push_model(api, folder, repo, version, private=private)
    print(f"Pushed {repo} v{version}, commit {commit}.")
    if space:
        push.push_space(api, space, repo, f"v{version}", private=private)
        print(f"Pushed the Space {space}: it serves {repo} at v{version}.")
