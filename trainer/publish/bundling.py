"""A run, or an earlier bundle -> a bundle that was proved. Its files are described in README.md.

What it claims of a run is measured here; a bundle keeps its figures, for its network stays the same.
"""

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from space.errors import UserError
from space.metrics import count, score
from space.model.bundle import CONTRACT_VERSION, Bundle, is_bundle, open_bundle, sha256
from space.model.segmenter import Segmenter
from space.preprocessing import ABDOMEN, centre_box, hu_to_grey, network_input, threshold_level
from space.readers.image import read_slice
from space.readers.mask import read_mask
from trainer.compare import bundle_rows, compare
from trainer.dataset import load_split, load_summary
from trainer.evaluate import METRICS, evaluate, figure, slice_geometry, write_metrics
from trainer.export import check_agreement, export_onnx, load_best, load_published
from trainer.figures import draw_curves, draw_robustness
from trainer.fit import load_run
from trainer.phantom.drawing import PHANTOM_TARGET
from trainer.publish.card import write_card
from trainer.publish.lessons import NO_LESSONS, Lessons, add_overfitting, gather, recorded, trained
from trainer.publish.samples import phantom_samples, test_samples, write_samples
from trainer.robustness import robustness

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


class Written(NamedTuple):
    """What is known once the network, its history and its samples are in the folder."""

    about: dict[str, Any]
    """The contract's entries but name, version and hashes."""
    metrics: dict[str, Any]
    recipes: list[Any]
    """The rows of the table of recipes: its own, and those that an earlier bundle had."""


def build_bundle(
    source: Path,
    folder: Path,
    *,
    repo: str,
    version: str,
    phantoms: bool,
    lessons: Lessons = NO_LESSONS,
) -> Bundle:
    """Write a bundle and prove it.

    Parameters
    ----------
    source : a folder that `fit` made, whose data must still be where they were; or a bundle, which keeps its network,
        figures, samples and lessons.
    folder : the folder to write; an earlier bundle in it is replaced, `source` itself too.
    repo : 'owner/name', for the card; the name is the model's.
    version : such as '1.0.0'.
    phantoms : bring phantoms as samples, not slices of the test split.
    lessons : other runs to show beside it.

    Raises
    ------
    UserError
        if the run or its data are incomplete, or Keras and ONNX differ.
    """
    if phantoms and is_bundle(source):
        raise UserError(f"{source} is a bundle and keeps its samples: leave '--samples' out.")
    if folder.exists() and any(folder.iterdir()) and not is_bundle(folder):
        raise UserError(f"{folder} holds something that is no bundle: give another folder.")
    with tempfile.TemporaryDirectory() as temporary:
        made = Path(temporary) / "bundle"
        made.mkdir()
        gathered = gather(lessons, source)
        written = copied(source, made) if is_bundle(source) else measured(source, made, phantoms=phantoms)
        metrics = written.metrics
        if gathered.beside:
            metrics["recipes"] = [*written.recipes, *gathered.beside]
        if gathered.ablation:
            metrics["ablation"] = gathered.ablation
        write_metrics(made / "metrics.json", metrics)
        if gathered.overfitting:
            add_overfitting(gathered.overfitting, made)
        named = {"contract": CONTRACT_VERSION, "name": repo.split("/")[-1], "version": version}
        contract = named | written.about | {"sha256": hashes(made)}
        (made / "contract.json").write_text(json.dumps(contract, indent=1) + "\n")
        try:
            card = write_card(contract, metrics, recorded(made), repo)
        except KeyError as entry:
            raise UserError(f"{source} does not say its {entry}: train and publish it anew.") from None
        (made / "README.md").write_text(card)
        prove_bundle(made)
        if folder.exists():
            shutil.rmtree(folder)
        shutil.copytree(made, folder)
    return open_bundle(folder, str(folder))


def copied(source: Path, folder: Path) -> Written:
    """Copy the files of a bundle, once they match their hashes."""
    bundle = open_bundle(source, str(source))
    check_hashes(bundle)
    for path in source.rglob("*"):
        name = path.relative_to(source)
        if name.as_posix() in bundle.contract["sha256"]:
            (folder / name).parent.mkdir(exist_ok=True)
            shutil.copy(path, folder / name)
    own = ("contract", "name", "version", "sha256")
    about = {name: value for name, value in bundle.contract.items() if name not in own}
    return Written(about, bundle.metrics, bundle_rows(bundle))


def measured(run: Path, folder: Path, *, phantoms: bool) -> Written:
    """Export the network of a run, measure it, and draw its figures."""
    settings, config = load_run(run)
    history = recorded(run)
    data = Path(config["data"]["path"])
    if load_summary(data)["sha256"] != config["data"]["sha256"]:
        raise UserError(f"{data} is not the data set any more that {run} was trained on: prepare it again.")
    if phantoms and config["data"]["target"] != PHANTOM_TARGET:
        raise UserError(f"The phantoms outline the {PHANTOM_TARGET}: leave '--samples phantom' out for another organ.")
    plain = load_best(run, settings)
    plain.save(folder, zipped=False)
    export_onnx(run, settings, folder / "model.onnx")
    validation, test = load_split(data, "validation"), load_split(data, "test")
    geometry = slice_geometry(settings, test)
    segmenter = Segmenter(folder / "model.onnx", geometry)
    metrics: dict[str, Any] = {}
    for name, split in (("validation", validation), ("test", test)):
        print(f"Evaluating the {name} split ({len(split.indices)} slices) ...")
        metrics[name] = evaluate(segmenter, split, settings.threshold)
        print(f"  mean volume Dice {figure(metrics[name]['mean_volume_dice'])}")
    print("Measuring on changed validation slices ...")
    metrics["robustness"] = robustness(segmenter, validation, settings.threshold)
    draw_robustness(metrics["robustness"], folder / "robustness.png")
    write_metrics(run / METRICS, metrics)
    shutil.copy(run / "history.csv", folder / "history.csv")
    draw_curves(history, folder / "curves.png")
    write_samples(phantom_samples() if phantoms else test_samples(test), folder / "samples", synthetic=phantoms)
    about = {"slice": geometry, "parameters": plain.count_params(), **described(config, history)}
    return Written(about, metrics, compare([run]))


def described(config: dict[str, Any], history: list[dict[str, float]]) -> dict[str, Any]:
    """Return the contract's entries on purpose, data and training, from a run's `config.json` and history."""
    data = config["data"]
    return {
        "target": data["target"],
        "modality": "CT",
        "plane": "axial",
        "window_hu": data["window_hu"],
        "threshold": config["settings"]["threshold"],
        "intended_use": INTENDED_USE,
        "limits": LIMITS + LIMITS_OF_COLLECTIONS.get(data["source"], []),
        **trained(config, history),
    }


def hashes(folder: Path) -> dict[str, str]:
    """Return the sha256 of every file of a folder."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {path.relative_to(folder).as_posix(): sha256(path) for path in files}


def check_hashes(bundle: Bundle) -> None:
    """Refuse a bundle whose files are not what its contract says; `open_bundle` looks at those of the app only."""
    for name, expected in bundle.contract["sha256"].items():
        if not (bundle.folder / name).is_file():
            raise UserError(f"{bundle.folder} is not whole: {name} is missing.")
        if sha256(bundle.folder / name) != expected:
            raise UserError(f"{bundle.folder / name} does not match its hash.")


def prove_bundle(folder: Path) -> None:
    """Open a bundle as the app does and as Keras does, and compare the two on its samples."""
    bundle = open_bundle(folder, str(folder))
    check_hashes(bundle)
    print("All files match their hashes.")
    model, geometry = load_published(folder), bundle.contract["slice"]
    segmenter = Segmenter(folder / "model.onnx", geometry)
    level = threshold_level(bundle.contract["threshold"])
    target = str(bundle.contract["target"])
    worst = 0.0
    for sample in bundle.samples:
        pixels = hu_to_grey(read_slice(sample.image, ABDOMEN).hu[0], ABDOMEN)
        seen = network_input(pixels, centre_box(pixels.shape, geometry["crop"]), geometry["divisor"])
        worst = max(worst, check_agreement(model, folder / "model.onnx", seen))
        predicted = segmenter.predict(pixels).probability >= level
        mask = read_mask(sample.mask, target).labels.mask(target)[0]
        print(f"  sample {sample.name}: Dice {figure(score(count(predicted, mask)).dice)}")
    print(f"Keras and ONNX agree on the samples: they differ by {worst:.1e} at most.")
