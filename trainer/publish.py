"""``python -m trainer publish RUN --repo you/name``: build the bundle, prove it, push it as one commit.

The bundle is described in README.md. What it claims is measured here if `evaluate` has not done so yet.
"""

import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from space.bundle import CONTRACT_VERSION, OVERFITTING_CONFIG, OVERFITTING_HISTORY, Bundle, open_bundle, sha256
from space.errors import UserError
from space.history import kept_epoch, read_history
from space.metrics import count, score
from space.preprocessing import threshold_level
from space.reading import read_mask, read_slice
from space.segmenter import Segmenter
from trainer.ablation import run_folders
from trainer.card import write_card
from trainer.compare import compare
from trainer.dataset import Slices, load_split, load_summary
from trainer.evaluate import METRICS, check_on_slices, evaluate, figure, slice_geometry, write_metrics
from trainer.export import export_onnx, load_best, load_published
from trainer.figures import draw_curves, draw_robustness
from trainer.fit import load_run
from trainer.phantom import PHANTOM_TARGET
from trainer.robustness import robustness
from trainer.samples import phantom_samples, test_samples, write_samples

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


class Lessons(NamedTuple):
    """Other runs that a bundle brings along to teach with."""

    overfitting: Path | None = None
    """A run that overfits; the app shows its curves."""
    beside: Sequence[Path] = ()
    """Runs of other recipes, evaluated on both splits; what each cost and reached is shown."""
    ablation: Path | None = None
    """The folder of runs that `ablation` made."""


NO_LESSONS = Lessons()


def build_bundle(
    run: Path,
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
    run : a folder that `fit` made; the data that it was trained on must still be where they were.
    folder : the folder to write; an earlier bundle in it is replaced.
    repo : 'owner/name', for the card; the name is the model's.
    version : such as '1.0.0'.
    phantoms : bring phantoms as samples, not slices of the test split.
    lessons : other runs to show beside it.

    Raises
    ------
    UserError
        if the run or its data are incomplete, or Keras and ONNX differ.
    """
    settings, config = load_run(run)
    history = recorded(run)
    overfitting = lessons.overfitting
    second = trained(load_run(overfitting)[1], recorded(overfitting)) if overfitting else None
    if lessons.beside:
        compare(lessons.beside)  # what is missing is said before anything is measured
    ablated = compare(run_folders(lessons.ablation)) if lessons.ablation else []
    data = Path(config["data"]["path"])
    if load_summary(data)["sha256"] != config["data"]["sha256"]:
        raise UserError(f"{data} is not the data set any more that {run} was trained on: prepare it again.")
    if phantoms and config["data"]["target"] != PHANTOM_TARGET:
        raise UserError(f"The phantoms outline the {PHANTOM_TARGET}: leave '--samples phantom' out for another organ.")
    if folder.exists():
        if any(folder.iterdir()) and not (folder / "contract.json").exists():
            raise UserError(f"{folder} holds something that is no bundle: give another folder.")
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    plain = load_best(run, settings)
    plain.save(folder, zipped=False)
    export_onnx(run, settings, folder / "model.onnx")
    test = load_split(data, "test")
    geometry = slice_geometry(settings, test)
    segmenter = Segmenter(folder / "model.onnx", geometry)
    metrics: dict[str, Any] = {}
    validation = load_split(data, "validation")
    for name, split in (("validation", validation), ("test", test)):
        print(f"Evaluating the {name} split ({len(split.indices)} slices) ...")
        metrics[name] = evaluate(segmenter, split, settings.threshold)
        print(f"  mean volume Dice {figure(metrics[name]['mean_volume_dice'])}")
    print("Measuring on changed validation slices ...")
    metrics["robustness"] = robustness(segmenter, validation, settings.threshold)
    draw_robustness(metrics["robustness"], folder / "robustness.png")
    write_metrics(run / METRICS, metrics)
    if lessons.beside:
        metrics["recipes"] = compare([run, *lessons.beside])
    if lessons.ablation:
        # the first says how it differs from the published run: fewer epochs, or an older recipe
        metrics["ablation"] = [compare([run, run_folders(lessons.ablation)[0]])[1], *ablated[1:]]
    write_metrics(folder / "metrics.json", metrics)
    shutil.copy(run / "history.csv", folder / "history.csv")
    draw_curves(history, folder / "curves.png")
    write_samples(phantom_samples() if phantoms else test_samples(test), folder / "samples", synthetic=phantoms)
    if overfitting:
        (folder / "overfitting").mkdir()
        shutil.copy(overfitting / "history.csv", folder / OVERFITTING_HISTORY)
        (folder / OVERFITTING_CONFIG).write_text(json.dumps(second, indent=1) + "\n")
    contract = {
        "contract": CONTRACT_VERSION,
        "name": repo.split("/")[-1],
        "version": version,
        "slice": geometry,
        "parameters": plain.count_params(),
        **described(config, history),
        "sha256": hashes(folder),
    }
    (folder / "contract.json").write_text(json.dumps(contract, indent=1) + "\n")
    (folder / "README.md").write_text(write_card(contract, metrics, history, repo))
    return prove_bundle(folder, test)


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


def recorded(run: Path) -> list[dict[str, float]]:
    """Return the history of a run that has finished an epoch at least."""
    history = read_history(run / "history.csv")
    if not history:
        raise UserError(f"{run} has not finished an epoch yet: run 'python -m trainer fit' again.")
    return history


def trained(config: dict[str, Any], history: list[dict[str, float]]) -> dict[str, Any]:
    """Return what a bundle says of a run: its settings, data and training, and no path of this machine."""
    return {
        "preset": config["preset"],
        "start": config.get("start", ""),
        "settings": config["settings"],
        "data": {name: config["data"][name] for name in ("source", "citation", "splits", "seed", "sha256")},
        "training": {
            "device": config["device"],
            "minutes": sum(row["seconds"] for row in history) / 60,
            "kept_epoch": kept_epoch(history),
            "python": config["python"],
            "backend": config["backend"],
            "packages": config["packages"],
        },
    }


def hashes(folder: Path) -> dict[str, str]:
    """Return the sha256 of every file of a folder."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {path.relative_to(folder).as_posix(): sha256(path) for path in files}


def prove_bundle(folder: Path, slices: Slices) -> Bundle:
    """Open a bundle as the app does and as Keras does, and compare the two on some of `slices`."""
    bundle = open_bundle(folder, str(folder))
    for name, expected in bundle.contract["sha256"].items():
        if sha256(folder / name) != expected:
            raise UserError(f"{folder / name} does not match its hash.")
    print("All files match their hashes.")
    check_on_slices(load_published(folder), folder / "model.onnx", bundle.contract["slice"], slices)
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
    lessons: Lessons = NO_LESSONS,
) -> None:
    """Build, prove and push; with `dry_run`, only write the folder."""
    if dry_run and space:
        raise UserError("--space pushes, --dry-run does not: give one of them.")
    if dry_run:
        build_bundle(run, dry_run, repo=repo, version=version or "1.0.0", phantoms=phantoms, lessons=lessons)
        print(f"Written to {dry_run}; nothing was pushed.")
        return
    from trainer import push

    api = push.connect(repo, *([space] if space else []))
    version = push.free_version(api, repo, version)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "bundle"
        build_bundle(run, folder, repo=repo, version=version, phantoms=phantoms, lessons=lessons)
        commit = push.push_model(api, folder, repo, version, private=private)
    print(f"Pushed {repo} v{version}, commit {commit}.")
    if space:
        push.push_space(api, space, repo, f"v{version}", private=private)
        print(f"Pushed the Space {space}: it serves {repo} at v{version}.")
        if private:
            print("The model is private: give the Space a secret HF_TOKEN that may read it, in its settings.")
